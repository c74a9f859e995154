package magma.storage.xodus;

import java.time.Duration;

/**
 * How storage uses disk and memory.
 *
 * @param segmentBytes where a segment of the log ends; a longer record gets a segment of its own
 * @param capacityBytes the most that log and index may take of the disk
 * @param reserveBytes how much of the disk is kept for what releases space, the cleaner and the index
 * @param syncInterval the longest that appended bytes stay without a flush of the disk
 * @param tableBytes how much of the in-memory table is gathered before it goes to the index; twice as much holds appends back
 * @param replayBytes the length of log that a restart may have to replay
 * @param cacheBytes the memory for rows of the index that were read lately
 * @param indexBytes the memory that Xodus may use
 * @param cleanerBytesPerSecond how fast the cleaner may copy while there is space enough
 */
public record StorageSettings(
        int segmentBytes,
        long capacityBytes,
        long reserveBytes,
        Duration syncInterval,
        long tableBytes,
        long replayBytes,
        long cacheBytes,
        long indexBytes,
        long cleanerBytesPerSecond) {
    private static final int MIB = 1 << 20;

    /** For a vulcano: memory is shared out by the size of the heap, so that 512 MiB are enough. */
    public static final StorageSettings DEFAULT = new StorageSettings(
            128 * MIB,
            Long.MAX_VALUE,
            256L * MIB,
            Duration.ofMillis(50),
            share(10, 8, 128),
            512L * MIB,
            share(12, 8, 512),
            share(8, 16, 512),
            64L * MIB);

    public StorageSettings {
        if (segmentBytes < 4096 || segmentBytes > 1 << 30) {
            throw new IllegalArgumentException("a segment of " + segmentBytes + " bytes: 4 KiB to 1 GiB are possible");
        }
        if (capacityBytes < 1 || reserveBytes < 0 || tableBytes < 1 || replayBytes < 1 || cacheBytes < 0) {
            throw new IllegalArgumentException("sizes must not be negative");
        }
        if (indexBytes < 4 * MIB || cleanerBytesPerSecond < 1) {
            throw new IllegalArgumentException("the index needs 4 MiB, and the cleaner a byte a second");
        }
        if (syncInterval.isNegative() || syncInterval.isZero()) {
            throw new IllegalArgumentException("the sync interval must be positive");
        }
    }

    private static long share(int part, int atLeastMib, int atMostMib) {
        long share = Runtime.getRuntime().maxMemory() / part;
        return Math.max((long) atLeastMib * MIB, Math.min((long) atMostMib * MIB, share));
    }

    public StorageSettings withSegmentBytes(int bytes) {
        return new StorageSettings(
                bytes,
                capacityBytes,
                reserveBytes,
                syncInterval,
                tableBytes,
                replayBytes,
                cacheBytes,
                indexBytes,
                cleanerBytesPerSecond);
    }

    public StorageSettings withCapacity(long bytes, long reserve) {
        return new StorageSettings(
                segmentBytes,
                bytes,
                reserve,
                syncInterval,
                tableBytes,
                replayBytes,
                cacheBytes,
                indexBytes,
                cleanerBytesPerSecond);
    }

    public StorageSettings withSyncInterval(Duration interval) {
        return new StorageSettings(
                segmentBytes,
                capacityBytes,
                reserveBytes,
                interval,
                tableBytes,
                replayBytes,
                cacheBytes,
                indexBytes,
                cleanerBytesPerSecond);
    }

    public StorageSettings withTableBytes(long bytes) {
        return new StorageSettings(
                segmentBytes,
                capacityBytes,
                reserveBytes,
                syncInterval,
                bytes,
                replayBytes,
                cacheBytes,
                indexBytes,
                cleanerBytesPerSecond);
    }

    public StorageSettings withReplayBytes(long bytes) {
        return new StorageSettings(
                segmentBytes,
                capacityBytes,
                reserveBytes,
                syncInterval,
                tableBytes,
                bytes,
                cacheBytes,
                indexBytes,
                cleanerBytesPerSecond);
    }

    public StorageSettings withMemory(long cache, long index) {
        return new StorageSettings(
                segmentBytes,
                capacityBytes,
                reserveBytes,
                syncInterval,
                tableBytes,
                replayBytes,
                cache,
                index,
                cleanerBytesPerSecond);
    }

    public StorageSettings withCleanerBytesPerSecond(long bytes) {
        return new StorageSettings(
                segmentBytes,
                capacityBytes,
                reserveBytes,
                syncInterval,
                tableBytes,
                replayBytes,
                cacheBytes,
                indexBytes,
                bytes);
    }
}
