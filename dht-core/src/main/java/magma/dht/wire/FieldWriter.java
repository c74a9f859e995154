package magma.dht.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Puts the fields of one frame together, head first. Grows as needed up to the longest frame. Not for more than one thread. */
final class FieldWriter {
    private byte[] bytes = new byte[256];
    private ByteBuffer buffer = ByteBuffer.wrap(bytes);

    FieldWriter() {
        buffer.position(Frame.HEAD_BYTES);
    }

    /** How a list's elements are written. */
    interface Element<T> {
        void write(FieldWriter to, T element);
    }

    FieldWriter u8(int value) {
        need(1).put((byte) value);
        return this;
    }

    FieldWriter u16(int value) {
        need(2).putShort((short) value);
        return this;
    }

    FieldWriter i32(int value) {
        need(4).putInt(value);
        return this;
    }

    FieldWriter i64(long value) {
        need(8).putLong(value);
        return this;
    }

    FieldWriter bool(boolean value) {
        return u8(value ? 1 : 0);
    }

    /** A constant's place in its enum: the golden bytes of the tests hold the order. */
    @SuppressWarnings("EnumOrdinal")
    FieldWriter ordinal(Enum<?> value) {
        return u8(value.ordinal());
    }

    /** Length in 32 bits, then the bytes. */
    FieldWriter bytes(byte[] value) {
        i32(value.length);
        need(value.length).put(value);
        return this;
    }

    /** Bytes whose number both sides know. */
    FieldWriter raw(byte[] value) {
        need(value.length).put(value);
        return this;
    }

    /** UTF-8, as {@link #bytes}. */
    FieldWriter text(String value) {
        return bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    /** The number of elements in 32 bits, then each. */
    <T> FieldWriter list(List<? extends T> list, Element<T> element) {
        i32(list.size());
        for (T each : list) {
            element.write(this, each);
        }
        return this;
    }

    /** The head and fields as one array-backed buffer, for a body that goes on with {@code content} more bytes. */
    ByteBuffer finish(int type, long id, int content) {
        int end = buffer.position();
        buffer.position(0);
        Frame.writeHead(buffer, end - Frame.HEAD_BYTES + content, type, id);
        return ByteBuffer.wrap(bytes, 0, end);
    }

    private ByteBuffer need(int more) {
        if (buffer.remaining() < more) {
            int position = buffer.position();
            if (position + (long) more > Frame.LENGTH_BYTES + (long) Frame.MAX_LENGTH) {
                throw new IllegalArgumentException("a message longer than a frame");
            }
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, position + more));
            buffer = ByteBuffer.wrap(bytes).position(position);
        }
        return buffer;
    }
}
