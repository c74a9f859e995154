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
 * @param commit the version up to which the slice was committed when an {@link Type#ENTRY} was written; else {@link Version#NONE}
 * @param changes that the record makes, if any
 * @param points of slices, where the record tells them
 * @param limit the position before which records of the slice are meant that never happened; 0 for where the record itself lies
 */
record Frame(
        Type type,
        long position,
        int headLength,
        int dataLength,
        long synced,
        long slice,
        Version version,
        Version commit,
        List<Change> changes,
        List<Point> points,
        long limit) {
    static final int MAGIC = 0x4d474c52;
    static final int HEADER_BYTES = 64;
    static final int UNIT = 8;

    /** Longest head that is believed. */
    static final int MAX_HEAD_BYTES = 1 << 28;

    enum Type {
        /** A log record of a slice, which is committed: varint count, changes. Format version 1 only. */
        MUTATIONS(1),
        /** Records of the slice after the version and before the limit never happened: the limit, a position. */
        TRUNCATION(2),
        /** What the cleaner carried here: varint count; version, source, change each. Format version 1 only: graves bury what is of an older version. */
        OLD_COPIES(3),
        /** Nothing but the synced position. */
        MARK(4),
        /** The last version of every slice: varint count; slice, version each. Format version 1 only. */
        TAILS(5),
        /** A log record of a slice: the version up to which the slice is committed, varint count, changes. */
        ENTRY(6),
        /** What the cleaner carried here: varint count; version, source, change each. */
        COPIES(7),
        /** Where every slice stands that has a history: varint count; slice, last version, committed version each. */
        POINTS(8),
        /** What of every slice is committed: varint count; slice, version each. */
        COMMITS(9),
        /** The slice's history is forgotten; its version is what was committed, and later records before the limit never happened: the limit, a position. */
        FORGET(10),
        /** What was taken over from another replica: varint count; version, change each. */
        INSTALLED(11),
        /** The slice's history goes on after the version. */
        TAKEN_UP(12);

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

    /** A version of a slice. */
    record Tail(long slice, Version version) {}

    /**
     * Where a slice stands. {@link Version#NONE} for what the record does not tell.
     *
     * @param tail the version of its last record
     * @param commit the version up to which it is committed
     */
    record Point(long slice, Version tail, Version commit) {}

    static final int PUT = 1;
    static final int DELETE = 2;
    static final int WRITE = 3;
    static final int PUNCH = 4;
    static final int STAMP = 5;

    /** Where the next record begins. */
    long end() {
        return position + length(headLength, dataLength);
    }

    /** Whether this is a log record that was appended to a slice. */
    boolean isEntry() {
        return type == Type.ENTRY || type == Type.MUTATIONS;
    }

    /** The position before which records of the slice never happened that have later versions. */
    long before() {
        return limit == 0 ? position : limit;
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
        Version commit = type == Type.ENTRY ? reader.version() : Version.NONE;
        List<Change> changes = new ArrayList<>();
        List<Point> points = new ArrayList<>();
        long limit = 0;
        switch (type) {
            case MUTATIONS, ENTRY, OLD_COPIES, COPIES, INSTALLED ->
                readChanges(reader, type, position + lengths.head(), lengths.data(), changes);
            case TRUNCATION, FORGET -> limit = reader.position();
            case TAILS, POINTS, COMMITS -> readPoints(reader, type, points);
            case MARK, TAKEN_UP -> {}
        }
        return new Frame(
                type, position, lengths.head(), lengths.data(), synced, slice, version, commit, changes, points, limit);
    }

    private static void readPoints(ByteReader reader, Type type, List<Point> points) throws MalformedException {
        int count = reader.bounded(reader.remaining());
        for (int i = 0; i < count; i++) {
            long slice = reader.varint();
            Version tail = type == Type.COMMITS ? Version.NONE : reader.version();
            Version commit = type == Type.TAILS ? Version.NONE : reader.version();
            points.add(new Point(slice, tail, commit));
        }
    }

    private static void readChanges(ByteReader reader, Type type, long data, int dataLength, List<Change> changes)
            throws MalformedException {
        boolean copies = type == Type.COPIES || type == Type.OLD_COPIES;
        int count = reader.bounded(reader.remaining());
        long next = data;
        for (int i = 0; i < count; i++) {
            Version version = copies || type == Type.INSTALLED ? reader.version() : null;
            long source = copies ? reader.position() : 0;
            Change change = readChange(reader, next);
            if (change instanceof Change.Write write) {
                next += write.length();
                if (next > data + dataLength) {
                    throw new MalformedException("it writes more than it has");
                }
            }
            if (version == null) {
                changes.add(change);
            } else {
                changes.add(copies ? new Change.Copy(version, source, change) : new Change.Installed(version, change));
            }
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
            case STAMP -> {
                return new Change.Stamp(id);
            }
            default -> throw new MalformedException("a change of kind " + kind);
        }
    }
}
