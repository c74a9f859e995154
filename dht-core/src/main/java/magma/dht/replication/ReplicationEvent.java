package magma.dht.replication;

import magma.dht.storage.Version;

/** What happens to a replica. */
public sealed interface ReplicationEvent<P> {

    /** Time has passed; to be told when {@link Replication#nextTick} has come. More often does no harm. */
    record Tick<P>() implements ReplicationEvent<P> {}

    /**
     * The council's word, asked for or not: a primary whose backups all answer asks for nothing, so it is to be told when others than the replicas have changed it.
     * Older words than those known are ignored; the first that a process hears must not be older than the process.
     */
    record Learned<P>(SliceConfig config) implements ReplicationEvent<P> {}

    /** A process of a vulcano has ended, for certain, and so have those before it. */
    record Died<P>(VulcanoId vulcano, long incarnation) implements ReplicationEvent<P> {}

    record Received<P>(VulcanoId from, ReplicationMessage<P> message) implements ReplicationEvent<P> {}

    /**
     * A change is to be made. It is answered under {@code ticket} by {@link ReplicationEffect.Done} or {@link ReplicationEffect.Refused}.
     *
     * @param payload decided upon the state at the end of this replica's log
     * @param sync whether all in sync must have synced it before the answer
     */
    record Proposed<P>(long ticket, P payload, boolean sync) implements ReplicationEvent<P> {}

    /** An answer that was found at the end of this replica's log is to be given: Done under {@code ticket} says that it may. */
    record Asked<P>(long ticket) implements ReplicationEvent<P> {}

    /** The own log holds its entries up to this one; they survive the death of the process. Never told of an entry that found no room. */
    record Appended<P>(Version last) implements ReplicationEvent<P> {}

    /** The own log survives a loss of power up to this entry. There is one for each {@link ReplicationEffect.Sync}, and may be others. */
    record Synced<P>(Version last) implements ReplicationEvent<P> {}

    /**
     * The copy that {@link ReplicationEffect.Restore} asked for is here, and survives a loss of power.
     *
     * @param at what the source had committed when the copy began: the copy holds all up to there
     * @param upTo what the source had committed when it ended: the copy holds nothing later. In between it may hold some and lack some
     */
    record Restored<P>(Version at, Version upTo) implements ReplicationEvent<P> {
        public Restored {
            if (at.compareTo(upTo) > 0 || at.sequence() > upTo.sequence()) {
                throw new IllegalArgumentException("a copy begun at " + at + " and ended at " + upTo);
            }
        }
    }

    /** The copy did not come about. It will be asked for again. */
    record RestoreFailed<P>() implements ReplicationEvent<P> {}

    /** Another vulcano copies the state here, and will need the log from where it began: said for each page. */
    record Copied<P>() implements ReplicationEvent<P> {}

    /** A primary shall hand the slice over to one in sync. It tries for as long as a lease lasts; the council's word tells what came of it. */
    record Yield<P>(VulcanoId to) implements ReplicationEvent<P> {}

    /** How many bytes the disk of this replica can take. */
    record Available<P>(long bytes) implements ReplicationEvent<P> {}
}
