package magma.dht.volume;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import magma.dht.namespace.Namespace;
import magma.dht.record.Cleaning;
import magma.dht.record.Flare;
import magma.dht.routing.Slices;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;

/**
 * The content of one file that is open, shared by all who have it open: one writes at a time, many read, and what waits to be stored is stored when asked for
 * or in the background. {@link ContentState} knows how. It counts as long as the term in which it came to be: from then on all fails with EREMOTE, and nothing is stored.
 *
 * <p><b>Lock order.</b> {@link #lock} is taken before a slice's turn, never the other way round.
 */
final class FileContent {
    /** So many truncations of a file there may be in one term. */
    private static final int GENERATION_SHIFT = 20;

    private final Key key;
    private final Term term;
    private final FlareCommits commits;
    private final StoreFailures failures;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();

    /** Read with the lock shared, changed with it held alone. */
    private final ContentState state;

    private final Onlookers onlookers = new Onlookers();
    private volatile boolean isRead;
    private volatile long pendingSince;

    /** Whether the term is known to be over, or what the file's record is not known any more. Never false again. */
    private volatile boolean isLost;

    FileContent(Key key, Flare flare, Term term, Namespace namespace, ChunkStore chunks, SpaceCredit credit) {
        this.key = key;
        this.term = term;
        this.commits = new FlareCommits(key, flare, term, namespace, () -> isLost = true);
        this.failures = new StoreFailures(key);
        this.state = new ContentState(
                flare,
                chunks,
                commits,
                term.number() << GENERATION_SHIFT,
                new InlineBytes(key, namespace, flare.content().inline() && flare.size() > 0),
                credit);
    }

    Key key() {
        return key;
    }

    Term term() {
        return term;
    }

    /** Whether it came to be in that term, and that may last still. */
    boolean isOf(Term other) {
        return !isLost && term.equals(other);
    }

    /** The term is over. */
    void lost() {
        isLost = true;
    }

    /** Whether the term is over for sure. */
    boolean isLost() {
        if (!isLost && term.isFollowed()) {
            isLost = true;
        }
        return isLost;
    }

    /** @throws FsException EREMOTE when the term is over */
    void demandHome() throws FsException {
        if (isLost) {
            throw Term.elsewhere(term.slice());
        }
        term.demand();
    }

    /** Somebody gave the file a capability. */
    void capabilityGiven() {
        commits.capabilityGiven();
    }

    /** Nanoseconds, by {@link System#nanoTime}, since when something waits to be stored; 0 when nothing does. */
    long pendingSince() {
        return pendingSince;
    }

    /** Who may know something of it. */
    Onlookers onlookers() {
        return onlookers;
    }

    /** What failed in the background. */
    StoreFailures failures() {
        return failures;
    }

    int read(ByteBuffer to, long offset) throws FsException {
        lock.readLock().lock();
        try {
            demandHome();
            return state.read(to, offset);
        } finally {
            lock.readLock().unlock();
        }
    }

    /** Notes that somebody read, and that atime is to move if that is due. */
    void touchRead(Instant now) {
        if (!isRead && (state.isChanged() || commits.isAccessDue(now))) {
            isRead = true;
            pending();
        }
    }

    /** Writes all of {@code from}. */
    int write(ByteBuffer from, long offset, boolean dropPrivileges) throws FsException {
        lock.writeLock().lock();
        try {
            demandHome();
            return writeLocked(from, offset, dropPrivileges);
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Writes at the end. @return where that was */
    long append(ByteBuffer from, boolean dropPrivileges) throws FsException {
        lock.writeLock().lock();
        try {
            demandHome();
            long offset = state.size();
            writeLocked(from, offset, dropPrivileges);
            return offset;
        } finally {
            lock.writeLock().unlock();
        }
    }

    private int writeLocked(ByteBuffer from, long offset, boolean dropPrivileges) throws FsException {
        int length = state.write(from, offset);
        if (length > 0) {
            commits.dropPrivileges(dropPrivileges);
            pending();
        }
        return length;
    }

    private void pending() {
        if (pendingSince == 0) {
            pendingSince = Math.max(1, System.nanoTime());
        }
    }

    /** Stores everything that waits. On return it survives the death of the process. */
    void flush() throws FsException {
        boolean isStored = pendingSince == 0;
        // After looking: where the term was over before, what waited may have been given up.
        demandHome();
        if (isStored) {
            return;
        }
        lock.writeLock().lock();
        try {
            if (pendingSince != 0) {
                flushLocked();
            } else {
                demandHome();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    /**
     * Stores everything that waits in one step with another change of the flare.
     *
     * @return false when that cannot be, or nothing waits: then nothing was done
     */
    boolean flushWith(FlareCommits.Company company) throws FsException {
        if (pendingSince == 0) {
            return false;
        }
        lock.writeLock().lock();
        try {
            demandHome();
            if (!state.isChanged() || !commits.isSimple()) {
                return false;
            }
            commits.with(company);
            flushLocked();
            return true;
        } finally {
            commits.with(null);
            lock.writeLock().unlock();
        }
    }

    /** Stores everything that waits. On return all that is stored of the file survives a loss of power. */
    void sync() throws FsException {
        Slices.Syncing syncing;
        lock.writeLock().lock();
        try {
            demandHome();
            syncing = state.storeSynced(isRead);
            stored();
        } finally {
            lock.writeLock().unlock();
        }
        syncing.await();
    }

    private void flushLocked() throws FsException {
        state.store(isRead);
        stored();
    }

    /** Nothing waits to be stored any more. */
    private void stored() {
        isRead = false;
        pendingSince = 0;
        failures.stored();
    }

    /** Flushes in the background. After a failure everything waits still, and those who have the file open are told. */
    void flushInBackground() {
        try {
            flush();
        } catch (FsException e) {
            if (e.errno() != Errno.EREMOTE) {
                failures.failed(e);
            }
        } catch (RuntimeException | Error e) {
            failures.broke(e);
        }
    }

    /** Gives up what could not be stored: nobody is left to tell. On return nothing is under way; where the term is over, or taken to be, nothing is stored from here any more. */
    void drop() {
        lock.writeLock().lock();
        try {
            state.drop();
            isRead = false;
            pendingSince = 0;
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Cuts the file, or lengthens it by a hole. */
    void truncate(long length, boolean dropPrivileges) throws FsException {
        lock.writeLock().lock();
        try {
            demandHome();
            commits.dropPrivileges(dropPrivileges);
            pending();
            if (length > state.size()) {
                state.extend(length);
                flushLocked();
            } else {
                state.shorten(length, isRead);
                stored();
                state.cleanBehindCut();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Lengthens the file by a hole where it is shorter; mtime and ctime move in any case. */
    void extendTo(long length, boolean dropPrivileges) throws FsException {
        lock.writeLock().lock();
        try {
            demandHome();
            commits.dropPrivileges(dropPrivileges);
            pending();
            state.extend(Math.max(state.size(), length));
            flushLocked();
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Moves mtime and ctime. */
    void touch(boolean dropPrivileges) throws FsException {
        extendTo(0, dropPrivileges);
    }

    /** Makes a hole. */
    void punch(long offset, long end, boolean dropPrivileges) throws FsException {
        lock.writeLock().lock();
        try {
            demandHome();
            commits.dropPrivileges(dropPrivileges);
            pending();
            state.punch(offset, end);
            flushLocked();
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Makes holes of the bytes in some chunks that no longer count, and forgets the cuts up to {@code generation}. Others get their turn in between. */
    void clean(long generation, Cleaning cleaning) throws FsException {
        long freed = state.cleanEach(cleaning, index -> {
            lock.writeLock().lock();
            try {
                demandHome();
                return state.cleanChunk(index);
            } finally {
                lock.writeLock().unlock();
            }
        });
        lock.writeLock().lock();
        try {
            demandHome();
            state.cleaned(generation, cleaning, freed);
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** The size, what waits in memory included. */
    long size() throws FsException {
        lock.readLock().lock();
        try {
            demandHome();
            return state.size();
        } finally {
            lock.readLock().unlock();
        }
    }

    /** The first offset at or after {@code offset} that is in a stored run of bytes, or not; the size when there is none. */
    long seek(long offset, boolean data) throws FsException {
        flush();
        lock.readLock().lock();
        try {
            demandHome();
            return state.seek(offset, data);
        } finally {
            lock.readLock().unlock();
        }
    }
}
