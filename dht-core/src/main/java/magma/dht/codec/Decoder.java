package magma.dht.codec;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import magma.fs.FlareType;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/** Reads fields that an {@link Encoder} wrote. Every method throws {@link MalformedException} when the bytes do not hold what is asked for. */
public final class Decoder {
    private final ByteBuffer from;

    private Decoder(ByteBuffer from) {
        this.from = from;
    }

    /**
     * Decodes all of {@code bytes}: what is left over is malformed too, and so is what a record's own checks refuse.
     *
     * @param what names the thing for the message
     */
    public static <T> T decode(String what, byte[] bytes, Function<Decoder, T> reader) {
        return decode(what, ByteBuffer.wrap(bytes), reader);
    }

    /** As {@link #decode(String, byte[], Function)}, from position to limit of a big-endian buffer. */
    public static <T> T decode(String what, ByteBuffer bytes, Function<Decoder, T> reader) {
        Decoder decoder = new Decoder(bytes);
        try {
            T value = reader.apply(decoder);
            if (decoder.from.hasRemaining()) {
                throw new MalformedException(what + " with " + decoder.from.remaining() + " bytes too many");
            }
            return value;
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new MalformedException("a malformed " + what + ": " + e.getMessage(), e);
        }
    }

    public int u8() {
        return need(1).get() & 0xff;
    }

    public int u16() {
        return need(2).getShort() & 0xffff;
    }

    public int i32() {
        return need(4).getInt();
    }

    public long i64() {
        return need(8).getLong();
    }

    public boolean flag() {
        int value = u8();
        if (value > 1) {
            throw new MalformedException("a flag of " + value);
        }
        return value == 1;
    }

    public Key key() {
        return Key.read(need(Key.BYTES));
    }

    public UUID uuid() {
        return new UUID(i64(), i64());
    }

    public Instant time() {
        long seconds = i64();
        int nanos = i32();
        if (nanos < 0 || nanos > 999_999_999) {
            throw new MalformedException("a time with " + nanos + " nanoseconds");
        }
        try {
            return Instant.ofEpochSecond(seconds, nanos);
        } catch (DateTimeException e) {
            throw new MalformedException("a time of " + seconds + " seconds", e);
        }
    }

    /** Exactly {@code length} bytes. */
    public byte[] raw(int length) {
        need(length);
        byte[] value = new byte[length];
        from.get(value);
        return value;
    }

    /** A length of at most {@code most}, and that many bytes. */
    public byte[] bytes(int most) {
        return raw(count(most));
    }

    /** UTF-8, as {@link #bytes}. */
    public String text(int most) {
        return new String(bytes(most), StandardCharsets.UTF_8);
    }

    /** One byte: the place of one of {@code values}. */
    public <E extends Enum<E>> E ordinal(E[] values) {
        int value = u8();
        if (value >= values.length) {
            throw new MalformedException("no " + values[0].getDeclaringClass().getSimpleName() + " " + value);
        }
        return values[value];
    }

    /** All that is left: a view of the bytes, good as long as they are. */
    public ByteBuffer content() {
        ByteBuffer content = from.slice();
        from.position(from.limit());
        return content;
    }

    public <T> @Nullable T optional(Function<Decoder, T> reader) {
        return flag() ? reader.apply(this) : null;
    }

    public <T> List<T> list(int most, Function<Decoder, T> reader) {
        return list(most, 1, reader);
    }

    /**
     * @param most how many elements there may be
     * @param least how many bytes an element takes at the least
     */
    public <T> List<T> list(int most, int least, Function<Decoder, T> reader) {
        int count = count(most);
        if (count > from.remaining() / least) {
            throw new MalformedException(count + " elements in " + from.remaining() + " bytes");
        }
        List<T> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(reader.apply(this));
        }
        return values;
    }

    public FlareType type() {
        int code = u8();
        if (code > 15) {
            throw new MalformedException("no type of flare has the code " + code);
        }
        return FlareType.ofMode(code << 12);
    }

    private int count(int most) {
        int count = i32();
        if (count < 0 || count > most) {
            throw new MalformedException("a length of " + count + ", at most " + most + " are allowed");
        }
        return count;
    }

    private ByteBuffer need(int bytes) {
        if (from.remaining() < bytes) {
            throw new MalformedException(bytes + " bytes needed, " + from.remaining() + " left");
        }
        return from;
    }
}
