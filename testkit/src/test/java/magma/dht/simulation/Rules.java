package magma.dht.simulation;

import java.util.List;
import magma.dht.replication.Replication;
import magma.dht.replication.ReplicationEffect;
import magma.dht.replication.ReplicationEvent;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/** Where a simulation can be told to make a mistake, to see that it notices. The defaults make none. */
interface Rules {
    Rules HONEST = new Rules() {};

    default List<ReplicationEffect<Change>> step(
            Replication<Change> replication, long now, ReplicationEvent<Change> event) {
        return replication.step(now, event);
    }

    default void truncate(Disk disk, long sequence) {
        disk.truncate(sequence);
    }

    /** The reply that a request has got before, or null where it is new. */
    default Op.@Nullable Reply known(Table table, Op op) {
        return table.reply(op);
    }

    /** Whether a client is answered before the replica says so. */
    default boolean answersEarly(boolean changes) {
        return false;
    }

    /** Until when committed state may be read. */
    default long leasedUntil(Replication<Change> replication) {
        return replication.leasedUntil();
    }

    /** Where a replica says its copy stands. */
    default Version copiedAt(Version begun, Version ended) {
        return begun;
    }
}
