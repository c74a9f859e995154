package magma.dht.volume;

import java.util.concurrent.CompletableFuture;
import magma.dht.lock.LockTable;

/** The answer to a request for a lock. Cancelling it withdraws the request; a lock that is granted stays. */
final class LockRequest extends CompletableFuture<Void> {
    private final LavaVolume volume;

    LockRequest(LavaVolume volume) {
        this.volume = volume;
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        boolean withdrawn = volume.lockTable((LockTable<LockRequest> table) -> table.withdraw(this));
        return withdrawn && super.cancel(mayInterrupt);
    }
}
