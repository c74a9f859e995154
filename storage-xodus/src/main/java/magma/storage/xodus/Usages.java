package magma.storage.xodus;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import magma.dht.storage.RecordId;

/**
 * How many bytes of each segment the index points to, so that the cleaner knows where to look. Follows the index: what is only in the table is not
 * counted.
 */
final class Usages {
    private final TreeMap<Integer, long[]> bySegment = new TreeMap<>();

    Usages(Collection<IndexState.Usage> usages) {
        for (IndexState.Usage usage : usages) {
            bySegment.put(usage.segment(), new long[] {usage.live(), usage.graves()});
        }
    }

    /** A row of the index changes. */
    synchronized void change(RecordId id, Entry before, Entry after) {
        add(id, before, -1);
        add(id, after, 1);
    }

    private void add(RecordId id, Entry entry, int sign) {
        if (entry instanceof Entry.Value value) {
            live(value.position(), (long) sign * Entry.logBytes(id, value.value()));
        } else if (entry instanceof Entry.Chunk chunk) {
            ExtentMap extents = chunk.extents();
            for (int i = 0; i < extents.size(); i++) {
                live(extents.get(i).data(), (long) sign * extents.get(i).length());
            }
        }
    }

    private long[] of(int segment) {
        return bySegment.computeIfAbsent(segment, number -> new long[2]);
    }

    private void live(long position, long bytes) {
        of(Position.segment(position))[0] += bytes;
    }

    /** A log record at {@code position} makes this change. */
    void note(long position, Change change) {
        Change inner = change.inner();
        if (inner instanceof Change.Delete || inner instanceof Change.Punch) {
            grave(position, change.id());
        }
    }

    private synchronized void grave(long position, RecordId id) {
        of(Position.segment(position))[1] += 4 + id.encoded().length;
    }

    synchronized long live(int segment) {
        long[] usage = bySegment.get(segment);
        return usage == null ? 0 : usage[0];
    }

    synchronized long graves(int segment) {
        long[] usage = bySegment.get(segment);
        return usage == null ? 0 : usage[1];
    }

    synchronized void remove(int segment) {
        bySegment.remove(segment);
    }

    synchronized List<IndexState.Usage> all() {
        List<IndexState.Usage> all = new ArrayList<>();
        bySegment.forEach((segment, usage) -> all.add(new IndexState.Usage(segment, usage[0], usage[1])));
        return all;
    }
}
