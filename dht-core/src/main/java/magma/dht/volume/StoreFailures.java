package magma.dht.volume;

import java.util.concurrent.atomic.AtomicInteger;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What went wrong while a file was stored in the background, where nobody waits for the answer: logged here, and kept to be told once to each that has the
 * file open. A failure that lasts over several attempts is one failure.
 */
final class StoreFailures {
    private static final Logger log = LoggerFactory.getLogger(StoreFailures.class);

    private final Key file;
    private final AtomicInteger count = new AtomicInteger();
    private volatile boolean lasts;
    private volatile @Nullable FsException last;

    StoreFailures(Key file) {
        this.file = file;
    }

    /** How many there were. */
    int count() {
        return count.get();
    }

    /** The last one; null when there was none. */
    @Nullable
    FsException last() {
        return last;
    }

    /** Storage did not take what was written. */
    synchronized void failed(FsException cause) {
        if (isNew(cause)) {
            log.warn(
                    "What was written to file {} is not stored yet: {}. It is kept in memory and tried again; fsync and close tell it.",
                    file,
                    cause.getMessage());
        }
    }

    /** What stores broke off in the middle. */
    synchronized void broke(Throwable cause) {
        if (isNew(new FsException(Errno.EIO, "storing file " + file + " broke off: " + cause, cause))) {
            log.error(
                    "Storing what was written to file {} broke off. It is kept in memory and tried again; fsync and close tell it.",
                    file,
                    cause);
        }
    }

    private boolean isNew(FsException failure) {
        last = failure;
        if (lasts) {
            return false;
        }
        lasts = true;
        count.incrementAndGet();
        return true;
    }

    /** Everything that waited is stored: the next failure is another one. */
    void stored() {
        if (lasts) {
            lasts = false;
        }
    }
}
