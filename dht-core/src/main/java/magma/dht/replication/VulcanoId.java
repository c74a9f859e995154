package magma.dht.replication;

import java.util.UUID;

/** Names a vulcano for ever. One whose data directory is lost comes back under a new id. */
public record VulcanoId(UUID uuid) implements Comparable<VulcanoId> {
    @Override
    public int compareTo(VulcanoId other) {
        return uuid.compareTo(other.uuid);
    }

    @Override
    public String toString() {
        return uuid.toString();
    }
}
