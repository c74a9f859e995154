package magma.dht.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.BiConsumer;
import magma.fs.FlareType;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/** Writes fields one after another into a buffer that grows. Big-endian. Of one thread. */
public final class Encoder {
    private static final VarHandle I16 = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle I32 = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle I64 = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private byte[] bytes;
    private int length;

    public Encoder() {
        this(64);
    }

    /** @param expected how many bytes will come, about */
    public Encoder(int expected) {
        bytes = new byte[Math.max(16, expected)];
    }

    public Encoder u8(int value) {
        room(1);
        bytes[length++] = (byte) value;
        return this;
    }

    public Encoder u16(int value) {
        room(2);
        I16.set(bytes, length, (short) value);
        length += 2;
        return this;
    }

    public Encoder i32(int value) {
        room(4);
        I32.set(bytes, length, value);
        length += 4;
        return this;
    }

    public Encoder i64(long value) {
        room(8);
        I64.set(bytes, length, value);
        length += 8;
        return this;
    }

    public Encoder flag(boolean value) {
        return u8(value ? 1 : 0);
    }

    public Encoder key(Key key) {
        return i64(key.high()).i64(key.middle()).i32(key.low());
    }

    /** The more significant half first. */
    public Encoder uuid(UUID id) {
        return i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
    }

    /** Seconds since 1970 (8 bytes) and nanoseconds (4 bytes). */
    public Encoder time(Instant time) {
        return i64(time.getEpochSecond()).i32(time.getNano());
    }

    /** One byte: the format bits of st_mode, shifted by 12. */
    public Encoder type(FlareType type) {
        return u8(type.directoryType());
    }

    /** One byte: the constant's place in its enum, which the golden bytes of the tests hold. */
    @SuppressWarnings("EnumOrdinal")
    public Encoder ordinal(Enum<?> value) {
        return u8(value.ordinal());
    }

    /** The bytes as they are, without a length. */
    public Encoder raw(byte[] value) {
        room(value.length);
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
        return this;
    }

    /** Length (4 bytes), then the bytes. */
    public Encoder bytes(byte[] value) {
        return i32(value.length).raw(value);
    }

    /** Length (4 bytes), then the bytes from position to limit, which are not consumed. */
    public Encoder bytes(ByteBuffer value) {
        int count = value.remaining();
        i32(count);
        room(count);
        value.get(value.position(), bytes, length, count);
        length += count;
        return this;
    }

    /** UTF-8, as {@link #bytes(byte[])}. */
    public Encoder text(String value) {
        return bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    /** A flag, then the value where there is one. */
    public <T> Encoder optional(@Nullable T value, BiConsumer<Encoder, T> writer) {
        flag(value != null);
        if (value != null) {
            writer.accept(this, value);
        }
        return this;
    }

    /** Count (4 bytes), then each element. */
    public <T> Encoder list(List<? extends T> values, BiConsumer<Encoder, T> writer) {
        i32(values.size());
        for (T value : values) {
            writer.accept(this, value);
        }
        return this;
    }

    /** What was written, a copy. */
    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    /** What was written, array-backed and not a copy: nothing may be written any more. */
    public ByteBuffer toBuffer() {
        return ByteBuffer.wrap(bytes, 0, length);
    }

    private void room(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }
}
