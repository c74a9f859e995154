package magma.dht.volume;

import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import magma.dht.lock.LockTable.Holder;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;

/** The locks that one session holds, and those that it waits for as long as there is contact. */
final class SessionLocks {
    private final FileLocks locks;
    private final UUID session;
    private final BooleanSupplier isOver;
    private final Set<LockRequest> asked = ConcurrentHashMap.newKeySet();

    /** @param isOver whether nothing may be asked for any more */
    SessionLocks(FileLocks locks, UUID session, BooleanSupplier isOver) {
        this.locks = locks;
        this.session = session;
        this.isOver = isOver;
    }

    CompletableFuture<Void> take(Key file, Lock lock, boolean wait) {
        LockRequest request = new LockRequest(locks, file, holder(lock.owner()), lock, wait, isOver);
        asked.add(request);
        CompletableFuture<Void> unused = request.whenComplete((granted, refused) -> asked.remove(request));
        locks.take(request);
        return request;
    }

    private Holder holder(Lock.Owner owner) {
        return new Holder(session, owner);
    }

    void release(Key file, Lock.Family family, Lock.Owner owner, Lock.Range range) throws FsException {
        locks.release(file, family, holder(owner), range);
    }

    Optional<Lock> conflict(Key file, Lock lock) throws FsException {
        return locks.conflict(file, holder(lock.owner()), lock);
    }

    /** Whether the lock's owner has its range still, whichever way it was locked since. */
    boolean holds(Key file, Lock lock) throws FsException {
        return locks.holds(file, lock.family(), holder(lock.owner()), lock.range());
    }

    /** Gives up what is waited for. */
    void abandon(FsException why) {
        for (LockRequest request : asked) {
            if (locks.withdraw(request)) {
                request.completeExceptionally(why);
            }
        }
    }

    /**
     * Releases all.
     *
     * @param isKnown whether a session is known again, and keeps what was not released yet
     */
    void end(Predicate<UUID> isKnown) {
        locks.endSession(session, isKnown);
    }
}
