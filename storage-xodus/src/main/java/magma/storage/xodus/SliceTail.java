package magma.storage.xodus;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Version;

/** The end of a slice's history: what is appended, and what of it is not committed yet. Guarded by itself. */
final class SliceTail {
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private Version tail;
    private Version committed;

    /** A log record that is not committed. Its place is known as soon as it is reserved, its changes once it is written. */
    static final class Pending {
        final Version version;
        long position = -1;
        List<Change> changes = List.of();
        private List<Mutation> mutations;

        Pending(LogRecord record) {
            this.version = record.version();
            this.mutations = record.mutations();
        }
    }

    SliceTail(Version committed) {
        this.tail = committed;
        this.committed = committed;
    }

    synchronized Version tail() {
        return tail;
    }

    synchronized Version committed() {
        return committed;
    }

    /** @throws IllegalArgumentException when the version does not follow */
    synchronized void checkFollows(long slice, Version version) {
        if (version.compareTo(tail) <= 0) {
            throw new IllegalArgumentException("slice " + slice + ": " + version + " does not follow " + tail);
        }
    }

    /** The record got its place; called again when it lost that and got another. */
    synchronized void reserve(Pending record, long position) {
        if (record.position < 0) {
            pending.add(record);
        }
        record.position = position;
    }

    synchronized void appended(Pending record, List<Change> changes) {
        record.changes = changes;
        // The caller's buffers are not held longer than they must.
        record.mutations = List.of();
        tail = record.version;
    }

    /** The record did not get into the log. */
    synchronized void withdraw(Pending record) {
        pending.remove(record);
    }

    /** The records up to {@code version}, which stay. */
    synchronized List<Pending> upTo(Version version) {
        List<Pending> records = new ArrayList<>();
        for (Pending record : pending) {
            if (record.version.compareTo(version) > 0) {
                break;
            }
            records.add(record);
        }
        return records;
    }

    /** The first {@code count} records are committed. */
    synchronized void commit(int count) {
        for (int i = 0; i < count; i++) {
            committed = pending.remove().version;
        }
    }

    /** True when there is something after {@code version}. @throws IllegalArgumentException when that is committed */
    synchronized boolean canTruncate(long slice, Version version) {
        if (version.compareTo(committed) < 0) {
            throw new IllegalArgumentException(
                    "slice " + slice + " is committed up to " + committed + " and cannot be cut to " + version);
        }
        return tail.compareTo(version) > 0;
    }

    synchronized void truncate(Version version) {
        while (!pending.isEmpty() && pending.getLast().version.compareTo(version) > 0) {
            pending.removeLast();
        }
        tail = pending.isEmpty() ? committed : pending.getLast().version;
    }

    /** The place of the first record that is not committed; {@code none} when all are. */
    synchronized long firstPending(long none) {
        return pending.isEmpty() ? none : pending.getFirst().position;
    }

    /** Adds the ids that records which are not committed touch. */
    synchronized void touched(Set<RecordId> ids) {
        for (Pending record : pending) {
            record.mutations.forEach(mutation -> ids.add(mutation.id()));
            record.changes.forEach(change -> ids.add(change.id()));
        }
    }

    /** The version of the last record that has a place in the log. */
    synchronized Version reserved() {
        return pending.isEmpty() ? tail : pending.getLast().version;
    }
}
