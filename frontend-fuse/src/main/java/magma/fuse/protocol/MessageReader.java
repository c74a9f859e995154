package magma.fuse.protocol;

import java.nio.ByteBuffer;

/** Reads a message's fields in order, never past its end. Belongs to one thread. */
public final class MessageReader {
    private final ByteBuffer buffer;

    /** Reads what is between position and limit of {@code buffer}, which must be in the native byte order. */
    public MessageReader(ByteBuffer buffer) {
        this.buffer = buffer;
    }

    public int remaining() {
        return buffer.remaining();
    }

    /** 32 bits. */
    public int word() throws MalformedMessageException {
        need(Integer.BYTES);
        return buffer.getInt();
    }

    /** 64 bits. */
    public long quad() throws MalformedMessageException {
        need(Long.BYTES);
        return buffer.getLong();
    }

    public void skip(int bytes) throws MalformedMessageException {
        need(bytes);
        buffer.position(buffer.position() + bytes);
    }

    /** The bytes up to the next NUL, which is skipped. */
    public byte[] text() throws MalformedMessageException {
        int start = buffer.position();
        for (int i = start; i < buffer.limit(); i++) {
            if (buffer.get(i) == 0) {
                byte[] bytes = bytes(i - start);
                buffer.get();
                return bytes;
            }
        }
        throw new MalformedMessageException("a string without its NUL");
    }

    /** The next {@code length} bytes, a copy. */
    public byte[] bytes(int length) throws MalformedMessageException {
        need(length);
        byte[] bytes = new byte[length];
        buffer.get(bytes);
        return bytes;
    }

    /** The next {@code length} bytes, not copied: good as long as the message is. */
    public ByteBuffer data(int length) throws MalformedMessageException {
        need(length);
        ByteBuffer data = buffer.slice(buffer.position(), length).order(buffer.order());
        buffer.position(buffer.position() + length);
        return data;
    }

    private void need(int bytes) throws MalformedMessageException {
        if (bytes < 0 || bytes > buffer.remaining()) {
            throw new MalformedMessageException(bytes + " bytes wanted, " + buffer.remaining() + " left");
        }
    }
}
