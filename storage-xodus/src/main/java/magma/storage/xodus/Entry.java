package magma.storage.xodus;

import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Version;

/** What the table or the index has under an id. */
sealed interface Entry {
    /** About how many bytes of memory it takes. */
    int weight();

    /**
     * A record.
     *
     * @param position of the log record that put it
     */
    record Value(Version version, long position, byte[] value) implements Entry {
        @Override
        public int weight() {
            return 80 + value.length;
        }
    }

    /** A chunk with content. */
    record Chunk(Version version, ExtentMap extents) implements Entry {
        @Override
        public int weight() {
            return 56 + extents.weight();
        }
    }

    /** It was deleted. Only in the table. */
    record Gone(Version version) implements Entry {
        @Override
        public int weight() {
            return 48;
        }
    }

    /** The index has nothing. */
    record Absent() implements Entry {
        static final Absent ENTRY = new Absent();

        @Override
        public int weight() {
            return 16;
        }
    }

    /** The content of this entry; empty where it is no chunk. */
    default ExtentMap content() {
        return this instanceof Chunk chunk ? chunk.extents() : ExtentMap.EMPTY;
    }

    /** How many bytes of the log a put of this size takes, about; the same for the same id and value always. */
    static int logBytes(RecordId id, byte[] value) {
        return 16 + id.encoded().length + value.length;
    }

    /**
     * The row of the index.
     *
     * <pre>
     *   record: 1 | version | position | value | crc
     *   chunk:  2 | version | count | extents | crc
     *   extent: from (after the end of the last) | length | generation | version | position of data | skip | stored | crcs
     * </pre>
     *
     * Numbers are varints but for crcs, which are 4 bytes. The last crc is the CRC32C of the id and all before it.
     */
    default byte[] encode(RecordId id) {
        ByteWriter writer = new ByteWriter();
        if (this instanceof Value value) {
            writer.u8(1);
            writer.version(value.version());
            writer.position(value.position());
            writer.raw(value.value());
        } else if (this instanceof Chunk chunk) {
            writer.u8(2);
            writer.version(chunk.version());
            writer.varint(chunk.extents().size());
            int end = 0;
            for (int i = 0; i < chunk.extents().size(); i++) {
                Extent extent = chunk.extents().get(i);
                writer.varint(extent.from() - end);
                writer.varint(extent.length());
                writer.varint(extent.generation());
                writer.version(extent.version());
                writer.position(extent.data());
                writer.varint(extent.skip());
                writer.varint(extent.stored());
                writer.crcs(extent.crcs());
                end = extent.to();
            }
        } else {
            throw new IllegalArgumentException("no row for " + this);
        }
        writer.u32(check(id, writer.array(), writer.length()));
        return writer.toByteArray();
    }

    private static int check(RecordId id, byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(id.encoded());
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    /** @throws MalformedException when the row is damaged */
    static Entry decode(RecordId id, byte[] bytes, int length) throws MalformedException {
        if (length < Integer.BYTES) {
            throw new MalformedException("it ends early");
        }
        int end = length - Integer.BYTES;
        if (new ByteReader(bytes, end, length).u32() != check(id, bytes, end)) {
            throw new MalformedException("its CRC is wrong");
        }
        ByteReader reader = new ByteReader(bytes, 0, end);
        int type = reader.u8();
        Version version = reader.version();
        if (type == 1) {
            return new Value(version, reader.position(), reader.raw(reader.remaining()));
        }
        if (type != 2) {
            throw new MalformedException("a row of type " + type);
        }
        int count = reader.bounded(Mutation.CHUNK_BYTES);
        List<Extent> extents = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < count; i++) {
            Extent extent = extent(reader, from);
            extents.add(extent);
            from = extent.to();
        }
        return new Chunk(version, ExtentMap.of(extents));
    }

    private static Extent extent(ByteReader reader, int end) throws MalformedException {
        int from = end + reader.bounded(Mutation.CHUNK_BYTES - end);
        int length = reader.bounded(Mutation.CHUNK_BYTES - from);
        long generation = reader.varint();
        Version version = reader.version();
        long data = reader.position();
        int skip = reader.bounded(Blocks.BYTES - 1);
        int stored = reader.bounded(Mutation.CHUNK_BYTES);
        if (length == 0 || skip + length > stored) {
            throw new MalformedException("an extent of " + length + " bytes");
        }
        return new Extent(from, length, generation, version, data, skip, stored, reader.crcs(Blocks.count(stored)));
    }
}
