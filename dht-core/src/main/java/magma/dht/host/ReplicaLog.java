package magma.dht.host;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
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

/** A replica's log on the disk. An entry that finds no room there is tried again and again, and those after it wait. With the replica's turn held, but for {@link #appended}. */
final class ReplicaLog {
    private static final long RETRY_NANOS = 200_000_000;

    private final long slice;
    private final Storage storage;
    private final Consumer<Version> written;

    /** The versions of entries that are appended and not committed, in order. */
    private final Deque<Version> open = new ArrayDeque<>();

    /** Entries that found no room. */
    private final Deque<LogRecord> stuck = new ArrayDeque<>();

    /** When they are tried next. */
    private long retryAt;

    private Version committed;
    private volatile Version appended;

    /**
     * Goes on with what the storage has.
     *
     * @param written told each version that is appended
     */
    ReplicaLog(long slice, Storage storage, ReplicationStart<Payload> start, Consumer<Version> written) {
        this.slice = slice;
        this.storage = storage;
        this.written = written;
        this.committed = start.base();
        Version last = start.base();
        for (LogEntry<Payload> entry : start.entries()) {
            open.add(entry.version());
            last = entry.version();
        }
        this.appended = last;
    }

    /** The version of the last entry that the log on disk holds. Any thread. */
    Version appended() {
        return appended;
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
        if (stuck.isEmpty() && write(record)) {
            return;
        }
        stuck.add(record);
        retryAt = now + RETRY_NANOS;
    }

    void retry(long now) throws StorageException {
        retryAt = now + RETRY_NANOS;
        while (!stuck.isEmpty() && write(stuck.element())) {
            stuck.remove();
        }
    }

    /** @return false when there is no room */
    private boolean write(LogRecord record) throws StorageException {
        try {
            // Room for growth was asked for before it was proposed: what has been is taken everywhere.
            storage.append(record, Purpose.RELEASE);
        } catch (StorageFullException e) {
            return false;
        }
        appended = record.version();
        open.add(record.version());
        written.accept(record.version());
        return true;
    }

    /** Forgets what comes after {@code sequence}. */
    void truncate(long sequence) throws StorageException {
        while (!open.isEmpty() && open.getLast().sequence() > sequence) {
            open.removeLast();
        }
        Version last = open.isEmpty() ? committed : open.getLast();
        stuck.removeIf(record -> record.version().sequence() > sequence);
        storage.truncate(slice, last);
        appended = appended.sequence() > sequence ? last : appended;
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
        appended = copied;
    }
}
