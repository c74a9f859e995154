package magma.dht.volume;

import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import magma.dht.lock.LockTable;
import magma.dht.lock.LockTable.Holder;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;

/** The answer to a request for a lock. Cancelling it withdraws the request; a lock that is granted stays. */
final class LockRequest extends CompletableFuture<Void> {
    private final FileLocks locks;
    private final Key file;
    private final Holder holder;
    private final Lock lock;
    private final boolean wait;
    private final BooleanSupplier isOver;

    /** Guarded by the table. */
    private boolean isAsked;

    private boolean isWithdrawn;

    /** @param isOver whether the session that asks has ended meanwhile */
    LockRequest(FileLocks locks, Key file, Holder holder, Lock lock, boolean wait, BooleanSupplier isOver) {
        this.locks = locks;
        this.file = file;
        this.holder = holder;
        this.lock = lock;
        this.wait = wait;
        this.isOver = isOver;
    }

    Key file() {
        return file;
    }

    /** Asks the table, which must not change meanwhile. @throws FsException EINTR, ENOTCONN when it is not wanted any more */
    LockTable.Decided<LockRequest> ask(LockTable<LockRequest> table) throws FsException {
        if (isWithdrawn) {
            throw new FsException(Errno.EINTR, "the request was withdrawn");
        }
        if (isOver.getAsBoolean()) {
            throw new FsException(Errno.ENOTCONN, "the session is closed");
        }
        isAsked = true;
        return table.request(file, holder, lock, wait, this);
    }

    /** Takes the request back; the table must not change meanwhile. @return false when it is decided already */
    boolean withdraw(LockTable<LockRequest> table) {
        if (isAsked || isWithdrawn) {
            return table.withdraw(this);
        }
        isWithdrawn = true;
        return true;
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        return locks.withdraw(this) && super.cancel(mayInterrupt);
    }
}
