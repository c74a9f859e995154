package magma.storage.xodus;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import magma.dht.storage.Installed;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;

/**
 * What is written: log records that are appended to slices, committed or truncated, and what is taken over from other replicas.
 *
 * <p>Order of locks: {@code commits}, then the log's, then a slice's.
 */
final class SliceHistories {
    private static final int[] NO_CRCS = {};

    private final SegmentLog log;
    private final EntryTable table;
    private final ConcurrentHashMap<Long, SliceTail> slices;
    private final ReentrantLock commits;
    private final Usages usages;
    private final DiskSpace space;
    private final Upkeep upkeep;

    /** @param slices the same that the parts have */
    SliceHistories(Cleaner.Parts parts, ConcurrentHashMap<Long, SliceTail> slices, Upkeep upkeep) {
        this.log = parts.log();
        this.table = parts.table();
        this.slices = slices;
        this.commits = parts.commits();
        this.usages = parts.usages();
        this.space = parts.space();
        this.upkeep = upkeep;
    }

    /** The slice's end; one of its own where there is none. */
    SliceTail tail(long slice) {
        SliceTail known = slices.get(slice);
        return known == null ? slices.computeIfAbsent(slice, number -> new SliceTail(Version.NONE)) : known;
    }

    /** Where every slice stands that has a history, after the last record that has a place in the log. */
    List<Frame.Point> reserved() {
        List<Frame.Point> points = new ArrayList<>();
        slices.forEach((slice, tail) -> {
            Frame.Point point = tail.reserved(slice);
            if (!point.tail().equals(Version.NONE)) {
                points.add(point);
            }
        });
        return points;
    }

    /** A version of each slice that has one. */
    Map<Long, Version> versions(Function<SliceTail, Version> which) {
        return SliceTail.versions(slices, which);
    }

    void append(LogRecord record, Purpose purpose) throws StorageException {
        log.usable();
        upkeep.awaitRoom();
        SliceTail slice = tail(record.slice());
        Version committed = slice.checkFollows(record.slice(), record.version());
        FrameWriter writer = log.scratch().writer;
        writer.entry(record, committed);
        space.check(writer.length(), purpose);
        SliceTail.Pending pending = new SliceTail.Pending(record.version(), record.mutations());
        try {
            long position = log.append(at -> slice.reserve(pending, at));
            slice.appended(pending, changes(record, writer, position + writer.headLength()));
        } catch (StorageException | RuntimeException e) {
            slice.withdraw(pending);
            throw e;
        }
    }

    private static List<Change> changes(LogRecord record, FrameWriter writer, long data) {
        List<Change> changes = new ArrayList<>(record.mutations().size());
        Placing placing = new Placing(writer, data);
        for (Mutation mutation : record.mutations()) {
            changes.add(placing.change(mutation));
        }
        return changes;
    }

    /** Tells where the content of one mutation after the other of a record lies. */
    private static final class Placing {
        private final FrameWriter writer;
        private long next;
        private int writes;

        Placing(FrameWriter writer, long data) {
            this.writer = writer;
            this.next = data;
        }

        Change change(Mutation mutation) {
            if (!(mutation instanceof Mutation.Write write)) {
                return Change.of(mutation, 0, NO_CRCS);
            }
            Change change = Change.of(write, next, writer.crcs(writes++));
            next += write.data().remaining();
            return change;
        }
    }

    void commit(long slice, Version version) throws StorageException {
        log.checkOpen();
        SliceTail tail = slices.get(slice);
        List<SliceTail.Pending> records = tail == null ? List.of() : tail.upTo(version);
        if (tail == null || records.isEmpty()) {
            return;
        }
        for (SliceTail.Pending record : records) {
            prefetch(record.changes);
        }
        commits.lock();
        try {
            EntryTable.Edit edit = table.edit();
            for (SliceTail.Pending record : records) {
                apply(edit, record);
            }
            table.publish(edit);
            tail.commit(records.size());
        } finally {
            commits.unlock();
        }
        upkeep.committed();
    }

    private void apply(EntryTable.Edit edit, SliceTail.Pending record) throws StorageException {
        for (Change change : record.changes) {
            edit.apply(record.position, record.version, change);
            usages.note(record.position, change);
        }
    }

    /** Brings the chunks that change into the cache, so that nobody waits for the disk while the lock is held. */
    private void prefetch(List<Change> changes) throws StorageException {
        for (Change change : changes) {
            if (change instanceof Change.Write || change instanceof Change.Punch) {
                table.find(change.id());
            }
        }
    }

    void truncate(long slice, Version version) throws StorageException {
        log.usable();
        SliceTail tail = slices.get(slice);
        if (tail == null || !tail.canTruncate(slice, version)) {
            return;
        }
        FrameWriter writer = log.scratch().writer;
        writer.truncation(slice, version, 0);
        space.check(writer.length(), Purpose.RELEASE);
        try {
            log.append(at -> tail.truncating(version));
            tail.truncate(version);
        } finally {
            tail.placed();
        }
    }

    void beginInstall(long slice) throws StorageException {
        log.usable();
        SliceTail tail = tail(slice);
        if (tail.isForgotten()) {
            return;
        }
        commits.lock();
        try {
            FrameWriter writer = log.scratch().writer;
            writer.forget(slice, tail.committed(), 0);
            space.check(writer.length(), Purpose.RELEASE);
            log.append(at -> tail.beginning(Version.NONE));
            tail.forget();
        } finally {
            tail.placed();
            commits.unlock();
        }
    }

    void endInstall(long slice, Version at) throws StorageException {
        log.usable();
        SliceTail tail = tail(slice);
        tail.checkForgotten(slice);
        if (at.compareTo(Version.NONE) <= 0) {
            throw new IllegalArgumentException("slice " + slice + " cannot go on after " + at);
        }
        commits.lock();
        try {
            FrameWriter writer = log.scratch().writer;
            writer.takenUp(slice, at);
            space.check(writer.length(), Purpose.RELEASE);
            log.append(position -> tail.beginning(at));
            tail.found(at);
        } finally {
            tail.placed();
            commits.unlock();
        }
    }

    void install(long slice, List<Installed> items, Purpose purpose) throws StorageException {
        log.usable();
        upkeep.awaitRoom();
        SliceTail tail = tail(slice);
        tail.checkForgotten(slice);
        if (items.isEmpty()) {
            return;
        }
        FrameWriter writer = log.scratch().writer;
        writer.installed(slice, items);
        space.check(writer.length(), purpose);
        List<Mutation> mutations = items.stream().map(Installed::mutation).toList();
        // A damaged row is to be met before the record is in the log, for then it counts.
        for (RecordId id : mutations.stream().map(Mutation::id).distinct().toList()) {
            table.find(id);
        }
        SliceTail.Pending pending = new SliceTail.Pending(Version.NONE, mutations);
        try {
            long position = log.append(at -> tail.installing(pending, at));
            Placing placing = new Placing(writer, position + writer.headLength());
            List<Change> changes = new ArrayList<>(items.size());
            for (Installed item : items) {
                changes.add(new Change.Installed(item.version(), placing.change(item.mutation())));
            }
            pending.changes = changes;
            publish(slice, tail, pending);
        } finally {
            tail.installing(null, 0);
        }
        upkeep.committed();
    }

    private void publish(long slice, SliceTail tail, SliceTail.Pending installed) throws StorageException {
        commits.lock();
        try {
            EntryTable.Edit edit = table.edit();
            apply(edit, installed);
            table.publish(edit);
            // With the lock still held: a flush must find it in the table or not yet counted.
            tail.installing(null, 0);
        } catch (StorageException | RuntimeException e) {
            throw log.fail("taking over records of slice " + slice, e);
        } finally {
            commits.unlock();
        }
    }
}
