package magma.dht.batch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import magma.dht.record.RecordKind;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Run;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/**
 * The records of a slice as they will be when all that is in the log is committed: the committed ones, and over them what was proposed since. It does no harm when the
 * committed records run ahead of {@link #committed}.
 */
final class Speculation implements RecordView {
    private static final byte[] NO_VALUE = {};

    private final RecordView records;
    private final NavigableMap<RecordId, Pending> pending = new TreeMap<>();
    private final Deque<Proposed> proposed = new ArrayDeque<>();
    private long last;

    Speculation(RecordView records) {
        this.records = records;
    }

    private record Proposed(long sequence, List<RecordId> ids) {}

    /** What the last proposal that touches a record makes of it. */
    private sealed interface Pending {
        Version version();

        /** @param value null when the record goes */
        record Value(Version version, byte @Nullable [] value) implements Pending {}

        record Chunk(Version version, ChunkChanges changes) implements Pending {}
    }

    /** The mutations got their place in the log. */
    void propose(List<Mutation> mutations, Version version) {
        if (version.sequence() <= last) {
            throw new IllegalArgumentException(version + " does not follow " + last);
        }
        last = version.sequence();
        List<RecordId> ids = new ArrayList<>(mutations.size());
        for (Mutation mutation : mutations) {
            ids.add(mutation.id());
            if (isChunk(mutation.id())) {
                changeChunk(mutation, version);
            } else if (mutation instanceof Mutation.Put put) {
                pending.put(put.id(), new Pending.Value(version, put.value()));
            } else if (mutation instanceof Mutation.Delete) {
                pending.put(mutation.id(), new Pending.Value(version, null));
            } else {
                throw new IllegalStateException("content in " + mutation.id());
            }
        }
        proposed.add(new Proposed(last, ids));
    }

    private void changeChunk(Mutation mutation, Version version) {
        Pending before = pending.get(mutation.id());
        ChunkChanges changes = before instanceof Pending.Chunk chunk ? chunk.changes() : new ChunkChanges();
        if (mutation instanceof Mutation.Write write) {
            changes.store(
                    version.sequence(),
                    write.offset(),
                    write.offset() + write.data().remaining(),
                    write.generation());
        } else if (mutation instanceof Mutation.Punch punch) {
            changes.punch(version.sequence(), punch.from(), punch.to());
        } else if (mutation instanceof Mutation.Delete) {
            changes.remove(version.sequence());
        } else {
            throw new IllegalStateException("a value for the chunk " + mutation.id());
        }
        pending.put(mutation.id(), new Pending.Chunk(version, changes));
    }

    /** The sequence of the last proposal. */
    long last() {
        return last;
    }

    /** Everything up to {@code sequence} is in the committed records. */
    void committed(long sequence) {
        while (!proposed.isEmpty() && proposed.element().sequence() <= sequence) {
            for (RecordId id : proposed.remove().ids()) {
                drop(id, sequence);
            }
        }
    }

    private void drop(RecordId id, long sequence) {
        Pending change = pending.get(id);
        if (change instanceof Pending.Chunk chunk
                ? chunk.changes().drop(sequence)
                : change != null && change.version().sequence() <= sequence) {
            pending.remove(id);
        }
    }

    @Override
    public @Nullable StoredRecord get(RecordId id) throws StorageException {
        Pending change = pending.isEmpty() ? null : pending.get(id);
        return change == null ? records.get(id) : after(id, change);
    }

    /** The value of a chunk that changes is not known: storage makes it. */
    private @Nullable StoredRecord after(RecordId id, Pending change) throws StorageException {
        if (change instanceof Pending.Value value) {
            return value.value() == null ? null : new StoredRecord(id, value.version(), value.value());
        }
        return runs(id).isEmpty() ? null : new StoredRecord(id, change.version(), NO_VALUE);
    }

    @Override
    public List<StoredRecord> scan(RecordId from, RecordId to, int most) throws StorageException {
        if (pending.isEmpty() || from.compareTo(to) >= 0) {
            return records.scan(from, to, most);
        }
        NavigableMap<RecordId, Pending> changes = pending.subMap(from, true, to, false);
        if (changes.isEmpty()) {
            return records.scan(from, to, most);
        }
        NavigableMap<RecordId, StoredRecord> found = new TreeMap<>();
        for (StoredRecord record : records.scan(from, to, most + changes.size())) {
            found.put(record.id(), record);
        }
        boolean cut = found.size() == most + changes.size();
        RecordId seen = cut ? found.lastKey() : to;
        for (Map.Entry<RecordId, Pending> change : changes.headMap(seen, cut).entrySet()) {
            StoredRecord record = after(change.getKey(), change.getValue());
            if (record == null) {
                found.remove(change.getKey());
            } else {
                found.put(change.getKey(), record);
            }
        }
        return found.values().stream().limit(most).toList();
    }

    @Override
    public List<Run> runs(RecordId chunk, long lowest) throws StorageException {
        List<Run> runs = records.runs(chunk, lowest);
        return pending.get(chunk) instanceof Pending.Chunk change
                ? change.changes().over(runs, lowest)
                : runs;
    }

    private static boolean isChunk(RecordId id) {
        return id.kind() == RecordKind.CHUNK.code();
    }
}
