package magma.testkit.storage;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import magma.dht.storage.Installed;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Space;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.storage.StorageFullException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.dht.storage.Visibility;
import org.jspecify.annotations.Nullable;

/**
 * Storage in memory, with the log that a restart finds: {@link #restart} is what a killed process comes back to, {@link #restartAfterPowerLoss} what a
 * machine comes back to that lost what was not synced. One lock guards all of it.
 */
public final class MemoryStorage implements Storage {
    /** What a log record or table record takes beside its bytes, as far as {@link #space} counts. */
    private static final int OVERHEAD = 64;

    private static final byte[] NO_VALUE = {};

    private final long capacity;
    private final long reserve;
    private final TreeMap<RecordId, Row> rows = new TreeMap<>();
    private final Map<Long, Version> tails = new HashMap<>();
    private final Map<Long, Version> commits = new HashMap<>();
    private final Map<Long, ArrayDeque<LogRecord>> pending = new HashMap<>();
    private final List<Step> log = new ArrayList<>();
    private int synced;
    private long used;
    private boolean closed;

    private record Row(
            Version version, byte[] value, @Nullable MemoryChunk chunk) {
        long bytes(RecordId id) {
            return OVERHEAD + id.encoded().length + (chunk == null ? value.length : chunk.bytes());
        }
    }

    /** What the log holds. */
    private sealed interface Step {
        /** @param commit the version up to which the slice was committed then */
        record Appended(LogRecord record, Version commit) implements Step {}

        record Truncated(long slice, Version version) implements Step {}

        /** @param commit the version up to which the slice was committed then */
        record Forgotten(long slice, Version commit) implements Step {}

        record Taken(List<Installed> items) implements Step {}

        record TakenUp(long slice, Version at) implements Step {}

        /** The storage was closed, and told exactly what was committed. */
        record Closed(Map<Long, Version> commits) implements Step {}
    }

    /** Storage that holds nothing and is as good as never full. */
    public MemoryStorage() {
        this(1L << 50, 0);
    }

    /**
     * @param capacity the bytes it may hold
     * @param reserve how many of them are kept for {@link Storage.Purpose#RELEASE}
     */
    public MemoryStorage(long capacity, long reserve) {
        this.capacity = capacity;
        this.reserve = reserve;
    }

    /** A new storage with what a restart after the death of the process finds. This one is closed. */
    public MemoryStorage restart() {
        return replay(Integer.MAX_VALUE);
    }

    /** A new storage with what a restart after a loss of power finds: nothing that was not synced. This one is closed. */
    public MemoryStorage restartAfterPowerLoss() {
        return replay(synced);
    }

    private synchronized MemoryStorage replay(int steps) {
        MemoryStorage next = new MemoryStorage(capacity, reserve);
        for (Step step : log.subList(0, Math.min(steps, log.size()))) {
            next.repeat(step);
        }
        next.synced = next.log.size();
        closed = true;
        return next;
    }

    private void repeat(Step step) {
        if (step instanceof Step.Appended appended) {
            keep(appended.record(), appended.commit());
            commit(appended.record().slice(), appended.commit());
        } else if (step instanceof Step.Truncated truncated) {
            truncate(truncated.slice(), truncated.version());
        } else if (step instanceof Step.Forgotten forgotten) {
            commit(forgotten.slice(), forgotten.commit());
            beginInstall(forgotten.slice());
        } else if (step instanceof Step.Taken taken) {
            take(taken.items());
        } else if (step instanceof Step.TakenUp takenUp) {
            endInstall(takenUp.slice(), takenUp.at());
        } else if (step instanceof Step.Closed last) {
            last.commits().forEach(this::commit);
            log.add(last);
        }
    }

    @Override
    public synchronized @Nullable StoredRecord get(RecordId id) throws StorageException {
        open();
        Row row = rows.get(id);
        return row == null ? null : new StoredRecord(id, row.version(), row.value());
    }

    @Override
    public synchronized List<StoredRecord> scan(RecordId from, RecordId to, int most) throws StorageException {
        open();
        List<StoredRecord> found = new ArrayList<>();
        if (from.compareTo(to) >= 0) {
            return found;
        }
        for (Map.Entry<RecordId, Row> row : rows.subMap(from, to).entrySet()) {
            if (found.size() >= most) {
                break;
            }
            found.add(new StoredRecord(
                    row.getKey(), row.getValue().version(), row.getValue().value()));
        }
        return found;
    }

    @Override
    public synchronized void readContent(RecordId chunk, int offset, ByteBuffer to, Visibility visibility)
            throws StorageException {
        open();
        if (offset < 0 || offset + to.remaining() > Mutation.CHUNK_BYTES) {
            throw new IllegalArgumentException(offset + " and " + to.remaining() + " bytes on is no range of a chunk");
        }
        content(chunk).read(offset, to, visibility);
    }

    @Override
    public synchronized List<Run> runs(RecordId chunk, Visibility visibility) throws StorageException {
        open();
        return content(chunk).runs(visibility);
    }

    private MemoryChunk content(RecordId id) {
        Row row = rows.get(id);
        return row == null || row.chunk() == null ? MemoryChunk.EMPTY : row.chunk();
    }

    @Override
    public synchronized void append(LogRecord record, Purpose purpose) throws StorageException {
        open();
        Version tail = tails.getOrDefault(record.slice(), Version.NONE);
        if (record.version().compareTo(tail) <= 0) {
            throw new IllegalArgumentException(record.version() + " does not follow " + tail);
        }
        checkRoom(record.mutations(), purpose);
        keep(record, commits.getOrDefault(record.slice(), Version.NONE));
    }

    private void checkRoom(List<Mutation> mutations, Purpose purpose) throws StorageFullException {
        if (used + size(mutations) > capacity - (purpose == Purpose.GROW ? reserve : 0)) {
            throw new StorageFullException("storage is full: delete something");
        }
    }

    private static long size(List<Mutation> mutations) {
        long size = OVERHEAD;
        for (Mutation mutation : mutations) {
            size += OVERHEAD + mutation.id().encoded().length;
            if (mutation instanceof Mutation.Put put) {
                size += put.value().length;
            } else if (mutation instanceof Mutation.Write write) {
                size += write.data().remaining();
            }
        }
        return size;
    }

    private void keep(LogRecord record, Version commit) {
        LogRecord kept = copy(record);
        log.add(new Step.Appended(kept, commit));
        tails.put(kept.slice(), kept.version());
        pending.computeIfAbsent(kept.slice(), slice -> new ArrayDeque<>()).add(kept);
    }

    private static LogRecord copy(LogRecord record) {
        return new LogRecord(
                record.slice(),
                record.version(),
                record.mutations().stream().map(MemoryStorage::copy).toList());
    }

    private static Mutation copy(Mutation mutation) {
        if (mutation instanceof Mutation.Put put) {
            return new Mutation.Put(put.id(), put.value().clone());
        }
        if (mutation instanceof Mutation.Write write) {
            byte[] data = new byte[write.data().remaining()];
            write.data().duplicate().get(data);
            return new Mutation.Write(write.id(), write.offset(), write.generation(), ByteBuffer.wrap(data));
        }
        return mutation;
    }

    @Override
    public synchronized void commit(long slice, Version version) {
        ArrayDeque<LogRecord> records = pending.getOrDefault(slice, new ArrayDeque<>());
        while (!records.isEmpty() && records.element().version().compareTo(version) <= 0) {
            LogRecord record = records.remove();
            record.mutations().forEach(mutation -> apply(record.version(), mutation));
            commits.put(slice, record.version());
        }
    }

    private void apply(Version version, Mutation mutation) {
        RecordId id = mutation.id();
        if (mutation instanceof Mutation.Put put) {
            set(id, new Row(version, put.value(), null));
        } else if (mutation instanceof Mutation.Delete) {
            set(id, null);
        } else if (mutation instanceof Mutation.Write write) {
            MemoryChunk chunk = content(id)
                    .write(write.offset(), write.generation(), write.data().array());
            set(id, new Row(version, NO_VALUE, chunk));
        } else if (mutation instanceof Mutation.Punch punch && rows.containsKey(id)) {
            MemoryChunk chunk = content(id).punch(punch.from(), punch.to());
            set(id, chunk.pieces().isEmpty() ? null : new Row(version, NO_VALUE, chunk));
        }
    }

    private void set(RecordId id, @Nullable Row row) {
        Row old = row == null ? rows.remove(id) : rows.put(id, row);
        used += (row == null ? 0 : row.bytes(id)) - (old == null ? 0 : old.bytes(id));
    }

    @Override
    public synchronized void truncate(long slice, Version version) {
        Version committed = commits.getOrDefault(slice, Version.NONE);
        if (version.compareTo(committed) < 0) {
            throw new IllegalArgumentException(
                    "slice " + slice + " is committed up to " + committed + " and cannot be cut to " + version);
        }
        if (tails.getOrDefault(slice, Version.NONE).compareTo(version) <= 0) {
            return;
        }
        log.add(new Step.Truncated(slice, version));
        ArrayDeque<LogRecord> records = pending.getOrDefault(slice, new ArrayDeque<>());
        while (!records.isEmpty() && records.getLast().version().compareTo(version) > 0) {
            records.removeLast();
        }
        Version tail = records.isEmpty() ? committed : records.getLast().version();
        if (tail.equals(Version.NONE)) {
            tails.remove(slice);
        } else {
            tails.put(slice, tail);
        }
    }

    @Override
    public synchronized List<LogRecord> uncommitted(long slice) throws StorageException {
        open();
        return pending.getOrDefault(slice, new ArrayDeque<>()).stream()
                .map(MemoryStorage::copy)
                .toList();
    }

    @Override
    public synchronized void beginInstall(long slice) {
        log.add(new Step.Forgotten(slice, commits.getOrDefault(slice, Version.NONE)));
        tails.remove(slice);
        commits.remove(slice);
        pending.remove(slice);
    }

    @Override
    public synchronized void install(long slice, List<Installed> items, Purpose purpose) throws StorageException {
        open();
        checkForgotten(slice);
        checkRoom(items.stream().map(Installed::mutation).toList(), purpose);
        take(items.stream()
                .map(item -> new Installed(copy(item.mutation()), item.version()))
                .toList());
    }

    private void take(List<Installed> items) {
        log.add(new Step.Taken(items));
        items.forEach(item -> apply(item.version(), item.mutation()));
    }

    @Override
    public synchronized void endInstall(long slice, Version at) {
        checkForgotten(slice);
        if (at.compareTo(Version.NONE) <= 0) {
            throw new IllegalArgumentException("slice " + slice + " cannot go on after " + at);
        }
        log.add(new Step.TakenUp(slice, at));
        tails.put(slice, at);
        commits.put(slice, at);
    }

    private void checkForgotten(long slice) {
        if (tails.containsKey(slice)) {
            throw new IllegalStateException("slice " + slice + " has a history: its installation was not begun");
        }
    }

    @Override
    public synchronized List<Mutation.Write> export(RecordId chunk) throws StorageException {
        open();
        return content(chunk).export(chunk);
    }

    @Override
    public synchronized void sync() throws StorageException {
        open();
        synced = log.size();
    }

    @Override
    public synchronized Map<Long, Version> tails() {
        return Map.copyOf(tails);
    }

    @Override
    public synchronized Map<Long, Version> commits() {
        return Map.copyOf(commits);
    }

    @Override
    public synchronized Space space() {
        return new Space(capacity, used, Math.max(0, capacity - reserve - used));
    }

    /** Syncs. What was stored is found by {@link #restart}. */
    @Override
    public synchronized void close() {
        if (!closed) {
            log.add(new Step.Closed(Map.copyOf(commits)));
        }
        synced = log.size();
        closed = true;
    }

    private void open() throws StorageException {
        if (closed) {
            throw new StorageException("storage is closed");
        }
    }
}
