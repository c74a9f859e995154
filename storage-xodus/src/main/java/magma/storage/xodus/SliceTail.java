package magma.storage.xodus;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/** The end of a slice's history: what is appended, and what of it is not committed yet. Guarded by itself. */
final class SliceTail {
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private @Nullable Pending installing;
    private Version tail;
    private Version committed;

    /** What a record says of tail and commit point that has its place, and may not be written yet. */
    private @Nullable Place placed;

    private record Place(Version tail, Version committed) {}

    /** A log record that does not count yet. Its place is known as soon as it is reserved, its changes once it is written. */
    static final class Pending {
        final Version version;
        long position = -1;
        List<Change> changes = List.of();
        private List<Mutation> mutations;
        private boolean written;

        Pending(Version version, List<Mutation> mutations) {
            this.version = version;
            this.mutations = mutations;
        }

        /** One that lies in the log. */
        Pending(Version version, long position, List<Change> changes) {
            this(version, List.of());
            this.position = position;
            this.changes = changes;
            this.written = true;
        }

        private void touched(Set<RecordId> ids) {
            mutations.forEach(mutation -> ids.add(mutation.id()));
            changes.forEach(change -> ids.add(change.id()));
        }
    }

    SliceTail(Version committed) {
        this.tail = committed;
        this.committed = committed;
    }

    /** A version of each of the slices that has one. */
    static Map<Long, Version> versions(Map<Long, SliceTail> slices, Function<SliceTail, Version> which) {
        Map<Long, Version> versions = new HashMap<>();
        slices.forEach((slice, tail) -> {
            Version version = which.apply(tail);
            if (!version.equals(Version.NONE)) {
                versions.put(slice, version);
            }
        });
        return versions;
    }

    synchronized Version tail() {
        return tail;
    }

    synchronized Version committed() {
        return committed;
    }

    /** @return the version up to which the slice is committed; @throws IllegalArgumentException when the version does not follow */
    synchronized Version checkFollows(long slice, Version version) {
        if (version.compareTo(tail) <= 0) {
            throw new IllegalArgumentException("slice " + slice + ": " + version + " does not follow " + tail);
        }
        return committed;
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
        record.written = true;
        // The caller's buffers are not held longer than they must.
        record.mutations = List.of();
        tail = record.version;
    }

    /** The record did not get into the log. */
    synchronized void withdraw(Pending record) {
        pending.remove(record);
    }

    /** A record that lies in the log and is not committed. */
    synchronized void found(Pending record) {
        pending.add(record);
        tail = record.version;
    }

    /** The last record that lies in the log is of this version, and all of them are committed. */
    synchronized void found(Version version) {
        tail = version;
        committed = version;
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

    /** The records that are written and not committed. */
    synchronized List<Pending> written() {
        return pending.stream().filter(record -> record.written).toList();
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
        tail = cut(version);
    }

    /** The tail that a truncation to {@code version} leaves. */
    private Version cut(Version version) {
        Version last = committed;
        for (Pending record : pending) {
            if (record.version.compareTo(version) <= 0) {
                last = record.version;
            }
        }
        return last;
    }

    /** Whether the slice has no history. */
    synchronized boolean isForgotten() {
        return tail.equals(Version.NONE) && pending.isEmpty();
    }

    /** @throws IllegalStateException when the slice has a history */
    synchronized void checkForgotten(long slice) {
        if (!isForgotten()) {
            throw new IllegalStateException(
                    "slice " + slice + " has a history up to " + tail + ": its installation was not begun");
        }
    }

    synchronized void forget() {
        pending.clear();
        found(Version.NONE);
    }

    /** What is taken over got its place in the log; null when it is in the table, or did not get into the log. */
    synchronized void installing(@Nullable Pending record, long position) {
        installing = record;
        if (record != null) {
            record.position = position;
        }
    }

    /** A record got its place that truncates the slice to {@code version}. */
    synchronized void truncating(Version version) {
        placed = new Place(cut(version), committed);
    }

    /** A record got its place that begins a new history after {@code version}, which is committed. */
    synchronized void beginning(Version version) {
        placed = new Place(version, version);
    }

    /** The record that had got its place is carried out, or did not get into the log. */
    synchronized void placed() {
        placed = null;
    }

    /** Adds the places of the records that are not committed. */
    synchronized void pending(Collection<Long> positions) {
        pending.forEach(record -> positions.add(record.position));
    }

    /** The place of what is being taken over; {@code none} when nothing is. */
    synchronized long installing(long none) {
        return installing == null ? none : installing.position;
    }

    /** Adds the ids that records touch which do not count yet. */
    synchronized void touched(Set<RecordId> ids) {
        pending.forEach(record -> record.touched(ids));
        if (installing != null) {
            installing.touched(ids);
        }
    }

    /** Where the slice stands after the last record that has a place in the log. */
    synchronized Frame.Point reserved(long slice) {
        Place now = placed;
        if (now != null) {
            return new Frame.Point(slice, now.tail(), now.committed());
        }
        return new Frame.Point(slice, pending.isEmpty() ? tail : pending.getLast().version, committed);
    }
}
