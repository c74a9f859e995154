package magma.storage.xodus;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import magma.dht.storage.StorageException;
import magma.dht.storage.StorageFullException;
import org.jspecify.annotations.Nullable;

/** Whether a log may be used: it is closed once, fails for good at an error of the disk, and goes on after a full disk. */
final class LogHealth {
    private final Path directory;
    private volatile Runnable onFailure = () -> {};
    private volatile @Nullable StorageException failed;
    private volatile boolean closed;

    /** @param directory of the segments */
    LogHealth(Path directory) {
        this.directory = directory;
    }

    /** @param what done once, when the log fails */
    void onFailure(Runnable what) {
        onFailure = what;
    }

    boolean isUsable() {
        return failed == null && !closed;
    }

    boolean hasFailed() {
        return failed != null;
    }

    void close() {
        closed = true;
    }

    /** Throws when the log is closed, and nothing can be read. */
    void checkOpen() throws StorageException {
        if (closed) {
            throw new StorageException("the storage in " + directory.getParent() + " is closed");
        }
    }

    /** Throws when the log takes nothing any more. */
    void usable() throws StorageException {
        StorageException cause = failed;
        if (cause != null) {
            throw new StorageException(String.valueOf(cause.getMessage()), cause);
        }
        checkOpen();
    }

    /** Nothing is appended from now on. @return to be thrown */
    StorageException fail(String what, Exception e) {
        StorageException failure = new StorageException(
                what + " in " + directory + " failed: " + e.getMessage()
                        + ". Nothing more is written. Check the disk, then start again",
                e);
        if (failed == null) {
            failed = failure;
            onFailure.run();
        }
        return failure;
    }

    /** What a failed write means: a full disk, or the end of the log. @return to be thrown */
    StorageException error(String what, IOException e) {
        return isFull(e) ? full() : fail(what, e);
    }

    StorageFullException full() {
        return new StorageFullException(
                "the disk under " + directory + " is full: delete something or free space on it");
    }

    static boolean isFull(IOException e) {
        String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        return message.contains("no space left")
                || message.contains("quota exceeded")
                || message.contains("file too large");
    }
}
