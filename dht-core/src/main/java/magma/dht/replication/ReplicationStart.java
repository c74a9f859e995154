package magma.dht.replication;

import java.util.List;
import magma.dht.storage.Version;

/**
 * What a vulcano's disk has of a slice when a process opens it.
 *
 * @param base what its state holds for certain, all of it committed; {@link Version#NONE} where there is nothing, or the process before ended in the middle of a
 *     {@link ReplicationEffect.Restore}
 * @param entries that its log has after {@code base}, without a hole; whether they are committed is not known
 * @param clean whether nothing that was appended before can have been lost, as with a loss of power
 */
public record ReplicationStart<P>(Version base, List<LogEntry<P>> entries, boolean clean) {
    public ReplicationStart {
        entries = List.copyOf(entries);
        Version before = base;
        for (LogEntry<P> entry : entries) {
            before = entry.mustFollow(before);
        }
    }
}
