package magma.dht.replication;

import java.time.Instant;
import java.util.List;
import magma.dht.batch.Command;
import magma.dht.batch.Outcome;
import magma.dht.batch.RecordView;
import magma.dht.batch.Request;
import magma.dht.batch.SliceState;
import magma.dht.slice.Slice;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/**
 * The primary of a slice whose in-sync set is itself alone: each command that changes anything becomes one log record, which is committed as soon as this
 * vulcano's log holds it. Flares without a name wait for {@link Command.EndReclaim}.
 *
 * <p>Commands belong to one loop. {@link #lockOn} may be asked by any thread.
 */
public final class Replica {
    private final Storage storage;
    private final SliceState state;
    private Version last;

    /**
     * Takes up the slice where its log ends. All that is appended becomes committed: nobody else has a say.
     *
     * @param epoch of this primary; higher than all before
     * @throws StorageException when the slice's records cannot be read
     */
    public Replica(Slice slice, long epoch, Storage storage) throws StorageException {
        this.storage = storage;
        Version tail = storage.tails().getOrDefault(slice.number(), Version.NONE);
        if (epoch < tail.epoch()) {
            throw new IllegalArgumentException("epoch " + epoch + " after " + tail + " of slice " + slice.number());
        }
        storage.commit(slice.number(), tail);
        this.state = new SliceState(slice, new StorageView(storage), true);
        this.last = new Version(epoch, tail.sequence());
    }

    public Slice slice() {
        return state.slice();
    }

    /** The version of the last log record. */
    public Version last() {
        return last;
    }

    /** @see SliceState#lockOn */
    public SliceState.@Nullable LockedBy lockOn(RecordId id) {
        return state.lockOn(id);
    }

    /** @see SliceState#flares */
    public long flares() {
        return state.flares();
    }

    /** @see SliceState#pending */
    public List<SliceState.LockedBy> pending() {
        return state.pending();
    }

    /**
     * Carries out one command. On return what it changed survives the death of the process and is seen by readers.
     *
     * @throws magma.dht.storage.StorageFullException when there is no room; nothing was changed
     */
    public Outcome execute(Command command, Instant now) throws StorageException {
        SliceState.Step step = state.evaluate(new Request(command, null), now);
        if (!step.mutations().isEmpty()) {
            Version version = last.next();
            long slice = slice().number();
            storage.append(new LogRecord(slice, version, step.mutations()), step.purpose());
            last = version;
            state.proposed(step, version);
            storage.commit(slice, version);
            state.committed(version.sequence());
        }
        return step.outcome();
    }

    private record StorageView(Storage storage) implements RecordView {
        @Override
        public @Nullable StoredRecord get(RecordId id) throws StorageException {
            return storage.get(id);
        }

        @Override
        public List<StoredRecord> scan(RecordId from, RecordId to, int most) throws StorageException {
            return storage.scan(from, to, most);
        }

        @Override
        public List<Storage.Run> runs(RecordId chunk, long lowest) throws StorageException {
            return storage.runs(chunk, generation -> generation < lowest ? 0 : Mutation.CHUNK_BYTES);
        }
    }
}
