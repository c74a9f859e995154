package magma.dht.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import magma.fs.FsException;

/** Takes the fields of one body apart. Every length is checked against what is there before anything is allocated. */
final class FieldReader {
    private final ByteBuffer buffer;

    FieldReader(ByteBuffer body) {
        this.buffer = body;
    }

    /** How a list's elements are read. */
    interface Element<T> {
        T read(FieldReader from) throws MalformedFrameException, FsException;
    }

    int u8() throws MalformedFrameException {
        return Byte.toUnsignedInt(need(1).get());
    }

    int u16() throws MalformedFrameException {
        return Short.toUnsignedInt(need(2).getShort());
    }

    int i32() throws MalformedFrameException {
        return need(4).getInt();
    }

    long i64() throws MalformedFrameException {
        return need(8).getLong();
    }

    boolean bool() throws MalformedFrameException {
        int value = u8();
        if (value > 1) {
            throw new MalformedFrameException("a truth value of " + value);
        }
        return value == 1;
    }

    <E extends Enum<E>> E ordinal(E[] values) throws MalformedFrameException {
        int value = u8();
        if (value >= values.length) {
            throw new MalformedFrameException(
                    "no " + values[0].getDeclaringClass().getSimpleName() + " " + value);
        }
        return values[value];
    }

    byte[] bytes(int most) throws MalformedFrameException {
        int length = i32();
        if (length < 0 || length > most) {
            throw new MalformedFrameException("a field of " + Integer.toUnsignedString(length) + " bytes");
        }
        return raw(length);
    }

    byte[] raw(int length) throws MalformedFrameException {
        need(length);
        byte[] value = new byte[length];
        buffer.get(value);
        return value;
    }

    String text(int most) throws MalformedFrameException {
        return new String(bytes(most), StandardCharsets.UTF_8);
    }

    /**
     * @param most how many elements there may be
     * @param least how many bytes an element takes at the least
     */
    <T> List<T> list(int most, int least, Element<T> element) throws MalformedFrameException, FsException {
        int size = i32();
        if (size < 0 || size > most || size > buffer.remaining() / least) {
            throw new MalformedFrameException("a list of " + Integer.toUnsignedString(size));
        }
        List<T> list = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            list.add(element.read(this));
        }
        return list;
    }

    /** All that is left: a view into the frame, good as long as that is. */
    ByteBuffer content() {
        ByteBuffer content = buffer.slice();
        buffer.position(buffer.limit());
        return content;
    }

    /** What is left of a body after its last field is an error. */
    void end() throws MalformedFrameException {
        if (buffer.hasRemaining()) {
            throw new MalformedFrameException(buffer.remaining() + " bytes after the last field");
        }
    }

    private ByteBuffer need(int bytes) throws MalformedFrameException {
        if (buffer.remaining() < bytes) {
            throw new MalformedFrameException(
                    "a field of " + bytes + " bytes where " + buffer.remaining() + " are left");
        }
        return buffer;
    }
}
