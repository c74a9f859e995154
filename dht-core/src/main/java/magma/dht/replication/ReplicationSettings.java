package magma.dht.replication;

import java.time.Duration;

/**
 * How long and how many.
 *
 * @param beacon how often a primary speaks to each backup at least
 * @param lease how long a primary may answer reads after it sent a beacon that a backup confirmed
 * @param grace how long a backup does not take over after it heard a beacon; longer than the lease by what clocks may differ in that time
 * @param minInSync with fewer in sync nothing is committed
 * @param wanted how many replicas the network wants; a primary that is alone where more are wanted syncs before it answers
 * @param batch how many entries one message carries at most
 */
public record ReplicationSettings(
        Duration beacon, Duration lease, Duration grace, int minInSync, int wanted, int batch) {
    public ReplicationSettings {
        if (beacon.multipliedBy(2).compareTo(lease) > 0 || lease.compareTo(grace) >= 0) {
            throw new IllegalArgumentException(
                    "two beacons of " + beacon + " within the lease of " + lease + ", and that within " + grace);
        }
        if (minInSync < 1 || wanted < minInSync || batch < 1) {
            throw new IllegalArgumentException(minInSync + " of " + wanted + ", " + batch + " in a message");
        }
    }

    /** @param wanted 1 or more replicas */
    public static ReplicationSettings of(int wanted) {
        return new ReplicationSettings(
                Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(3), wanted > 2 ? 2 : 1, wanted, 64);
    }
}
