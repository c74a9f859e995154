package magma.dht.batch;

import java.util.List;
import magma.dht.record.TransactionId;
import magma.fs.Key;

/**
 * What a slice's primary may be asked to do.
 *
 * <p>A batch over several slices goes in two phases. All slices but one {@link Prepare}: they check, and record what they will do. The last one, which
 * decides, {@link Decide}s: it checks, does its own part, and records that the transaction is committed, all in one log record. From then on the
 * others {@link Finish}. Whoever meets a prepared part that is old asks the deciding slice to {@link Abandon}: it answers how the transaction ended, and
 * if it had not, it has then ended without effect.
 */
public sealed interface Command {

    /** A batch of this slice alone. */
    record Apply(Batch batch) implements Command {}

    /**
     * First phase.
     *
     * @param decidedAt a key of the slice that decides
     */
    record Prepare(TransactionId transaction, Key decidedAt, Batch batch) implements Command {}

    /**
     * The commit point.
     *
     * @param at a key of this slice, the same as {@link Prepare#decidedAt}
     * @param participants a key of each slice that prepared
     */
    record Decide(TransactionId transaction, Key at, List<Key> participants, Batch batch) implements Command {
        public Decide {
            participants = List.copyOf(participants);
        }
    }

    /** Second phase: what was prepared happens, or is forgotten. Refused with {@link Outcome.NotPrepared} when that was done before. */
    record Finish(TransactionId transaction, boolean committed) implements Command {}

    /** Ends a transaction without effect unless it is committed; answers how it ended. */
    record Abandon(TransactionId transaction, Key at) implements Command {}

    /** All participants have finished, and the coordinator will not decide any more: how the transaction ended need not be remembered. */
    record Forget(TransactionId transaction, Key at) implements Command {}

    /** A session opens a flare: from now on it outlives its last name. */
    record Hold(Key flare) implements Command {}

    /** An opened flare is let go. */
    record Release(Key flare) implements Command {}
}
