package magma.dht.replication;

import org.jspecify.annotations.Nullable;

/** What a replica wants done, in order, and before its next step. */
public sealed interface ReplicationEffect<P> {

    record Send<P>(VulcanoId to, ReplicationMessage<P> message) implements ReplicationEffect<P> {}

    /** To the end of the own log; {@link ReplicationEvent.Appended} when it is there. */
    record Append<P>(LogEntry<P> entry) implements ReplicationEffect<P> {}

    /** Entries after this sequence go, for ever: a restart must not bring them back. */
    record Truncate<P>(long sequence) implements ReplicationEffect<P> {}

    /** {@link ReplicationEvent.Synced} when what is appended now survives a loss of power. */
    record Sync<P>() implements ReplicationEffect<P> {}

    /** Entries up to this sequence are committed: they may be seen. */
    record Committed<P>(long sequence) implements ReplicationEffect<P> {}

    /** To the council: {@code next} if the epoch is still the one before it. {@link ReplicationEvent.Learned} with what is true then, where an answer comes. */
    record Propose<P>(SliceConfig next) implements ReplicationEffect<P> {}

    /** The council's word is wanted: {@link ReplicationEvent.Learned} when it is there. */
    record AskCouncil<P>() implements ReplicationEffect<P> {}

    /** What was proposed is committed, or what was asked may be answered. */
    record Done<P>(long ticket) implements ReplicationEffect<P> {}

    /**
     * This replica is not, or no longer, primary, or about to hand over. What was proposed may come to be committed or not.
     *
     * @param config where the primary is, if known
     */
    record Refused<P>(long ticket, @Nullable SliceConfig config) implements ReplicationEffect<P> {}

    /**
     * The slice's state is to be made the same as what is committed at {@code from}; the log here is given up. First of all the disk is to say so, durably: a process
     * that starts before {@link ReplicationEvent.Restored}, or finds a log that does not reach to the copy's end then, has nothing; one that finds it there has
     * all up to it committed ({@link ReplicationStart#base}).
     * Ended by {@code Restored} or {@link ReplicationEvent.RestoreFailed}; there is none more until then.
     */
    record Restore<P>(VulcanoId from) implements ReplicationEffect<P> {}
}
