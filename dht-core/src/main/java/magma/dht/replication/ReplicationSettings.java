package magma.dht.replication;

import java.time.Duration;

/**
 * How long and how many.
 *
 * @param beacon how often a primary speaks to each backup at least
 * @param lease how long a primary may answer reads after it sent a beacon that a backup confirmed
 * @param grace how long a backup does not take over after it heard a beacon; longer than the lease by what clocks may differ in that time
 * @param batch how many entries one message carries at most
 * @param batchBytes how much they may weigh; one entry may weigh more
 * @param retainedEntries how many entries a replica keeps for those that lag, beside those not committed or synced yet
 * @param retainedBytes how much they may weigh
 */
public record ReplicationSettings(
        Duration beacon,
        Duration lease,
        Duration grace,
        int batch,
        int batchBytes,
        int retainedEntries,
        long retainedBytes) {
    public ReplicationSettings {
        if (beacon.multipliedBy(2).compareTo(lease) > 0 || lease.compareTo(grace) >= 0) {
            throw new IllegalArgumentException(
                    "two beacons of " + beacon + " within the lease of " + lease + ", and that within " + grace);
        }
        if (batch < 1 || batch > ReplicationMessage.MOST_ENTRIES || batchBytes < 1) {
            throw new IllegalArgumentException(batch + " entries of " + batchBytes + " bytes in a message");
        }
        if (retainedEntries < 0 || retainedBytes < 0) {
            throw new IllegalArgumentException(retainedEntries + " entries of " + retainedBytes + " bytes kept");
        }
    }

    /** What suits a machine with many slices. */
    public static ReplicationSettings standard() {
        return new ReplicationSettings(
                Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(3), 64, 1 << 20, 4096, 16 << 20);
    }
}
