package magma.dht.batch;

import java.util.List;
import java.util.UUID;
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
     * First phase. Answered with what the flares that it makes or changes will be.
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

    /** Ends a transaction without effect unless it is committed; answers how it ended, and notes when more than one has been told that it ended so. */
    record Abandon(TransactionId transaction, Key at) implements Command {}

    /** All participants have finished, and the coordinator will not decide any more: how the transaction ended need not be remembered. */
    record Forget(TransactionId transaction, Key at) implements Command {}

    /** A session opens a flare: from now on it outlives its last name. A session may hold a flare several times. */
    record Hold(Key flare, UUID session) implements Command {}

    /** An opened flare is let go, once. */
    record Release(Key flare, UUID session) implements Command {}

    /** After a failover: a session tells a new primary what it holds open. Flares that are gone count for nothing. */
    record Declare(UUID session, List<Key> flares) implements Command {
        public Declare {
            flares = List.copyOf(flares);
        }
    }

    /** Every session has declared what it holds, or has ended: flares without a name that nobody holds go now. To be given until it is not answered with {@link Outcome.More}. */
    record EndReclaim() implements Command {}

    /** Sessions have ended: they hold nothing any more. To be given until it is not answered with {@link Outcome.More}. */
    record EndSessions(List<UUID> sessions) implements Command {
        public EndSessions {
            sessions = List.copyOf(sessions);
        }
    }

    /**
     * Nothing is to come any more from these origins and sessions: what was answered to their requests and operations need not be remembered. To be given until it is not
     * answered with {@link Outcome.More}.
     */
    record ForgetOrigins(List<UUID> origins) implements Command {
        public ForgetOrigins {
            origins = List.copyOf(origins);
        }
    }
}
