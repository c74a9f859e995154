package magma.storage.xodus;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/** Carries the table to the index. One thread at a time. */
final class Flush {
    private final UUID storage;
    private final SegmentLog log;
    private final XodusIndex index;
    private final EntryTable table;
    private final Usages usages;
    private final Map<Long, SliceTail> slices;
    private final ReentrantLock commits;
    private final Steps steps;
    private volatile long replay;
    private volatile long appendedAtReplay;
    private List<Frame.Tail> committed;
    private List<Long> waiting;

    /** The commit points when the storage was opened. */
    private final List<Frame.Tail> atStart;

    private @Nullable Carried carried;

    /**
     * What is on its way to the index. Kept when that fails, to be tried again.
     *
     * @param cut up to where the index will know the log
     * @param appended {@link SegmentLog#appended} at that moment
     */
    private record Carried(SortedTable frozen, Cut cut, long appended, List<Frame.Tail> committed) {}

    /**
     * A moment of the log.
     *
     * @param replay what lies before it counts, but for what is waiting
     * @param known where the log ended
     * @param waiting the places of records before {@code replay} that are not committed
     */
    private record Cut(long replay, long known, List<Long> waiting) {}

    /** @param commits held while the table is changed; the lock of the log may be taken within */
    Flush(
            UUID storage,
            SegmentLog log,
            XodusIndex index,
            EntryTable table,
            Usages usages,
            Map<Long, SliceTail> slices,
            ReentrantLock commits,
            Steps steps,
            IndexState last) {
        this.storage = storage;
        this.log = log;
        this.index = index;
        this.table = table;
        this.usages = usages;
        this.slices = slices;
        this.commits = commits;
        this.steps = steps;
        this.replay = last.replay();
        this.committed = last.commits();
        this.waiting = last.waiting();
        this.atStart = commitPoints();
    }

    /** The index knows all of the log before this position. */
    long replay() {
        return replay;
    }

    /** Whether there was something before the replay position that was not committed. */
    boolean isWaiting() {
        return !waiting.isEmpty();
    }

    /** How many bytes of log a restart would replay, of those that were appended since the storage was opened. */
    long lag() {
        return log.appended() - appendedAtReplay;
    }

    /**
     * Everything that is committed goes to the index, durably.
     *
     * @throws StorageException when the disk failed; what is committed stays readable
     */
    void run() throws StorageException {
        Carried now = carried;
        if (now == null) {
            now = begin();
            carried = now;
        }
        if (now.frozen().size() > 0
                || now.cut().replay() != replay
                || !now.committed().equals(committed)) {
            write(now);
            replay = now.cut().replay();
            waiting = now.cut().waiting();
            committed = now.committed();
            appendedAtReplay = now.appended();
        }
        carried = null;
    }

    private Carried begin() {
        commits.lock();
        try {
            long appended = log.appended();
            return new Carried(table.freeze(), cut(), appended, commitPoints());
        } finally {
            commits.unlock();
        }
    }

    private void write(Carried now) throws StorageException {
        steps.at(Steps.FLUSH_BEGINS);
        log.sync();
        index.flush(now.frozen().iterator(null), usages::change, last -> {
            steps.at(Steps.FLUSH_WRITES);
            // With the first rows already, a restart must find committed what they are of.
            return new IndexState(
                    storage,
                    last ? now.cut().replay() : replay,
                    log.synced(),
                    now.cut().known(),
                    now.committed(),
                    last ? now.cut().waiting() : waiting,
                    usages.all());
        });
        steps.at(Steps.FLUSH_ENDS);
        table.flushed(now.frozen());
        commits.lock();
        try {
            table.thaw();
        } finally {
            commits.unlock();
        }
    }

    private Cut cut() {
        TreeSet<Long> waiting = new TreeSet<>();
        long[] known = new long[1];
        long replay = log.lockedAtWritten(written -> {
            known[0] = written;
            long safe = written;
            for (SliceTail slice : slices.values()) {
                safe = Math.min(safe, slice.installing(safe));
                slice.pending(waiting);
            }
            return safe;
        });
        return new Cut(replay, known[0], List.copyOf(waiting.headSet(replay)));
    }

    /** As {@link #tellCommits}, where that has changed since the storage was opened. */
    void tellLastCommits() throws StorageException {
        if (!commitPoints().equals(atStart)) {
            tellCommits();
        }
    }

    /** Tells in the log what of each slice is committed. */
    void tellCommits() throws StorageException {
        commits.lock();
        try {
            log.scratch().writer.commits(commitPoints());
            log.append(at -> {});
        } finally {
            commits.unlock();
        }
    }

    /** What of each slice is committed. To be called with the commits locked. */
    private List<Frame.Tail> commitPoints() {
        List<Frame.Tail> points = new ArrayList<>();
        slices.forEach((slice, tail) -> {
            Version version = tail.committed();
            if (!version.equals(Version.NONE)) {
                points.add(new Frame.Tail(slice, version));
            }
        });
        return points;
    }
}
