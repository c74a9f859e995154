package magma.dht.replication;

import java.util.List;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/** What the replicas of one slice say to each other. Any message may be lost, late, twice there, or out of order. */
public sealed interface ReplicationMessage<P> {
    /** More entries than this no message may carry. */
    int MOST_ENTRIES = 65_536;

    /** The council's word as the sender knows it; null where the message has none. It is worth no more than the sender is. */
    default @Nullable SliceConfig config() {
        return null;
    }

    /**
     * From the primary: entries, or none as a beacon.
     *
     * @param config the council's word under which the sender is primary; a receiver that knows less, and knows the sender for a replica, learns it from here
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
            Version before = previous;
            for (LogEntry<P> entry : entries) {
                before = entry.mustFollow(before);
            }
            if (entries.size() > MOST_ENTRIES || before.epoch() > config.epoch() || previous.sequence() < 0) {
                throw new IllegalArgumentException(
                        entries.size() + " entries up to " + before + " sent in epoch " + config.epoch());
            }
        }
    }

    /**
     * To the primary: the receiver's log is the primary's up to {@code matched}, and it will not take over for a while.
     *
     * @param incarnation of the sender's process: what an earlier one confirmed may have been lost with it
     * @param stamp of the latest {@link Append} that came
     * @param synced the sequence up to which it survives a loss of power; at most {@code matched}
     * @param available how many bytes the sender's disk can take
     */
    record Accepted<P>(long epoch, long incarnation, long stamp, long matched, long synced, long available)
            implements ReplicationMessage<P> {
        public Accepted {
            if (matched < 0 || synced < 0 || synced > matched) {
                throw new IllegalArgumentException("synced up to " + synced + " of " + matched);
            }
        }
    }

    /**
     * To the primary: the receiver has not what comes before the entries sent, or must have more before it may confirm anything.
     *
     * @param stamp of the {@link Append} that it answers
     * @param hint the receiver's version at some place up to which the logs may be the same
     * @param held what the receiver's state holds and cannot give up: the primary's log has it, or the receiver must be restored
     */
    record Diverged<P>(long epoch, long incarnation, long stamp, Version hint, Version held)
            implements ReplicationMessage<P> {}

    /**
     * From the primary, in answer to {@link Diverged}: what the receiver would need is forgotten here, or what it holds never was here. It is to be restored.
     *
     * @param incarnation of the receiver's process; another's word it is not
     * @param held as the receiver said; where that has changed since, the message comes too late
     */
    record Behind<P>(SliceConfig config, long stamp, long incarnation, Version held) implements ReplicationMessage<P> {}

    /** To a sender whose epoch is over, and to a primary that is silent: its epoch may be. */
    record Outdated<P>(SliceConfig config) implements ReplicationMessage<P> {}
}
