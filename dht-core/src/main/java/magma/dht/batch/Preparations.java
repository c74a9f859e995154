package magma.dht.batch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import magma.dht.batch.SliceState.LockedBy;
import magma.dht.record.TransactionId;
import magma.dht.storage.RecordId;
import org.jspecify.annotations.Nullable;

/**
 * The transactions that are prepared in a slice, and the records that they have locked. What is proposed counts for batches at once. Readers, who see committed records,
 * see a lock until what its transaction wrote is committed; where a second transaction has locked a record by then, they still see the first.
 *
 * <p>Of one loop, but for {@link #seenByReaders}.
 */
final class Preparations {
    /**
     * One slice's part of a transaction.
     *
     * @param record where the intent is
     * @param ids the records that are locked
     */
    record Prepared(RecordId record, Intent intent, Set<RecordId> ids, LockedBy lock) {}

    private record Ending(long sequence, Set<RecordId> ids, LockedBy lock) {}

    private final Map<TransactionId, Prepared> prepared = new HashMap<>();
    private final Map<RecordId, LockedBy> locks = new HashMap<>();
    private final Map<RecordId, List<LockedBy>> seen = new ConcurrentHashMap<>();
    private final Deque<Ending> endings = new ArrayDeque<>();

    @Nullable
    Prepared get(TransactionId transaction) {
        return prepared.get(transaction);
    }

    List<LockedBy> all() {
        return prepared.values().stream().map(Prepared::lock).toList();
    }

    /** The lock on a record that the batch checks or changes, or null. */
    @Nullable
    LockedBy inTheWayOf(Batch batch) {
        if (locks.isEmpty()) {
            return null;
        }
        for (Condition condition : batch.conditions()) {
            LockedBy lock = locks.get(condition.id());
            if (lock != null) {
                return lock;
            }
        }
        for (Operation operation : batch.operations()) {
            LockedBy lock = locks.get(operation.id());
            if (lock != null) {
                return lock;
            }
        }
        return null;
    }

    /** Who has locked a record, or null. */
    @Nullable
    LockedBy lockOn(RecordId id) {
        return locks.get(id);
    }

    boolean isLocked(RecordId id) {
        return locks.containsKey(id);
    }

    /** The lock that a reader of the committed record must heed, or null. Any thread may ask. */
    @Nullable
    LockedBy seenByReaders(RecordId id) {
        if (seen.isEmpty()) {
            return null;
        }
        List<LockedBy> on = seen.get(id);
        return on == null ? null : on.get(0);
    }

    /** A transaction is prepared. */
    void add(TransactionId transaction, RecordId record, Intent intent) {
        LockedBy lock = new LockedBy(transaction, intent.decidedAt());
        Set<RecordId> ids = intent.locked();
        prepared.put(transaction, new Prepared(record, intent, ids, lock));
        for (RecordId id : ids) {
            locks.put(id, lock);
            seen.merge(id, List.of(lock), Preparations::joined);
        }
    }

    private static List<LockedBy> joined(List<LockedBy> first, List<LockedBy> second) {
        List<LockedBy> joined = new ArrayList<>(first);
        joined.addAll(second);
        return List.copyOf(joined);
    }

    /** A transaction has ended with the log record {@code sequence}. */
    void end(TransactionId transaction, long sequence) {
        Prepared part = prepared.remove(transaction);
        if (part != null) {
            part.ids().forEach(id -> locks.remove(id, part.lock()));
            endings.add(new Ending(sequence, part.ids(), part.lock()));
        }
    }

    /** Everything up to {@code sequence} is in the committed records. */
    void committed(long sequence) {
        while (!endings.isEmpty() && endings.element().sequence() <= sequence) {
            Ending ending = endings.remove();
            for (RecordId id : ending.ids()) {
                seen.computeIfPresent(id, (locked, on) -> without(on, ending.lock()));
            }
        }
    }

    private static @Nullable List<LockedBy> without(List<LockedBy> on, LockedBy lock) {
        List<LockedBy> left = on.stream().filter(one -> !one.equals(lock)).toList();
        return left.isEmpty() ? null : left;
    }
}
