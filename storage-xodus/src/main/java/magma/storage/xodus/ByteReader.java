package magma.storage.xodus;

import java.util.Arrays;
import magma.dht.storage.RecordId;
import magma.dht.storage.Version;

/** Reads what {@link ByteWriter} wrote; never past its end. */
final class ByteReader {
    private final byte[] bytes;
    private final int end;
    private int at;

    ByteReader(byte[] bytes, int from, int to) {
        this.bytes = bytes;
        this.at = from;
        this.end = to;
    }

    ByteReader(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    int remaining() {
        return end - at;
    }

    private int take(long count) throws MalformedException {
        if (count < 0 || count > end - at) {
            throw new MalformedException("it ends early");
        }
        int from = at;
        at += (int) count;
        return from;
    }

    int u8() throws MalformedException {
        return bytes[take(1)] & 0xff;
    }

    int u32() throws MalformedException {
        int from = take(4);
        return (bytes[from] & 0xff) << 24
                | (bytes[from + 1] & 0xff) << 16
                | (bytes[from + 2] & 0xff) << 8
                | bytes[from + 3] & 0xff;
    }

    long u64() throws MalformedException {
        long high = u32();
        return high << 32 | u32() & 0xffffffffL;
    }

    long varint() throws MalformedException {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            int next = u8();
            value |= (long) (next & 0x7f) << shift;
            if (next < 0x80) {
                return value;
            }
        }
        throw new MalformedException("a number has no end");
    }

    /** A varint from 0 to {@code most}. */
    int bounded(int most) throws MalformedException {
        long value = varint();
        if (value < 0 || value > most) {
            throw new MalformedException(value + " is more than " + most);
        }
        return (int) value;
    }

    byte[] raw(int count) throws MalformedException {
        int from = take(count);
        return Arrays.copyOfRange(bytes, from, from + count);
    }

    RecordId id() throws MalformedException {
        int length = bounded(RecordId.PREFIX_BYTES + RecordId.MAX_SUB_KEY_BYTES);
        if (length < RecordId.PREFIX_BYTES) {
            throw new MalformedException("a record id of " + length + " bytes");
        }
        return RecordId.decode(raw(length));
    }

    Version version() throws MalformedException {
        return new Version(varint(), varint());
    }

    long position() throws MalformedException {
        return Position.of(bounded(Integer.MAX_VALUE), bounded(Integer.MAX_VALUE));
    }

    int[] crcs(int count) throws MalformedException {
        if (count > remaining() / Integer.BYTES) {
            throw new MalformedException("it ends early");
        }
        int[] crcs = new int[count];
        for (int i = 0; i < count; i++) {
            crcs[i] = u32();
        }
        return crcs;
    }
}
