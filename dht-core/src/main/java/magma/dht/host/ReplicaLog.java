package magma.dht.host;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import magma.dht.replication.LogEntry;
import magma.dht.replication.Payload;
import magma.dht.replication.ReplicationStart;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.Storage;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.StorageFullException;
import magma.dht.storage.Version;

/** A replica's log on the disk. What finds no room there is tried again and again, and what comes after it waits. With the replica's turn held, but for {@link #end}. */
final class ReplicaLog {
    private static final long RETRY_NANOS = 200_000_000;

    private final long slice;
    private final Storage storage;
    private final BooleanSupplier isInSync;
    private final Consumer<Version> written;

    /** The versions of entries that are appended and not committed, in order. */
    private final Deque<Version> open = new ArrayDeque<>();

    private final StuckWrites stuck = new StuckWrites();

    /** When they are tried next. */
    private long retryAt;

    private Version committed;
    private volatile End end;

    /**
     * Where the log on disk ends.
     *
     * @param edition of the log: another after each cut
     */
    record End(Version last, long edition) {}

    /**
     * Goes on with what the storage has.
     *
     * @param isInSync whether others count on what is here
     * @param written told each version that is appended
     */
    ReplicaLog(
            long slice,
            Storage storage,
            ReplicationStart<Payload> start,
            BooleanSupplier isInSync,
            Consumer<Version> written) {
        this.slice = slice;
        this.storage = storage;
        this.isInSync = isInSync;
        this.written = written;
        this.committed = start.base();
        Version last = start.base();
        for (LogEntry<Payload> entry : start.entries()) {
            open.add(entry.version());
            last = entry.version();
        }
        this.end = new End(last, 0);
    }

    /** Any thread. */
    End end() {
        return end;
    }

    /** Whether nothing has been cut off since the log ended there. */
    boolean has(End before) {
        return before.edition() == end.edition();
    }

    private void cutTo(Version last) {
        end = new End(last, end.edition() + 1);
    }

    Version committed() {
        return committed;
    }

    /** When there is something to try again, as {@link ReplicaPorts.Time#nanos}; {@link Long#MAX_VALUE} for nothing. */
    long retryAt() {
        return stuck.isEmpty() ? Long.MAX_VALUE : retryAt;
    }

    /** Appends an entry of the slice, if need be later. */
    void append(Version version, List<Mutation> mutations, long now) throws StorageException {
        LogRecord record = new LogRecord(slice, version, mutations);
        if (write(() -> fits(record), version)) {
            return;
        }
        retryAt = now + RETRY_NANOS;
    }

    /** Now, or when there is room for it and for all before it. @return whether it was now */
    private boolean write(StuckWrites.Write write, Version last) throws StorageException {
        if (stuck.isEmpty() && write.fits()) {
            return true;
        }
        stuck.add(write, last);
        return false;
    }

    void retry(long now) throws StorageException {
        retryAt = now + RETRY_NANOS;
        stuck.retry();
    }

    /** @return false when there is no room */
    private boolean fits(LogRecord record) throws StorageException {
        try {
            storage.append(record, purpose(record.mutations()));
        } catch (StorageFullException e) {
            return false;
        }
        end = new End(record.version(), end.edition());
        open.add(record.version());
        written.accept(record.version());
        return true;
    }

    /**
     * Room for growth was asked for before it was proposed: what has been is taken by all in sync, out of the reserve too. Another keeps its reserve for what makes room,
     * and waits.
     */
    private Purpose purpose(List<Mutation> mutations) {
        return isInSync.getAsBoolean() || isRelease(mutations) ? Purpose.RELEASE : Purpose.GROW;
    }

    private static boolean isRelease(List<Mutation> mutations) {
        return mutations.stream().noneMatch(Mutation.Write.class::isInstance)
                && (mutations.isEmpty()
                        || mutations.stream()
                                .anyMatch(each -> each instanceof Mutation.Delete || each instanceof Mutation.Punch));
    }

    /** Forgets what comes after {@code sequence}. */
    void truncate(long sequence) throws StorageException {
        while (!open.isEmpty() && open.getLast().sequence() > sequence) {
            open.removeLast();
        }
        Version last = open.isEmpty() ? committed : open.getLast();
        stuck.dropAfter(sequence);
        if (end.last().sequence() > sequence) {
            cutTo(last);
            boolean unused = write(() -> cut(last), last);
        }
    }

    /** @return false when there is no room to note it */
    private boolean cut(Version last) throws StorageException {
        try {
            storage.truncate(slice, last);
            return true;
        } catch (StorageFullException e) {
            return false;
        }
    }

    /** The log is of no use: what waits is not written any more. */
    void giveUp() {
        stuck.clear();
    }

    /** Commits what comes up to {@code sequence}. */
    void commit(long sequence) throws StorageException {
        while (!open.isEmpty() && open.getFirst().sequence() <= sequence) {
            committed = open.removeFirst();
        }
        storage.commit(slice, committed);
    }

    /** The state was copied from another replica, and the log begins anew. */
    void beginAt(Version copied) {
        open.clear();
        stuck.clear();
        committed = copied;
        cutTo(copied);
    }
}
