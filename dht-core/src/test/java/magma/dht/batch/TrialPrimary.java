package magma.dht.batch;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import magma.dht.batch.SliceState.Step;
import magma.dht.slice.Slice;
import magma.dht.storage.Mutation;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;

/** The primary of one slice, whose log records are committed when the test says so. */
final class TrialPrimary {
    private final Slice slice;
    private final Deque<Proposal> uncommitted = new ArrayDeque<>();
    private final CommittedRecords records = new CommittedRecords();
    private SliceState state;
    private Version last = new Version(1, 0);
    private Instant now = Instant.ofEpochSecond(1_000_000);

    private record Proposal(Version version, List<Mutation> mutations) {}

    TrialPrimary(Slice slice, boolean reclaiming) throws StorageException {
        this.slice = slice;
        this.state = new SliceState(slice, records, reclaiming);
    }

    Step give(Request request) throws StorageException {
        now = now.plusMillis(10);
        Step step = state.evaluate(request, now);
        if (!step.mutations().isEmpty()) {
            last = last.next();
            uncommitted.add(new Proposal(last, step.mutations()));
        }
        state.proposed(step, last);
        return step;
    }

    Outcome give(Command command) throws StorageException {
        return give(new Request(command, null)).outcome();
    }

    /** Commits the oldest {@code count} log records; word of it comes after the records show them. */
    void commit(int count) {
        show(count);
        told();
    }

    /** The oldest log records are in the records, but nobody has been told yet. */
    void show(int count) {
        for (int i = 0; i < count && !uncommitted.isEmpty(); i++) {
            Proposal proposal = uncommitted.remove();
            records.apply(proposal.mutations(), proposal.version());
        }
    }

    void told() {
        state.committed(
                uncommitted.isEmpty()
                        ? last.sequence()
                        : uncommitted.element().version().sequence() - 1);
    }

    void commitAll() {
        commit(uncommitted.size());
    }

    /** Another takes over with all that is in the log. */
    void failOver() throws StorageException {
        show(uncommitted.size());
        last = new Version(last.epoch() + 1, last.sequence());
        state = new SliceState(slice, records, true);
    }

    int uncommitted() {
        return uncommitted.size();
    }

    SliceState state() {
        return state;
    }

    CommittedRecords records() {
        return records;
    }

    Version last() {
        return last;
    }
}
