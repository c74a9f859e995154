package magma.storage.xodus;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * What the index says of itself, in the row that is written with each flush.
 *
 * <pre>
 *   version u32 | storage id, 16 bytes | replay position u64 | synced position u64 | known position u64 |
 *   count | slice, version each | count | position each | count | segment, live, graves each | crc u32
 * </pre>
 *
 * Numbers without a size are varints; the crc is the CRC32C of all before it. Version 1 has no known position, it is the replay position, and
 * no positions of records that wait.
 *
 * @param storage which storage it belongs to
 * @param replay the index holds all that the log says before this position, but for {@code waiting}, and maybe some of what it says later
 * @param synced everything before this position of the log is safe from a loss of power
 * @param known where the log ended when the commit points were taken; the index holds nothing that was committed later
 * @param commits the last committed version of each slice
 * @param waiting the positions of log records before the replay position that were not committed, ascending
 * @param usages what lies in the segments
 */
record IndexState(
        UUID storage,
        long replay,
        long synced,
        long known,
        List<Frame.Tail> commits,
        List<Long> waiting,
        Collection<Usage> usages) {
    static final int VERSION = 2;

    /**
     * @param live bytes that the index points to, content or records
     * @param graves bytes of records that say that something is gone
     */
    record Usage(int segment, long live, long graves) {}

    /** The state of an index that holds nothing, of a log that begins at {@code start}. */
    static IndexState of(UUID storage, long start) {
        return new IndexState(storage, start, start, start, List.of(), List.of(), List.of());
    }

    byte[] encode() {
        ByteWriter writer = new ByteWriter();
        writer.u32(VERSION);
        writer.u64(storage.getMostSignificantBits());
        writer.u64(storage.getLeastSignificantBits());
        writer.u64(replay);
        writer.u64(synced);
        writer.u64(known);
        writer.varint(commits.size());
        for (Frame.Tail commit : commits) {
            writer.varint(commit.slice());
            writer.version(commit.version());
        }
        writer.varint(waiting.size());
        for (long position : waiting) {
            writer.position(position);
        }
        writer.varint(usages.size());
        for (Usage usage : usages) {
            writer.varint(usage.segment());
            writer.varint(usage.live());
            writer.varint(usage.graves());
        }
        CRC32C crc = new CRC32C();
        crc.update(writer.array(), 0, writer.length());
        writer.u32((int) crc.getValue());
        return writer.toByteArray();
    }

    static IndexState decode(byte[] bytes) throws MalformedException {
        int end = bytes.length - Integer.BYTES;
        if (end < 0) {
            throw new MalformedException("it ends early");
        }
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, end);
        if (new ByteReader(bytes, end, bytes.length).u32() != (int) crc.getValue()) {
            throw new MalformedException("its CRC is wrong");
        }
        ByteReader reader = new ByteReader(bytes, 0, end);
        int version = reader.u32();
        if (version < 1 || version > VERSION) {
            throw MalformedException.future(version, VERSION);
        }
        UUID storage = new UUID(reader.u64(), reader.u64());
        long replay = reader.u64();
        long synced = reader.u64();
        long known = version == 1 ? replay : reader.u64();
        List<Frame.Tail> commits = new ArrayList<>();
        for (int count = reader.bounded(reader.remaining()); count > 0; count--) {
            commits.add(new Frame.Tail(reader.varint(), reader.version()));
        }
        List<Long> waiting = new ArrayList<>();
        for (int count = version == 1 ? 0 : reader.bounded(reader.remaining()); count > 0; count--) {
            waiting.add(reader.position());
        }
        List<Usage> usages = new ArrayList<>();
        for (int count = reader.bounded(reader.remaining()); count > 0; count--) {
            usages.add(new Usage(reader.bounded(Integer.MAX_VALUE), reader.varint(), reader.varint()));
        }
        return new IndexState(storage, replay, synced, known, commits, waiting, usages);
    }
}
