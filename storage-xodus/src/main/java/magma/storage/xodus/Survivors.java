package magma.storage.xodus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;
import magma.dht.storage.Visibility;

/** Finds what of some log records still counts, and reads it. Used by one thread. */
final class Survivors {
    static final int BATCH_CHANGES = 1000;
    static final int BATCH_BYTES = 1 << 20;

    private final EntryTable table;
    private final ContentReader reader;
    private ByteBuffer buffer = ByteBuffer.allocateDirect(BATCH_BYTES + Mutation.CHUNK_BYTES);

    Survivors(EntryTable table, ContentReader reader) {
        this.table = table;
        this.reader = reader;
    }

    /**
     * Copies to be made.
     *
     * @param contents of the writes among them, valid until the next batch
     * @param next the first frame that is not in it
     * @param skipped true when something lives that could not be copied now
     */
    record Batch(List<Change.Copy> copies, List<ByteBuffer> contents, int next, boolean skipped, long bytes) {
        /** The copies, where their contents begin at {@code data} of the log. */
        List<Change.Copy> placed(long data) {
            List<Change.Copy> placed = new ArrayList<>(copies.size());
            long at = data;
            for (Change.Copy copy : copies) {
                Change change = copy.change();
                if (change instanceof Change.Write write) {
                    change = new Change.Write(
                            write.id(), write.offset(), write.generation(), write.length(), at, write.crcs());
                    at += write.length();
                }
                placed.add(new Change.Copy(copy.version(), copy.source(), change));
            }
            return placed;
        }
    }

    /** What is being gathered. */
    private final class Gathering {
        final List<Change.Copy> copies = new ArrayList<>();
        final List<ByteBuffer> contents = new ArrayList<>();
        boolean skipped;

        /** True when the whole chunk of a further change would still fit. */
        boolean hasRoom() {
            return buffer.position() < BATCH_BYTES && copies.size() < BATCH_CHANGES;
        }
    }

    /**
     * @param touched ids that must be left alone
     * @param oldest true when no older segment is there, so that graves are not needed
     */
    Batch gather(List<Frame> frames, int from, Set<RecordId> touched, boolean oldest)
            throws StorageException, IOException {
        buffer.clear();
        Gathering gathering = new Gathering();
        int next = from;
        while (next < frames.size() && gathering.hasRoom()) {
            Frame frame = frames.get(next);
            if (frame.dataLength() > buffer.remaining()) {
                if (next > from) {
                    break;
                }
                buffer = ByteBuffer.allocateDirect(frame.dataLength());
            }
            for (Change change : frame.changes()) {
                gather(gathering, frame, change, touched, oldest);
            }
            next++;
        }
        return new Batch(
                gathering.copies,
                gathering.contents,
                next,
                gathering.skipped,
                buffer.position() + 100L * gathering.copies.size());
    }

    private void gather(Gathering to, Frame frame, Change outer, Set<RecordId> touched, boolean oldest)
            throws StorageException, IOException {
        Version version = outer.version(frame.version());
        Change change = outer.inner();
        Entry entry = table.find(change.id());
        if (entry instanceof Entry.Value value) {
            if (change instanceof Change.Put && value.position() == frame.position()) {
                Change put = new Change.Put(change.id(), value.value());
                add(to, touched, new Change.Copy(value.version(), frame.position(), put));
            }
        } else if (entry instanceof Entry.Chunk chunk) {
            gather(to, frame, change, touched, chunk, version.equals(chunk.version()), oldest);
        } else if (!oldest && (change instanceof Change.Delete || change instanceof Change.Punch)) {
            add(to, touched, new Change.Copy(version, frame.position(), change));
        }
    }

    /**
     * Gathers what a change of a chunk still says.
     *
     * @param last whether the chunk has its version from this change, which then must be said on
     */
    private void gather(
            Gathering to,
            Frame frame,
            Change change,
            Set<RecordId> touched,
            Entry.Chunk chunk,
            boolean last,
            boolean oldest)
            throws StorageException, IOException {
        int before = to.copies.size();
        if (change instanceof Change.Write write) {
            content(to, touched, write, chunk);
        } else if (change instanceof Change.Punch punch && !oldest) {
            holes(to, frame, touched, change.id(), chunk, punch.from(), punch.to());
        } else if (change instanceof Change.Delete && !oldest) {
            holes(to, frame, touched, change.id(), chunk, 0, Mutation.CHUNK_BYTES);
        }
        if (last && to.copies.size() == before && !(change instanceof Change.Delete)) {
            add(to, touched, new Change.Copy(chunk.version(), frame.position(), new Change.Stamp(change.id())));
        }
    }

    /** What was buried and has no content since: what covers the rest buries there. */
    private void holes(
            Gathering to, Frame frame, Set<RecordId> touched, RecordId id, Entry.Chunk chunk, int from, int end) {
        ExtentMap extents = chunk.extents();
        int at = from;
        for (int i = extents.firstAfter(from); at < end; i++) {
            int next = i < extents.size() ? Math.min(end, extents.get(i).from()) : end;
            if (next > at) {
                add(to, touched, new Change.Copy(chunk.version(), frame.position(), new Change.Punch(id, at, next)));
            }
            at = i < extents.size() ? Math.max(at, extents.get(i).to()) : end;
        }
    }

    private void add(Gathering to, Set<RecordId> touched, Change.Copy copy) {
        if (touched.contains(copy.id())) {
            to.skipped = true;
        } else {
            to.copies.add(copy);
        }
    }

    private void content(Gathering to, Set<RecordId> touched, Change.Write write, Entry.Chunk chunk)
            throws StorageException, IOException {
        ExtentMap extents = chunk.extents();
        for (int i = extents.firstAfter(write.offset());
                i < extents.size() && extents.get(i).from() < write.to();
                i++) {
            Extent extent = extents.get(i);
            boolean here = extent.source() >= write.data() && extent.source() < write.data() + write.length();
            if (!here) {
                continue;
            }
            if (touched.contains(write.id())) {
                to.skipped = true;
                return;
            }
            int start = buffer.position();
            ByteBuffer into = buffer.duplicate().limit(start + extent.length());
            reader.read(write.id(), extents, extent.from(), into, Visibility.ALL);
            buffer.position(start + extent.length());
            ByteBuffer content = buffer.duplicate().flip().position(start);
            Change copy = new Change.Write(
                    write.id(), extent.from(), extent.generation(), extent.length(), 0, Blocks.crcs(content));
            to.copies.add(new Change.Copy(chunk.version(), extent.source(), copy));
            to.contents.add(content);
        }
    }
}
