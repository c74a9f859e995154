package magma.storage.xodus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** What a thread writes records of the log with: the record that it composes, and a buffer in which small ones are gathered. Of one thread. */
final class LogScratch {
    /** Smaller content is copied behind its head, to be written by one call. */
    private static final int GATHER_BYTES = 32 << 10;

    private static final int MOST_KEPT_BYTES = 1 << 20;

    final FrameWriter writer = new FrameWriter();
    private ByteBuffer buffer = ByteBuffer.allocateDirect(64 << 10);

    private ByteBuffer buffer(int size) {
        if (size > MOST_KEPT_BYTES) {
            return ByteBuffer.allocateDirect(size);
        }
        if (buffer.capacity() < size) {
            buffer = ByteBuffer.allocateDirect(Math.max(size, 2 * buffer.capacity()));
        }
        return buffer.clear();
    }

    /**
     * Writes the record that the writer holds.
     *
     * @param synced everything before it survives a loss of power; the record tells it
     */
    void write(SegmentFile segment, long position, long synced) throws IOException {
        writer.place(position, synced);
        int head = writer.headLength();
        boolean gathered = writer.dataLength() <= GATHER_BYTES;
        int offset = Position.offset(position);
        ByteBuffer bytes = buffer(gathered ? Math.toIntExact(writer.length()) : head);
        bytes.put(writer.head(), 0, head);
        if (!gathered) {
            writeLarge(segment, bytes.flip(), writer.data(), offset);
            return;
        }
        for (ByteBuffer data : writer.data()) {
            bytes.put(data.duplicate());
        }
        while (bytes.position() < writer.length()) {
            bytes.put((byte) 0);
        }
        segment.write(bytes.flip(), offset);
    }

    private void writeLarge(SegmentFile segment, ByteBuffer head, List<ByteBuffer> contents, int offset)
            throws IOException {
        int at = offset + head.remaining();
        segment.write(head, offset);
        for (ByteBuffer content : contents) {
            ByteBuffer data = content.duplicate();
            if (data.isDirect()) {
                int length = data.remaining();
                segment.write(data, at);
                at += length;
                continue;
            }
            while (data.hasRemaining()) {
                ByteBuffer part = buffer(GATHER_BYTES);
                int length = Math.min(GATHER_BYTES, data.remaining());
                part.put(data.slice(data.position(), length)).flip();
                data.position(data.position() + length);
                segment.write(part, at);
                at += length;
            }
        }
    }
}
