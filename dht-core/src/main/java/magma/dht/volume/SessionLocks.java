package magma.dht.volume;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import magma.dht.lock.LockTable;
import magma.dht.lock.LockTable.Holder;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;

/** The locks that one session holds and waits for. */
final class SessionLocks {
    private final LavaVolume volume;
    private final long session;

    /** @param session tells its owners from those of other sessions */
    SessionLocks(LavaVolume volume, long session) {
        this.volume = volume;
        this.session = session;
    }

    CompletableFuture<Void> take(Key file, Lock lock, boolean wait) {
        LockRequest request = new LockRequest(volume);
        try {
            volume.namespace().flare(file);
        } catch (FsException e) {
            request.completeExceptionally(e);
            return request;
        }
        volume.locking(table -> table.request(file, holder(lock.owner()), lock, wait, request));
        return request;
    }

    private Holder holder(Lock.Owner owner) {
        return new Holder(session, owner);
    }

    void release(Key file, Lock.Family family, Lock.Owner owner, Lock.Range range) {
        volume.locking(table -> table.release(file, family, holder(owner), range));
    }

    Optional<Lock> conflict(Key file, Lock lock) {
        return volume.lockTable((LockTable<LockRequest> table) -> table.conflict(file, holder(lock.owner()), lock));
    }

    /** Releases all, and gives up what is waited for. */
    void end() {
        List<LockRequest> abandoned = new ArrayList<>();
        volume.locking(table -> table.releaseAll(session, abandoned));
        abandoned.forEach(request -> request.completeExceptionally(closed()));
    }

    /** The answer of a session that has ended. */
    CompletableFuture<Void> refused() {
        LockRequest request = new LockRequest(volume);
        request.completeExceptionally(closed());
        return request;
    }

    private static FsException closed() {
        return new FsException(Errno.ENOTCONN, "the session is closed");
    }
}
