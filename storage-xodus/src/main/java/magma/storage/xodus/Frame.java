package magma.storage.xodus;

import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import magma.dht.storage.Mutation;
import magma.dht.storage.Version;

/**
 * One record of the log: a checked head, and after it the content that it writes, checked by block.
 *
 * <pre>
 *   0    4    8            12           16       24     32    40    48       56   57     64
 *   |MGLR|crc |head length |data length |position|synced|slice|epoch|sequence|type|zeros |payload ... zeros|data ... zeros|
 * </pre>
 *
 * The crc is the CRC32C of the head from byte 8 on. Head and record are filled up with zeros to a multiple of 8 bytes.
 *
 * @param position where it lies; the record says it itself, so that content that looks like a record is not taken for one
 * @param synced everything before this position was safe from a loss of power when the record was written
 * @param changes of a {@link Type#MUTATIONS} or {@link Type#COPIES} record
 * @param tails of a {@link Type#TAILS} record
 */
record Frame(
        Type type,
        long position,
        int headLength,
        int dataLength,
        long synced,
        long slice,
        Version version,
        List<Change> changes,
        List<Tail> tails,
        long limit) {
    static final int MAGIC = 0x4d474c52;
    static final int HEADER_BYTES = 64;
    static final int UNIT = 8;

    /** Longest head that is believed. */
    static final int MAX_HEAD_BYTES = 1 << 28;

    enum Type {
        /** A log record of a slice: varint count, changes. */
        MUTATIONS(1),
        /** Records of the slice after the version and before the limit never happened: the limit, a position; 0 for where this record lies. */
        TRUNCATION(2),
        /** What the cleaner carried here: varint count; version, source, change each. */
        COPIES(3),
        /** Nothing but the synced position. */
        MARK(4),
        /** The last version of every slice: varint count; slice, version each. */
        TAILS(5);

        final int code;

        Type(int code) {
            this.code = code;
        }

        static Type of(int code) throws MalformedException {
            for (Type type : values()) {
                if (type.code == code) {
                    return type;
                }
            }
            throw new MalformedException("a record of type " + code);
        }
    }

    /** The last version of a slice. */
    record Tail(long slice, Version version) {}

    static final int PUT = 1;
    static final int DELETE = 2;
    static final int WRITE = 3;
    static final int PUNCH = 4;

    /** Where the next record begins. */
    long end() {
        return position + length(headLength, dataLength);
    }

    static long length(int headLength, int dataLength) {
        return ((long) headLength + dataLength + UNIT - 1) / UNIT * UNIT;
    }

    /** The lengths that the first bytes of a record tell, before they are checked. */
    record Lengths(int head, int data) {
        /** Null where no record begins. */
        static @org.jspecify.annotations.Nullable Lengths of(byte[] header, int at) {
            ByteReader reader = new ByteReader(header, at, header.length);
            try {
                if (reader.u32() != MAGIC) {
                    return null;
                }
                reader.u32();
                int head = reader.u32();
                int data = reader.u32();
                boolean sane = head >= HEADER_BYTES && head <= MAX_HEAD_BYTES && head % UNIT == 0 && data >= 0;
                return sane ? new Lengths(head, data) : null;
            } catch (MalformedException e) {
                return null;
            }
        }
    }

    /**
     * @param bytes hold a whole head from {@code at} on
     * @param position where it was read
     * @throws MalformedException when it is damaged or lay elsewhere
     */
    static Frame decode(byte[] bytes, int at, Lengths lengths, long position) throws MalformedException {
        CRC32C crc = new CRC32C();
        crc.update(bytes, at + 8, lengths.head() - 8);
        ByteReader reader = new ByteReader(bytes, at + 4, at + lengths.head());
        if (reader.u32() != (int) crc.getValue()) {
            throw new MalformedException("its CRC is wrong");
        }
        reader.u64();
        if (reader.u64() != position) {
            throw new MalformedException("it belongs elsewhere");
        }
        long synced = reader.u64();
        long slice = reader.u64();
        Version version = new Version(reader.u64(), reader.u64());
        Type type = Type.of(reader.u8());
        reader.raw(7);
        List<Change> changes = new ArrayList<>();
        List<Tail> tails = new ArrayList<>();
        long limit = 0;
        switch (type) {
            case MUTATIONS, COPIES -> readChanges(reader, type, position + lengths.head(), lengths.data(), changes);
            case TRUNCATION -> limit = reader.position();
            case TAILS -> {
                int count = reader.bounded(reader.remaining());
                for (int i = 0; i < count; i++) {
                    tails.add(new Tail(reader.varint(), reader.version()));
                }
            }
            case MARK -> {}
        }
        return new Frame(type, position, lengths.head(), lengths.data(), synced, slice, version, changes, tails, limit);
    }

    private static void readChanges(ByteReader reader, Type type, long data, int dataLength, List<Change> changes)
            throws MalformedException {
        int count = reader.bounded(reader.remaining());
        long next = data;
        for (int i = 0; i < count; i++) {
            Version version = type == Type.COPIES ? reader.version() : null;
            long source = version == null ? 0 : reader.position();
            Change change = readChange(reader, next);
            if (change instanceof Change.Write write) {
                next += write.length();
                if (next > data + dataLength) {
                    throw new MalformedException("it writes more than it has");
                }
            }
            changes.add(version == null ? change : new Change.Copy(version, source, change));
        }
    }

    private static Change readChange(ByteReader reader, long data) throws MalformedException {
        int kind = reader.u8();
        var id = reader.id();
        switch (kind) {
            case PUT -> {
                return new Change.Put(id, reader.raw(reader.bounded(reader.remaining())));
            }
            case DELETE -> {
                return new Change.Delete(id);
            }
            case WRITE -> {
                int offset = reader.bounded(Mutation.CHUNK_BYTES - 1);
                long generation = reader.varint();
                int length = reader.bounded(Mutation.CHUNK_BYTES - offset);
                if (length == 0) {
                    throw new MalformedException("an empty write");
                }
                return new Change.Write(id, offset, generation, length, data, reader.crcs(Blocks.count(length)));
            }
            case PUNCH -> {
                int from = reader.bounded(Mutation.CHUNK_BYTES - 1);
                int to = reader.bounded(Mutation.CHUNK_BYTES);
                if (to <= from) {
                    throw new MalformedException("an empty punch");
                }
                return new Change.Punch(id, from, to);
            }
            default -> throw new MalformedException("a change of kind " + kind);
        }
    }
}
