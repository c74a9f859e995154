package magma.dht.replication;

import magma.dht.storage.Version;

/** What happens to a replica. */
public sealed interface ReplicationEvent<P> {

    /** Time has passed; to be told about every tenth of a beacon's interval. */
    record Tick<P>() implements ReplicationEvent<P> {}

    /**
     * The council's word. Older words than those known are ignored; the first that a process hears must not be older than the process.
     */
    record Learned<P>(SliceConfig config) implements ReplicationEvent<P> {}

    /** A process of a vulcano has ended, for certain. */
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

    /** The own log holds its entries up to this one; they survive the death of the process. */
    record Appended<P>(Version last) implements ReplicationEvent<P> {}

    /** The own log survives a loss of power up to this entry. There is one for each {@link ReplicationEffect.Sync}. */
    record Synced<P>(Version last) implements ReplicationEvent<P> {}
}
