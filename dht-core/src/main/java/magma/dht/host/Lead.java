package magma.dht.host;

import java.util.List;
import java.util.function.LongUnaryOperator;
import magma.dht.batch.Outcome;
import magma.dht.batch.Request;
import magma.dht.batch.SliceState;
import magma.dht.replication.Payload;
import magma.dht.slice.Slice;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/** What a replica has of its slice's state while it answers for it. Changed with the replica's turn held. */
final class Lead {
    private final Slice slice;
    private final Storage storage;
    private final ReplicaPorts.Time time;
    private SliceState.@Nullable Step proposal;
    private volatile long begunIn;
    private volatile @Nullable SliceState state;

    Lead(Slice slice, Storage storage, ReplicaPorts.Time time) {
        this.slice = slice;
        this.storage = storage;
        this.time = time;
    }

    /** Whether the replica answers for the slice. Any thread. */
    boolean isHeld() {
        return state != null;
    }

    /** The epoch in which it began to, last; whether it does still is another question. Any thread. */
    long begunIn() {
        return begunIn;
    }

    /** Another object whenever it begins to; null while it does not. Any thread. */
    @Nullable
    Object duty() {
        return state;
    }

    void begin(long epoch) throws StorageException {
        begunIn = epoch;
        state = new SliceState(slice, new CommittedView(storage), true);
    }

    void end() {
        state = null;
    }

    /**
     * What a command comes to now. While {@link #isHeld}.
     *
     * @param room which an entry that stores more may take, given what the disk here can take
     */
    SliceState.Step evaluate(Request request, LongUnaryOperator room) throws StorageException {
        SliceState leading = state;
        if (leading == null) {
            throw new IllegalStateException("slice " + slice.number() + " is not led here");
        }
        SliceState.Step step = leading.evaluate(request, time.now());
        if (hasRoom(step, room)) {
            return step;
        }
        leading.refused(request, new Outcome.Full());
        return leading.evaluate(request, time.now());
    }

    private boolean hasRoom(SliceState.Step step, LongUnaryOperator room) throws StorageException {
        if (step.purpose() != Purpose.GROW || step.mutations().isEmpty()) {
            return true;
        }
        return new Payload(step.mutations()).weight()
                <= room.applyAsLong(storage.space().available());
    }

    /** The next entry of the log is this step's. */
    void propose(SliceState.Step step) {
        proposal = step;
    }

    /** It is in the log, or was refused: what comes next is no part of it. */
    void proposed() {
        proposal = null;
    }

    /** The log goes on with an entry. */
    void appending(Version version) {
        SliceState.Step step = proposal;
        SliceState leading = state;
        if (step != null && leading != null) {
            proposal = null;
            leading.proposed(step, version);
        }
    }

    void committed(long sequence) {
        SliceState leading = state;
        if (leading != null) {
            leading.committed(sequence);
        }
    }

    /** Who has prepared to change a record. Any thread. */
    SliceState.@Nullable LockedBy lockOn(RecordId id) {
        SliceState leading = state;
        return leading == null ? null : leading.lockOn(id);
    }

    List<SliceState.LockedBy> pending() {
        SliceState leading = state;
        return leading == null ? List.of() : leading.pending();
    }

    long flares() {
        SliceState leading = state;
        return leading == null ? 0L : leading.flares();
    }
}
