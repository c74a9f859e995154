package magma.dht.front;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a session has open, wherever that is now, and whether the session itself is open still: one for all of its operations. Safe for all threads. */
final class FrontOpens {
    private static final Logger log = LoggerFactory.getLogger(FrontOpens.class);

    private final FrontSession.Place place;
    private final Closings closings;
    private final FrontContent content = new FrontContent();
    private final FrontLocks locks = new FrontLocks();
    private final Set<FrontFile> files = ConcurrentHashMap.newKeySet();
    private final Set<FrontDirectory> directories = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean ended = new AtomicBoolean();

    FrontOpens(FrontSession.Place place, Executor background) {
        this.place = place;
        this.closings = new Closings(background);
    }

    FrontSession.Place place() {
        return place;
    }

    FrontContent content() {
        return content;
    }

    FrontLocks locks() {
        return locks;
    }

    Closings closings() {
        return closings;
    }

    /**
     * Whether who closes a file need not wait until that is stored. Not so at a vulcano that serves a client: the client takes what is closed there for stored, and forgets it.
     */
    boolean closesBehind() {
        return place != FrontSession.Place.VULCANO && !isClosed();
    }

    boolean isClosed() {
        return ended.get();
    }

    void demandOpen() throws FsException {
        if (isClosed()) {
            throw closed();
        }
    }

    static FsException closed() {
        return new FsException(Errno.ENOTCONN, "the session is closed");
    }

    FrontFile add(FrontFile file) throws FsException {
        files.add(file);
        if (isClosed()) {
            file.close();
            throw closed();
        }
        return file;
    }

    FrontDirectory add(FrontDirectory directory) throws FsException {
        directories.add(directory);
        if (isClosed()) {
            directory.close();
            throw closed();
        }
        return directory;
    }

    void forget(FrontFile file) {
        files.remove(file);
    }

    void forget(FrontDirectory directory) {
        directories.remove(directory);
    }

    /**
     * What is open of a file comes to a home. Where that does not know a lock of the session's any more, the session was without contact for too long: others may have locked
     * and changed the file since. What was written under the lock is not written again, and all that is open of the file fails until it is closed, also what is opened before whoever had
     * the lock gives it back.
     */
    void checkLocks(Key file, HomeSession home) throws FsException {
        locks.check(file, home, () -> {
            log.warn("Locks on {} were lost for want of contact: what is open of it fails until it is closed", file);
            content.unlocked(file);
        });
    }

    /** What was locked of the file is not lost, or was given back since. @throws FsException EIO */
    void demandLocked(Key file) throws FsException {
        if (locks.isLost(file)) {
            throw lostLock();
        }
    }

    static FsException lostLock() {
        return new FsException(
                Errno.EIO,
                "a lock on the file was lost, for want of contact: others may have changed it since; close it, and open it again");
    }

    /** Where a file has a new home that does not know yet what was written here, or may not know what is locked, it is told first. @return whether that was so */
    boolean catchUp(Key file) {
        boolean told = false;
        for (FrontFile writer : locks.has(file) ? content.users(file) : content.writers(file)) {
            try {
                told |= writer.moved();
            } catch (FsException e) {
                // Nor will the others be.
                log.debug("{} is not open at its new home yet", file, e);
                break;
            }
        }
        return told;
    }

    /** All that was written to the file until now is stored, as far as it can be. */
    void settle(Key file) {
        for (FrontFile writer : content.writers(file)) {
            try {
                writer.settle();
            } catch (FsException e) {
                log.debug("What was written to {} cannot be stored; who has it open will be told", file, e);
            }
        }
    }

    /** @see FrontFile#settle */
    void settle() throws FsException {
        for (FrontFile file : files) {
            file.settle();
        }
    }

    /** Slices have other homes now: what is open goes there. */
    void moved() {
        for (FrontFile file : files) {
            try {
                boolean unused = file.moved();
            } catch (FsException e) {
                log.debug("{} is not open at its new home yet; its next use will tell", file.flare(), e);
            }
        }
        for (FrontDirectory directory : directories) {
            try {
                directory.moved();
            } catch (FsException e) {
                log.debug("{} is not open at its new home yet", directory.flare(), e);
            }
        }
    }

    /** The session is over: nothing more is opened. @return false when it was over before */
    boolean end() {
        return !ended.getAndSet(true);
    }

    /** Closes all that is open, once the session is over. */
    void close() {
        for (FrontFile file : files) {
            try {
                file.close();
            } catch (FsException e) {
                log.warn("What was written last to {} could not be stored: {}", file.flare(), e.getMessage());
            }
        }
        files.forEach(FrontFile::awaitClosed);
        directories.forEach(FrontDirectory::close);
    }
}
