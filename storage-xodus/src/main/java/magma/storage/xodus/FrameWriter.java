package magma.storage.xodus;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import magma.dht.storage.Installed;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.Version;

/** Makes one {@link Frame} after another. The position is filled in when it is known, so that all else is done before. Used by one thread. */
final class FrameWriter {
    private static final int CRC = 4;
    private static final int POSITION = 16;
    private static final int SYNCED = 24;

    private final ByteWriter head = new ByteWriter();
    private final List<ByteBuffer> data = new ArrayList<>();
    private final List<int[]> crcs = new ArrayList<>();
    private int dataLength;

    /**
     * Begins a record that makes the mutations of {@code record}.
     *
     * @param commit the version up to which its slice is committed
     */
    void entry(LogRecord record, Version commit) {
        start(Frame.Type.ENTRY, record.slice(), record.version());
        head.version(commit);
        head.varint(record.mutations().size());
        for (Mutation mutation : record.mutations()) {
            mutation(mutation);
        }
        seal();
    }

    /** Begins a record of what is taken over from another replica. */
    void installed(long slice, List<Installed> items) {
        start(Frame.Type.INSTALLED, slice, Version.NONE);
        head.varint(items.size());
        for (Installed item : items) {
            head.version(item.version());
            mutation(item.mutation());
        }
        seal();
    }

    private void mutation(Mutation mutation) {
        if (mutation instanceof Mutation.Write write) {
            ByteBuffer bytes = write.data().duplicate();
            write(write.id().encoded(), write.offset(), write.generation(), bytes, Blocks.crcs(bytes));
        } else {
            change(Change.of(mutation, 0, new int[0]));
        }
    }

    /** Begins a record that says that the slice's records after {@code version} and before {@code limit} never happened. */
    void truncation(long slice, Version version, long limit) {
        start(Frame.Type.TRUNCATION, slice, version);
        head.position(limit);
        seal();
    }

    /** Begins a record that says that the slice's history is forgotten. The other parameters are as of {@link #truncation}. */
    void forget(long slice, Version committed, long limit) {
        start(Frame.Type.FORGET, slice, committed);
        head.position(limit);
        seal();
    }

    /** Begins a record that says that the slice's history goes on after {@code at}. */
    void takenUp(long slice, Version at) {
        start(Frame.Type.TAKEN_UP, slice, at);
        seal();
    }

    void mark() {
        start(Frame.Type.MARK, 0, Version.NONE);
        seal();
    }

    void points(List<Frame.Point> points) {
        start(Frame.Type.POINTS, 0, Version.NONE);
        head.varint(points.size());
        for (Frame.Point point : points) {
            head.varint(point.slice());
            head.version(point.tail());
            head.version(point.commit());
        }
        seal();
    }

    void commits(List<Frame.Tail> commits) {
        start(Frame.Type.COMMITS, 0, Version.NONE);
        head.varint(commits.size());
        for (Frame.Tail commit : commits) {
            head.varint(commit.slice());
            head.version(commit.version());
        }
        seal();
    }

    /**
     * Begins a record of copies.
     *
     * @param contents for each {@link Change.Write} among the copies, in order, its bytes; what the write says of their place is not looked at
     */
    void copies(List<Change.Copy> copies, List<ByteBuffer> contents) {
        start(Frame.Type.COPIES, 0, Version.NONE);
        head.varint(copies.size());
        int next = 0;
        for (Change.Copy copy : copies) {
            head.version(copy.version());
            head.position(copy.source());
            if (copy.change() instanceof Change.Write write) {
                write(write.id().encoded(), write.offset(), write.generation(), contents.get(next++), write.crcs());
            } else {
                change(copy.change());
            }
        }
        seal();
    }

    private void start(Frame.Type type, long slice, Version version) {
        head.clear();
        data.clear();
        crcs.clear();
        dataLength = 0;
        head.u32(Frame.MAGIC);
        head.u32(0);
        head.u64(0);
        head.u64(0);
        head.u64(0);
        head.u64(slice);
        head.u64(version.epoch());
        head.u64(version.sequence());
        head.u8(type.code);
        head.pad(Frame.UNIT);
    }

    private void write(byte[] id, int offset, long generation, ByteBuffer bytes, int[] checks) {
        head.u8(Frame.WRITE);
        head.varint(id.length);
        head.raw(id);
        head.varint(offset);
        head.varint(generation);
        head.varint(bytes.remaining());
        head.crcs(checks);
        data.add(bytes);
        crcs.add(checks);
        dataLength = Math.addExact(dataLength, bytes.remaining());
    }

    private void change(Change change) {
        if (change instanceof Change.Put put) {
            head.u8(Frame.PUT);
            head.id(put.id());
            head.varint(put.value().length);
            head.raw(put.value());
        } else if (change instanceof Change.Delete delete) {
            head.u8(Frame.DELETE);
            head.id(delete.id());
        } else if (change instanceof Change.Punch punch) {
            head.u8(Frame.PUNCH);
            head.id(punch.id());
            head.varint(punch.from());
            head.varint(punch.to());
        } else if (change instanceof Change.Stamp stamp) {
            head.u8(Frame.STAMP);
            head.id(stamp.id());
        } else {
            throw new IllegalArgumentException("not a change of its own: " + change);
        }
    }

    private void seal() {
        head.pad(Frame.UNIT);
        head.set32(8, head.length());
        head.set32(12, dataLength);
    }

    /** The record with what it takes to a multiple of {@link Frame#UNIT}. */
    long length() {
        return Frame.length(head.length(), dataLength);
    }

    int headLength() {
        return head.length();
    }

    int dataLength() {
        return dataLength;
    }

    /** The head, as long as {@link #headLength}. Valid once {@link #place} was called. */
    byte[] head() {
        return head.array();
    }

    /** The content that follows the head. */
    List<ByteBuffer> data() {
        return data;
    }

    /** The checks of the i-th piece of content. */
    int[] crcs(int i) {
        return crcs.get(i);
    }

    void place(long position, long synced) {
        head.set64(POSITION, position);
        head.set64(SYNCED, synced);
        CRC32C crc = new CRC32C();
        crc.update(head.array(), 8, head.length() - 8);
        head.set32(CRC, (int) crc.getValue());
    }
}
