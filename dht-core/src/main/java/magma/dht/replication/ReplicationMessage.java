package magma.dht.replication;

import java.util.List;
import magma.dht.storage.Version;

/** What the replicas of one slice say to each other. Any message may be lost, late, twice there, or out of order. */
public sealed interface ReplicationMessage<P> {

    /**
     * From the primary: entries, or none as a beacon.
     *
     * @param config the council's word under which the sender is primary; a receiver that knows less learns it from here
     * @param stamp when it was sent, by the sender's clock
     * @param previous the version of the entry before {@code entries}
     * @param commit the sequence up to which all in sync hold the log
     * @param syncTo the sequence up to which the receiver shall sync its log
     */
    record Append<P>(
            SliceConfig config, long stamp, Version previous, List<LogEntry<P>> entries, long commit, long syncTo)
            implements ReplicationMessage<P> {
        public Append {
            entries = List.copyOf(entries);
        }
    }

    /**
     * To the primary: the receiver's log is the primary's up to {@code matched}, and it will not take over for a while.
     *
     * @param incarnation of the sender's process: what an earlier one confirmed may have been lost with it
     * @param stamp of the latest {@link Append} that came
     * @param synced the sequence up to which it survives a loss of power; at most {@code matched}
     */
    record Accepted<P>(long epoch, long incarnation, long stamp, long matched, long synced)
            implements ReplicationMessage<P> {}

    /**
     * To the primary: the receiver has not what comes before the entries sent.
     *
     * @param hint the receiver's version at some place before them
     */
    record Diverged<P>(long epoch, long incarnation, Version hint) implements ReplicationMessage<P> {}

    /** To a sender whose epoch is over. */
    record Outdated<P>(SliceConfig config) implements ReplicationMessage<P> {}
}
