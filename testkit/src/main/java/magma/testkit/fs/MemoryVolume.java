package magma.testkit.fs;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import magma.dht.lock.LockTable;
import magma.fs.ChangeListener;
import magma.fs.ChangeListener.Change;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Volume;

/**
 * A filesystem in memory: what fs-api asks for, in the plainest way. Others are compared with it, and front ends are tested
 * and measured on it. It lives as long as it is referred to; nothing is durable.
 *
 * <p>One lock guards the tree. What an operation has to tell others, changes and granted locks, is told after the lock is
 * let go and before the operation returns.
 */
public final class MemoryVolume implements Volume {

    /**
     * @param clock stamps all changes
     * @param capacity bytes that flares and their content may take
     * @param cookieBits 1 to 63: the length of the cookies of a listing; few let them collide
     */
    public record Settings(InstantSource clock, long capacity, int cookieBits) {
        /** The system's clock, half of the heap, whole cookies. */
        public static final Settings DEFAULT =
                new Settings(InstantSource.system(), Runtime.getRuntime().maxMemory() / 2, 63);

        public Settings {
            if (capacity < 0 || cookieBits < 1 || cookieBits > 63) {
                throw new IllegalArgumentException("a capacity below 0, or cookies not of 1 to 63 bits");
            }
        }
    }

    /** What a session wants done under the lock. */
    @FunctionalInterface
    interface Task<T> {
        T run() throws FsException;
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final List<MemorySession> sessions = new CopyOnWriteArrayList<>();
    private final LockTable<PendingLock> locks = new LockTable<>();
    private final Tree tree;
    private long sessionsOpened;

    public MemoryVolume() {
        this(Settings.DEFAULT);
    }

    public MemoryVolume(Settings settings) {
        tree = new Tree(settings);
    }

    @Override
    public FileSystem openSession(String client, ChangeListener listener) {
        lock.lock();
        try {
            MemorySession session = new MemorySession(this, ++sessionsOpened, client, listener);
            sessions.add(session);
            return session;
        } finally {
            lock.unlock();
        }
    }

    Tree tree() {
        return tree;
    }

    LockTable<PendingLock> locks() {
        return locks;
    }

    /** Runs {@code task} alone, then tells the other sessions what it changed. */
    <T> T with(MemorySession session, Task<T> task) throws FsException {
        T result;
        List<Change> changes;
        lock.lock();
        try {
            if (session.isClosed()) {
                throw new FsException(Errno.ENOTCONN, "the session of " + session + " is closed");
            }
            result = task.run();
        } finally {
            changes = tree.takeChanges();
            lock.unlock();
        }
        if (!changes.isEmpty() && sessions.size() > 1) {
            tell(session, changes);
        }
        return result;
    }

    /** Runs {@code task} alone; for what is done when a session ends. */
    void alone(Runnable task) {
        lock.lock();
        try {
            task.run();
        } finally {
            lock.unlock();
        }
    }

    void ended(MemorySession session) {
        sessions.remove(session);
    }

    private void tell(MemorySession author, List<Change> changes) {
        List<CompletableFuture<Void>> told = new ArrayList<>();
        for (MemorySession session : sessions) {
            if (session != author) {
                told.add(session.tell(changes));
            }
        }
        told.forEach(CompletableFuture::join);
    }
}
