package magma.storage.xodus;

import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The first {@value #BYTES} bytes of a segment.
 *
 * <pre>
 *   0        8       12      16      20         36         44    60   64
 *   |MAGMALOG|version|number |zeros  |storage id|previous  |zeros|crc |
 * </pre>
 *
 * @param version of its format, 1 to {@value #VERSION}
 * @param number of the segment; ascends, never used twice
 * @param storage which storage it belongs to
 * @param previous the position where the segment before it ends
 */
record SegmentHeader(int version, int number, UUID storage, long previous) {
    static final int BYTES = 64;
    static final int VERSION = 2;
    private static final long MAGIC = 0x4d41474d414c4f47L;

    /** The header of a segment that is made now. */
    SegmentHeader(int number, UUID storage, long previous) {
        this(VERSION, number, storage, previous);
    }

    byte[] encode() {
        ByteWriter writer = new ByteWriter();
        writer.u64(MAGIC);
        writer.u32(version);
        writer.u32(number);
        writer.u32(0);
        writer.u64(storage.getMostSignificantBits());
        writer.u64(storage.getLeastSignificantBits());
        writer.u64(previous);
        writer.raw(new byte[BYTES - 4 - writer.length()]);
        CRC32C crc = new CRC32C();
        crc.update(writer.array(), 0, writer.length());
        writer.u32((int) crc.getValue());
        return writer.toByteArray();
    }

    /** @throws MalformedException when it is damaged, or of a version from the future: the message says which */
    static SegmentHeader decode(byte[] bytes) throws MalformedException {
        if (bytes.length < BYTES) {
            throw new MalformedException("it ends early");
        }
        ByteReader reader = new ByteReader(bytes, 0, BYTES);
        if (reader.u64() != MAGIC) {
            throw new MalformedException("it does not begin as a segment does");
        }
        int version = reader.u32();
        int number = reader.u32();
        reader.u32();
        UUID storage = new UUID(reader.u64(), reader.u64());
        long previous = reader.u64();
        reader.raw(reader.remaining() - 4);
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, BYTES - 4);
        if (reader.u32() != (int) crc.getValue()) {
            throw new MalformedException("the CRC of its header is wrong");
        }
        if (version < 1 || version > VERSION) {
            throw MalformedException.future(version, VERSION);
        }
        return new SegmentHeader(version, number, storage, previous);
    }
}
