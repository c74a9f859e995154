package magma.storage.xodus;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import magma.dht.storage.RecordId;
import magma.dht.storage.StorageException;
import magma.dht.storage.StorageFullException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives back the space of what is dead: copies what lives in a segment to the end of the log, and deletes the segment when the index durably points to
 * the copies.
 *
 * <p><b>Why nothing comes back.</b> The log must tell the same when the index is rebuilt from it, so a record that says that something is gone (a grave) stays
 * as long as a segment older than its own is there: everything that it buries lies in its segment or before. That holds for copies too: an id that a record
 * not yet committed touches is not copied, and a copy goes into the segment that was the last before the cleaner looked whether the original lives. So what
 * a copy says was true of all that lies in segments before its own, and only records of its own segment may say otherwise, which then came later. Versions
 * do not matter for that, as they go back where a slice's state was taken over from another replica.
 *
 * <p>Only segments are cleaned all of whose records are committed. That they are is said in the log before anything of them is copied, for a rebuild must
 * not take for uncommitted what it finds half copied.
 *
 * <p>Used by one thread.
 */
final class Cleaner {
    private static final Logger LOG = LoggerFactory.getLogger(Cleaner.class);

    /** How much of the log the graves may take before the oldest segment is cleaned to be rid of them: a tenth. */
    private static final int GRAVE_SHARE = 10;

    private final StorageSettings settings;
    private final SegmentLog log;
    private final EntryTable table;
    private final Map<Long, SliceTail> slices;
    private final ReentrantLock commits;
    private final Usages usages;
    private final Flush flush;
    private final DiskSpace space;
    private final Steps steps;
    private final Survivors survivors;
    private final List<Integer> ready = new ArrayList<>();

    /** Segments that cannot be cleaned because something in them is damaged. */
    private final Set<Integer> damaged = new HashSet<>();

    /** Segments where something could not be copied because a record touches it that is not committed. Tried again when more is. */
    private final Set<Integer> postponed = new HashSet<>();

    private long postponedAt;
    private @Nullable Job job;

    private static final class Job {
        final SegmentFile segment;
        final FrameReader frames;
        final boolean oldest;
        boolean skipped;

        Job(SegmentFile segment, boolean oldest) throws IOException {
            this.segment = segment;
            this.frames = new FrameReader(segment, SegmentHeader.BYTES);
            this.oldest = oldest;
        }
    }

    /** What the cleaner works with. */
    record Parts(
            StorageSettings settings,
            SegmentLog log,
            EntryTable table,
            Map<Long, SliceTail> slices,
            ReentrantLock commits,
            Usages usages,
            Flush flush,
            DiskSpace space,
            ContentReader reader,
            Steps steps) {}

    Cleaner(Parts parts) {
        this.settings = parts.settings();
        this.log = parts.log();
        this.table = parts.table();
        this.slices = parts.slices();
        this.commits = parts.commits();
        this.usages = parts.usages();
        this.flush = parts.flush();
        this.space = parts.space();
        this.steps = parts.steps();
        this.survivors = new Survivors(parts.table(), parts.reader());
    }

    /** Whether there is something to go on with at once; otherwise there may be when more was carried to the index, or the disk got full. */
    boolean isBusy() {
        return job != null || !ready.isEmpty();
    }

    /**
     * Copies up to {@code allowance} bytes.
     *
     * @return true when there are segments to {@link #delete} once the table was carried to the index
     */
    boolean copy(long allowance) throws StorageException {
        long left = allowance;
        try {
            while (left > 0) {
                Job now = job;
                if (now == null) {
                    now = pick();
                    if (now == null) {
                        break;
                    }
                    flush.tellCommits();
                    job = now;
                }
                left -= work(now);
            }
        } catch (StorageFullException e) {
            job = null;
            LOG.warn("The cleaner has no room to copy to: {}", e.getMessage());
        } catch (IOException e) {
            giveUp(e);
        }
        return !ready.isEmpty();
    }

    /** The segments where records lie that are not committed. None is added before the replay position. */
    private Set<Integer> waiting() {
        List<Long> positions = new ArrayList<>();
        slices.values().forEach(slice -> slice.pending(positions));
        Set<Integer> waiting = new HashSet<>();
        positions.forEach(position -> waiting.add(Position.segment(position)));
        return waiting;
    }

    private void giveUp(IOException e) throws StorageException {
        Job failed = job;
        job = null;
        log.usable();
        if (failed != null) {
            damaged.add(failed.segment.number());
            LOG.error(
                    "Segment {} cannot be cleaned: {}. It stays as it is; {}",
                    failed.segment.path(),
                    e.getMessage(),
                    failed.segment.advice("scrub"),
                    e);
        }
    }

    /** The segment that gives back most for what must be copied; null when none is worth it. */
    private @Nullable Job pick() throws IOException, StorageException {
        long replay = flush.replay();
        // While something waits for long, all that it touches would be looked at in vain after each flush.
        boolean isLater =
                flush.isWaiting() ? Position.segment(replay) != Position.segment(postponedAt) : replay != postponedAt;
        if (isLater) {
            postponed.clear();
            postponedAt = replay;
        }
        boolean isShort = space.isShort();
        int indexed = Position.segment(replay);
        Set<Integer> waiting = waiting();
        NavigableMap<Integer, SegmentFile> segments = log.segments();
        int first = segments.firstKey();
        SegmentFile best = null;
        double bestShare = isShort ? 0.05 : 0.5;
        long graves = 0;
        for (SegmentFile segment : segments.headMap(indexed, false).values()) {
            int number = segment.number();
            if (isOut(number) || waiting.contains(number)) {
                continue;
            }
            long kept = usages.live(number) + (number == first ? 0 : usages.graves(number));
            double share = 1 - (double) kept / Math.max(1, segment.size());
            if (usages.live(number) <= 0 && number == first || share > bestShare) {
                best = segment;
                bestShare = Math.max(share, bestShare);
            }
            graves += usages.graves(number);
        }
        if (best == null && graves > Math.max(settings.segmentBytes() / 2, log.bytes() / GRAVE_SHARE)) {
            SegmentFile oldest = segments.firstEntry().getValue();
            best = first < indexed && !isOut(first) && !waiting.contains(first) ? oldest : null;
        }
        if (best == null) {
            if (isShort && ready.isEmpty()) {
                log.leaveHalfFull();
            }
            return null;
        }
        return new Job(best, best.number() == first);
    }

    private boolean isOut(int number) {
        return ready.contains(number) || damaged.contains(number) || postponed.contains(number);
    }

    /** Copies the next batch of the segment. @return about how many bytes were read or written */
    private long work(Job now) throws IOException, StorageException {
        long start = now.frames.position();
        List<Frame> frames = new ArrayList<>();
        int changes = 0;
        long data = 0;
        while (changes < Survivors.BATCH_CHANGES && data < Survivors.BATCH_BYTES) {
            Frame frame = next(now);
            if (frame == null) {
                break;
            }
            frames.add(frame);
            changes += frame.changes().size();
            data += frame.headLength() + (long) frame.dataLength();
        }
        if (frames.isEmpty()) {
            job = null;
            steps.at(Steps.CLEAN_COPIED);
            if (now.skipped) {
                postponed.add(now.segment.number());
            } else {
                ready.add(now.segment.number());
            }
            return 1;
        }
        for (Frame frame : frames) {
            keepTruncation(now, frame);
        }
        long copied = 0;
        for (int from = 0; from < frames.size(); ) {
            Survivors.Batch batch = carry(now, frames, from);
            copied += batch.bytes();
            from = batch.next();
            steps.at(Steps.CLEAN_COPIES);
        }
        return copied + Math.max(1, Math.min(64 << 10, now.frames.position() - start));
    }

    private static @Nullable Frame next(Job now) throws IOException {
        try {
            return now.frames.next();
        } catch (DamagedException e) {
            throw new IOException(Position.text(e.position()) + ": " + e.getMessage(), e);
        }
    }

    private void keepTruncation(Job now, Frame frame) throws StorageException {
        boolean forgets = frame.type() == Frame.Type.FORGET;
        if (!forgets && frame.type() != Frame.Type.TRUNCATION) {
            return;
        }
        long limit = frame.before();
        NavigableMap<Integer, SegmentFile> before = log.segments().headMap(Position.segment(limit), true);
        boolean needed = before.keySet().stream().anyMatch(number -> number != now.segment.number());
        if (!needed) {
            return;
        }
        if (forgets) {
            log.scratch().writer.forget(frame.slice(), frame.version(), limit);
        } else {
            log.scratch().writer.truncation(frame.slice(), frame.version(), limit);
        }
        log.append(at -> {});
    }

    /** Copies what lives of the frames from {@code from} on, as much as fits a batch. */
    private Survivors.Batch carry(Job now, List<Frame> frames, int from) throws StorageException, IOException {
        while (true) {
            Set<RecordId> touched = new HashSet<>();
            int segment = Position.segment(log.lockedAtEnd(end -> {
                slices.values().forEach(slice -> slice.touched(touched));
                return end;
            }));
            Survivors.Batch batch = survivors.gather(frames, from, touched, now.oldest);
            if (batch.copies().isEmpty()) {
                now.skipped |= batch.skipped();
                return batch;
            }
            FrameWriter writer = log.scratch().writer;
            writer.copies(batch.copies(), batch.contents());
            long position = log.append(at -> {}, segment);
            if (position >= 0) {
                now.skipped |= batch.skipped();
                publish(position, batch, position + writer.headLength());
                return batch;
            }
            if (Position.segment(log.end()) == segment) {
                // The record does not fit into what is left of the last segment.
                log.leave(segment);
            }
        }
    }

    private void publish(long position, Survivors.Batch batch, long data) throws StorageException {
        commits.lock();
        try {
            EntryTable.Edit edit = table.edit();
            for (Change.Copy copy : batch.placed(data)) {
                edit.apply(position, copy.version(), copy);
                usages.note(position, copy);
            }
            table.publish(edit);
        } finally {
            commits.unlock();
        }
    }

    /** Deletes the segments that were copied. The table must have been carried to the index since. */
    void delete() throws StorageException {
        steps.at(Steps.CLEAN_FLUSHED);
        try {
            for (int number : ready) {
                if (usages.live(number) == 0) {
                    log.remove(number);
                    usages.remove(number);
                    steps.at(Steps.CLEAN_DELETED);
                } else {
                    damaged.add(number);
                    LOG.error(
                            "Segment {} was cleaned, but the index still counts {} bytes in it. It stays; run: magma storage check on this directory",
                            SegmentFile.name(number),
                            usages.live(number));
                }
            }
            ready.clear();
            log.syncDirectory();
        } catch (IOException e) {
            throw new StorageException("deleting a segment failed: " + e.getMessage(), e);
        }
    }
}
