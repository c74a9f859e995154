package magma.storage.xodus;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import magma.dht.storage.StorageException;
import magma.dht.storage.StorageFullException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What goes on in the background, in two threads: one syncs the log; the other carries the table to the index when it is large, old, or nobody is busy,
 * and then lets the cleaner work.
 */
final class Upkeep {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);

    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** While nothing happens: what others do to the disk is to be noticed still. */
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** The table is carried to the index when nothing was committed for so long. */
    private static final long IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private static final long TELL_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** The table is carried to the index when something is in it for so long, */
    private static final long AGE_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** or for so many times as long as the last time took, so that it takes a twentieth of a core at most. */
    private static final int AGE_FACTOR = 20;

    /** What is kept of the index in memory goes when nobody has asked for any of it for so long: the memory is of use to others then. */
    private static final long UNUSED_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** How much the cleaner copies at a time while space is short. */
    private static final long SHORT_BYTES = 64L << 20;

    private final StorageSettings settings;
    private final DiskSpace space;
    private final SegmentLog log;
    private final EntryTable table;
    private final Flush flush;
    private final Cleaner cleaner;
    private final Thread syncer;
    private final Thread keeper;

    /** Held while the table is carried to the index and while the cleaner works. */
    private final ReentrantLock work = new ReentrantLock();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();
    private volatile boolean stopped;
    private volatile boolean wanted;
    private volatile long lastCommit = System.nanoTime();
    private volatile long firstCommit = lastCommit;
    private long flushNanos;
    private volatile boolean flushFails;
    private long lastUse = lastCommit;
    private boolean forgotten;

    /** Whether the last try failed, and when that was told last; of the keeper. */
    private boolean failing;

    private long told;

    Upkeep(Cleaner.Parts parts) {
        this.settings = parts.settings();
        this.space = parts.space();
        this.log = parts.log();
        this.table = parts.table();
        this.flush = parts.flush();
        this.cleaner = new Cleaner(parts);
        this.syncer = thread("magma-log-sync", this::syncing);
        this.keeper = thread("magma-storage-upkeep", this::keeping);
    }

    private static Thread thread(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        return thread;
    }

    void start() {
        syncer.start();
        keeper.start();
    }

    /** Ends both threads; what they were doing is finished. */
    void stop() {
        stopped = true;
        LockSupport.unpark(syncer);
        LockSupport.unpark(keeper);
        boolean interrupted = false;
        for (Thread thread : new Thread[] {syncer, keeper}) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Something was committed. */
    void committed() {
        long now = System.nanoTime();
        lastCommit = now;
        if (!wanted
                && (table.view().active().weight() >= settings.tableBytes() || flush.lag() >= settings.replayBytes())) {
            wanted = true;
            LockSupport.unpark(keeper);
        }
    }

    /** Holds the caller back while the table is much larger than it should be. */
    void awaitRoom() throws StorageException {
        if (table.view().weight() < 2 * settings.tableBytes()) {
            return;
        }
        lock.lock();
        try {
            while (table.view().weight() >= 2 * settings.tableBytes() && !stopped) {
                log.usable();
                if (flushFails) {
                    throw new StorageException(
                            "the index cannot be written, and memory is full of what it should take over: see the log file");
                }
                wanted = true;
                LockSupport.unpark(keeper);
                room.awaitNanos(TICK_NANOS);
            }
        } catch (InterruptedException e) {
            // Held back no longer: the caller has reasons to hurry.
            Thread.currentThread().interrupt();
        } finally {
            lock.unlock();
        }
    }

    private void syncing() {
        long nanos = settings.syncInterval().toNanos();
        long marked = log.end();
        while (!stopped && log.isUsable()) {
            log.awaitWritten(marked, QUIET_NANOS);
            pause(nanos);
            try {
                long written = log.written();
                if (written <= marked || !log.isUsable()) {
                    continue;
                }
                boolean quiet = written <= log.synced();
                log.sync(written);
                if (quiet && log.end() == written) {
                    // Nothing was appended since the last sync that could have recorded it.
                    FrameWriter mark = log.scratch().writer;
                    mark.mark();
                    marked = log.append(at -> {}) + mark.length();
                }
            } catch (StorageException e) {
                LOG.error("The log cannot be synced: {}", e.getMessage(), e);
            } catch (RuntimeException | Error e) {
                log.fail("syncing the log", new IllegalStateException(e));
                LOG.error("Syncing the log broke off. Nothing more is written", e);
                return;
            }
        }
    }

    private void pause(long nanos) {
        if (!stopped) {
            LockSupport.parkNanos(nanos);
        }
    }

    private void keeping() {
        while (!stopped) {
            pause(isQuiet() ? QUIET_NANOS : TICK_NANOS);
            if (stopped || !log.isUsable()) {
                continue;
            }
            try {
                if (due(System.nanoTime())) {
                    flush();
                }
                clean();
                forget(System.nanoTime());
                failing = false;
            } catch (StorageException e) {
                failed(e);
            } catch (RuntimeException | Error e) {
                log.fail("upkeep of the storage", new IllegalStateException(e));
                LOG.error("Upkeep of the storage broke. Nothing more is written", e);
                return;
            }
        }
    }

    /** What fails, fails at each try, as while a disk is full: it is told once a minute. */
    private void failed(StorageException cause) {
        long now = System.nanoTime();
        if (!failing || now - told > TELL_NANOS) {
            failing = true;
            told = now;
            LOG.error("Upkeep of the storage failed; it is tried again and again: {}", cause.getMessage(), cause);
        }
    }

    /** Nothing waits for the index, and the cleaner has found nothing to do. What comes now may wait a little longer than usual. */
    private boolean isQuiet() {
        return table.view().weight() == 0 && !cleaner.isBusy();
    }

    private void forget(long now) {
        if (table.wasUsed() || !isQuiet()) {
            lastUse = now;
            forgotten = false;
        } else if (!forgotten && now - lastUse >= UNUSED_NANOS) {
            table.forget();
            forgotten = true;
        }
    }

    private boolean due(long now) {
        if (table.view().weight() == 0) {
            firstCommit = now;
            return flush.lag() >= settings.replayBytes();
        }
        return wanted
                || table.view().frozen().size() > 0
                || flush.lag() >= settings.replayBytes()
                || now - lastCommit >= IDLE_NANOS
                || now - firstCommit >= Math.max(AGE_NANOS, AGE_FACTOR * flushNanos);
    }

    /** Carries everything that is committed to the index. */
    void flush() throws StorageException {
        work.lock();
        try {
            wanted = false;
            long start = System.nanoTime();
            run();
            firstCommit = System.nanoTime();
            flushNanos = firstCommit - start;
        } finally {
            work.unlock();
            lock.lock();
            try {
                room.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** As {@link #flush}, when nothing is written any more: the log tells what is committed, too. */
    void end() throws StorageException {
        try {
            flush.tellLastCommits();
        } catch (StorageFullException e) {
            LOG.info("The log has no room to tell what is committed; the index tells it: {}", e.getMessage());
        }
        flush();
    }

    private void run() throws StorageException {
        boolean done = false;
        try {
            flush.run();
            done = true;
        } finally {
            flushFails = !done;
        }
    }

    private void clean() throws StorageException {
        work.lock();
        try {
            if (cleaner.copy(allowance())) {
                flush();
                cleaner.delete();
            }
        } finally {
            work.unlock();
        }
    }

    /** What may be copied in a tick; while space is short there is no limit but that a flush must not wait for long. */
    private long allowance() throws StorageException {
        long tick = Math.max(1, settings.cleanerBytesPerSecond() * TICK_NANOS / TimeUnit.SECONDS.toNanos(1));
        return space.isShort() ? Math.max(tick, SHORT_BYTES) : tick;
    }

    /** Flushes and cleans until there is nothing more worth it. */
    void settle() throws StorageException {
        work.lock();
        try {
            flush();
            while (cleaner.copy(Long.MAX_VALUE)) {
                flush();
                cleaner.delete();
            }
        } finally {
            work.unlock();
        }
    }
}
