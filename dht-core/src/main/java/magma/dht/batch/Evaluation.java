package magma.dht.batch;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import magma.dht.batch.SliceState.Step;
import magma.dht.record.ChunkLayout;
import magma.dht.record.Cleaning;
import magma.dht.record.Content;
import magma.dht.record.Flare;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.dht.record.Rights;
import magma.dht.record.Shard;
import magma.dht.record.Times;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.fs.AttributeChanges.TimeChange;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/**
 * Works out one batch against the records as they are: whether its conditions hold, and which mutations its operations come to. Later operations see
 * what earlier ones of the same batch did. Changes nothing itself.
 */
final class Evaluation {
    private static final int XATTR_PAGE = 1000;

    private final Ground ground;
    private final RecordView view;
    private final Instant now;
    private final List<Mutation> mutations = new ArrayList<>();
    private final Map<RecordId, byte @Nullable []> overlay = new LinkedHashMap<>();
    private final Map<RecordId, ChunkChanges> chunks = new HashMap<>(2);
    private final Map<Key, Long> allocatedOf = new HashMap<>(2);
    private long allocated;
    private long born;

    Evaluation(Ground ground, Instant now) {
        this.ground = ground;
        this.view = ground.view();
        this.now = now;
    }

    /** The record of a condition that does not hold, or null when all do. */
    static @Nullable RecordId firstStale(RecordView view, List<Condition> conditions) throws StorageException {
        for (Condition condition : conditions) {
            StoredRecord found = view.get(condition.id());
            boolean holds = holds(condition, found);
            if (!holds) {
                return condition.id();
            }
        }
        return null;
    }

    private static boolean holds(Condition condition, @Nullable StoredRecord found) {
        if (found == null || condition instanceof Condition.Absent) {
            return found == null && condition instanceof Condition.Absent;
        } else if (condition instanceof Condition.AtVersion at) {
            return found.version().equals(at.version());
        } else if (condition instanceof Condition.RightsAt rights) {
            return Shard.decode(found.value()).rights().version() == rights.version();
        } else if (condition instanceof Condition.Empty) {
            return Shard.decode(found.value()).entries() == 0;
        }
        return true;
    }

    void run(List<Operation> operations) throws StorageException {
        for (Operation operation : operations) {
            run(operation);
        }
    }

    /** One more record that changes. */
    void add(Mutation mutation) {
        mutations.add(mutation);
    }

    /** All of it as one step. Nothing may be added any more. */
    Step step(Purpose purpose, Effect effect) {
        Map<RecordId, byte[]> written = new LinkedHashMap<>();
        overlay.forEach((id, value) -> {
            if (value == null) {
                mutations.add(new Mutation.Delete(id));
                return;
            }
            mutations.add(new Mutation.Put(id, value));
            if (isTold(id)) {
                written.put(id, value);
            }
        });
        Outcome outcome = new Outcome.Done(written, allocated);
        if (born == 0) {
            return new Step(mutations, purpose, outcome, effect);
        }
        long more = born;
        mutations.add(ground.flares().plus(more));
        return new Step(
                mutations,
                purpose,
                outcome,
                effect.and(sequence -> ground.flares().add(more)));
    }

    /** Whether callers are told of a record that was put. */
    private static boolean isTold(RecordId id) {
        return id.kind() == RecordKind.FLARE.code() || id.kind() == RecordKind.CLEANING.code();
    }

    private void run(Operation operation) throws StorageException {
        RecordId id = operation.id();
        if (operation instanceof Operation.Put put) {
            overlay.put(id, put.value());
        } else if (operation instanceof Operation.Remove) {
            overlay.put(id, null);
        } else if (operation instanceof Operation.NewFlare birth) {
            overlay.put(id, birth.flare().withTimes(Times.allAt(now)).encode());
            born++;
        } else if (operation instanceof Operation.ChangeFlare change) {
            FlareChange whole = change.change().withMoreAllocated(takeAllocated(id.key()));
            overlay.put(id, changed(flare(id), whole).encode());
        } else if (operation instanceof Operation.DropLink) {
            dropLink(id);
        } else if (operation instanceof Operation.NewShard birth) {
            overlay.put(id, Shard.empty(birth.shard().rights(), now).encode());
        } else if (operation instanceof Operation.ChangeShard change) {
            overlay.put(id, changed(shard(id), change.change()).encode());
        } else if (operation instanceof Operation.WriteChunk write) {
            write(write);
        } else if (operation instanceof Operation.PunchChunk punch) {
            allocated(id, -stored(id, punch.from(), punch.to()));
            changes(id).punch(0, punch.from(), punch.to());
            mutations.add(new Mutation.Punch(id, punch.from(), punch.to()));
        } else {
            throw new IllegalStateException("unknown operation " + operation);
        }
    }

    /** Bytes that are stored with a higher generation stay: for them, what is written comes too late. */
    private void write(Operation.WriteChunk write) throws StorageException {
        int at = write.offset();
        int end = at + write.data().remaining();
        if (stored(write.id(), at, end) > 0) {
            long higher = write.generation() + 1;
            for (Storage.Run run : changes(write.id()).over(view.runs(write.id(), higher), higher)) {
                if (run.to() > at && run.from() < end) {
                    write(write, at, run.from());
                    at = run.to();
                }
            }
        }
        write(write, at, end);
    }

    /** The bytes from {@code from} to {@code to}, if any. */
    private void write(Operation.WriteChunk write, int from, int to) throws StorageException {
        if (from >= to) {
            return;
        }
        ByteBuffer data = write.data();
        if (to - from < data.remaining()) {
            data = data.slice(data.position() + from - write.offset(), to - from);
        }
        allocated(write.id(), to - from - stored(write.id(), from, to));
        changes(write.id()).store(0, from, to, write.generation());
        mutations.add(new Mutation.Write(write.id(), from, write.generation(), data));
    }

    private void allocated(RecordId chunk, long more) {
        allocated += more;
        allocatedOf.merge(Records.owner(chunk), more, Long::sum);
    }

    /** How much more (or less) the chunks of a flare take that were changed in this batch. Once: who changes both together need not tell. */
    private long takeAllocated(Key flare) {
        Long more = allocatedOf.remove(flare);
        return more == null ? 0 : more;
    }

    private void dropLink(RecordId id) throws StorageException {
        Flare flare = flare(id);
        if (flare.links() > 1) {
            overlay.put(id, changed(flare, FlareChange.moreLinks(-1)).encode());
        } else if (ground.holders().mayBeHeld(id.key())) {
            overlay.put(
                    id, changed(flare, FlareChange.moreLinks(-flare.links())).encode());
            overlay.put(
                    Records.orphan(id.key()), ground.holders().orphan(id.key()).encode());
        } else {
            reap(id.key(), flare);
        }
    }

    /** A flare that nobody holds any more goes if it has no name. */
    void reapOrphan(Key key) throws StorageException {
        RecordId orphan = Records.orphan(key);
        if (currentOrNull(orphan) == null) {
            return;
        }
        byte[] value = currentOrNull(Records.flare(key));
        Flare flare = value == null ? null : Flare.decode(value);
        if (flare != null && flare.links() == 0) {
            reap(key, flare);
        } else {
            overlay.put(orphan, null);
        }
    }

    /** Removes all records of a flare that has no name and is not held; chunks that are elsewhere are left to a cleaning. */
    private void reap(Key key, Flare flare) throws StorageException {
        born--;
        overlay.put(Records.flare(key), null);
        overlay.put(Records.inline(key), null);
        overlay.put(Records.orphan(key), null);
        if (currentOrNull(Records.locks(key)) != null) {
            overlay.put(Records.locks(key), null);
        }
        RecordId next = RecordId.of(key, RecordKind.XATTR.code());
        RecordId end = Records.end(RecordKind.XATTR, key);
        List<StoredRecord> page;
        do {
            page = view.scan(next, end, XATTR_PAGE);
            for (StoredRecord xattr : page) {
                overlay.put(xattr.id(), null);
                next = xattr.id().successor();
            }
        } while (page.size() == XATTR_PAGE);
        if (flare.special() instanceof Flare.Special.File file && file.content().chunkLimit() > 0) {
            reapChunks(key, file.content());
        }
    }

    private void reapChunks(Key key, Content content) {
        if (content.layout() == ChunkLayout.FIRST_NEAR && content.chunkLimit() == 1) {
            overlay.put(Records.firstChunk(key), null);
        } else {
            Cleaning cleaning = new Cleaning(0, content.chunkLimit(), true, content.layout());
            overlay.put(Records.cleaning(key, content.generation() + 1), cleaning.encode());
        }
    }

    private Flare changed(Flare flare, FlareChange change) {
        Instant moment = flare.times().atLeastChanged(now);
        Times times = flare.times();
        Times newTimes = new Times(
                at(change.accessed(), times.accessed(), change.changed() ? moment : now),
                at(change.modified(), times.modified(), moment),
                change.changed() ? moment : times.changed(),
                times.created());
        Rights rights = change.rights() == null ? flare.rights() : change.rights();
        if (change.dropPrivileges()) {
            rights = withoutPrivileges(rights);
        }
        return new Flare(
                flare.type(),
                rights,
                flare.links() + change.links(),
                newTimes,
                change.changed() ? flare.change() + 1 : flare.change(),
                change.size() == null ? flare.size() : change.size(),
                flare.allocated() + change.allocated(),
                special(flare, change));
    }

    private static Flare.Special special(Flare flare, FlareChange change) {
        if (change.content() != null) {
            return new Flare.Special.File(change.content());
        }
        return change.parent() == null ? flare.special() : new Flare.Special.Directory(change.parent());
    }

    private static Rights withoutPrivileges(Rights rights) {
        int bits = 04000 | ((rights.mode() & 0010) != 0 ? 02000 : 0);
        return (rights.mode() & bits) == 0 ? rights : rights.withMode(rights.mode() & ~bits);
    }

    private Shard changed(Shard shard, ShardChange change) {
        Instant moment = now.isBefore(shard.changed()) ? shard.changed() : now;
        return new Shard(
                change.rights() == null ? shard.rights() : change.rights(),
                shard.entries() + change.entries(),
                shard.subdirectories() + change.subdirectories(),
                at(change.modified(), shard.modified(), moment),
                change.changed() ? moment : shard.changed(),
                change.changed() ? shard.change() + 1 : shard.change());
    }

    private static Instant at(@Nullable TimeChange change, Instant before, Instant now) {
        if (change == null) {
            return before;
        }
        return change instanceof TimeChange.At at ? at.time() : now;
    }

    private long stored(RecordId chunk, int from, int to) throws StorageException {
        long bytes = 0;
        for (Storage.Run run : changes(chunk).over(view.runs(chunk), Long.MIN_VALUE)) {
            bytes += Math.max(0, Math.min(run.to(), to) - Math.max(run.from(), from));
        }
        return bytes;
    }

    private ChunkChanges changes(RecordId chunk) {
        return chunks.computeIfAbsent(chunk, id -> new ChunkChanges());
    }

    private Flare flare(RecordId id) throws StorageException {
        return Flare.decode(current(id));
    }

    private Shard shard(RecordId id) throws StorageException {
        return Shard.decode(current(id));
    }

    /** A batch's conditions must have said that the record is there. */
    private byte[] current(RecordId id) throws StorageException {
        byte[] value = currentOrNull(id);
        if (value == null) {
            throw new IllegalStateException("a batch changes " + id + ", which is not there");
        }
        return value;
    }

    private byte @Nullable [] currentOrNull(RecordId id) throws StorageException {
        if (overlay.containsKey(id)) {
            return overlay.get(id);
        }
        StoredRecord stored = view.get(id);
        return stored == null ? null : stored.value();
    }
}
