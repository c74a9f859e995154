package magma.storage.xodus;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    private @Nullable Carried carried;

    /**
     * What is on its way to the index. Kept when that fails, to be tried again.
     *
     * @param replay the position that the index will know the log up to
     * @param known where the log ended when the table was frozen
     * @param appended {@link SegmentLog#appended} at that moment
     */
    private record Carried(SortedTable frozen, long replay, long known, long appended, List<Frame.Tail> committed) {}

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
    }

    /** The index knows all of the log before this position. */
    long replay() {
        return replay;
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
                || now.replay() != replay
                || !now.committed().equals(committed)) {
            write(now);
            replay = now.replay();
            committed = now.committed();
            appendedAtReplay = now.appended();
        }
        carried = null;
    }

    private Carried begin() {
        commits.lock();
        try {
            long appended = log.appended();
            return new Carried(table.freeze(), safePosition(), log.written(), appended, commitPoints());
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
                    storage, last ? now.replay() : replay, log.synced(), now.known(), now.committed(), usages.all());
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

    /** Before it there is nothing that may still become committed. */
    private long safePosition() {
        return log.lockedAtWritten(written -> {
            long safe = written;
            for (SliceTail slice : slices.values()) {
                safe = Math.min(safe, slice.firstPending(safe));
            }
            return safe;
        });
    }

    /** What of each slice is committed. To be called with the commits locked, where nothing may become committed meanwhile. */
    List<Frame.Tail> commitPoints() {
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
