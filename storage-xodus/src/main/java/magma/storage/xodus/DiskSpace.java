package magma.storage.xodus;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import magma.dht.storage.Space;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.StorageFullException;

/** How much may still be written. Asks the disk every {@value #ASK_MILLIS} ms or {@value #ASK_BYTES} bytes, for others write to it as well. */
final class DiskSpace {
    private static final long ASK_MILLIS = 100;
    private static final long ASK_BYTES = 8 << 20;

    private final Path directory;
    private final FileStore disk;
    private final StorageSettings settings;
    private final SegmentLog log;
    private final XodusIndex index;
    private long asked = Long.MIN_VALUE;
    private long askedBytes;
    private long usable;

    DiskSpace(Path directory, StorageSettings settings, SegmentLog log, XodusIndex index) throws IOException {
        this.directory = directory;
        this.disk = Files.getFileStore(directory);
        this.settings = settings;
        this.log = log;
        this.index = index;
    }

    private long used() {
        return log.bytes() + index.diskBytes();
    }

    private synchronized long usable(long used) throws IOException {
        long now = System.nanoTime() / 1_000_000;
        if (asked == Long.MIN_VALUE || now - asked >= ASK_MILLIS || Math.abs(used - askedBytes) >= ASK_BYTES) {
            usable = disk.getUsableSpace();
            asked = now;
            askedBytes = used;
        }
        return usable - Math.max(0, used - askedBytes);
    }

    /** What may be written if the reserve may be used. */
    private long free() throws StorageException {
        long used = used();
        try {
            return Math.min(settings.capacityBytes() - used, usable(used));
        } catch (IOException e) {
            throw new StorageException(
                    "asking how full the disk under " + directory + " is failed: " + e.getMessage(), e);
        }
    }

    /** True when only the reserve is left. */
    boolean isShort() throws StorageException {
        return free() < settings.reserveBytes() + 2L * settings.segmentBytes();
    }

    void check(long bytes, Purpose purpose) throws StorageException {
        long most = free() - (purpose == Purpose.GROW ? settings.reserveBytes() : 0);
        if (bytes > most) {
            throw new StorageFullException("storage in " + directory + " is full: " + Math.max(0, most)
                    + " bytes are left beside the reserve. Delete something, or give it a larger disk");
        }
    }

    Space space() throws StorageException {
        try {
            long total = Math.min(settings.capacityBytes(), disk.getTotalSpace());
            return new Space(total, used(), Math.max(0, free() - settings.reserveBytes()));
        } catch (IOException e) {
            throw new StorageException(
                    "asking how full the disk under " + directory + " is failed: " + e.getMessage(), e);
        }
    }
}
