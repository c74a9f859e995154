package magma.testkit.fs;

import java.util.concurrent.CompletableFuture;

/** The answer to a request for a lock. Cancelling it withdraws the request; a lock that is granted stays. */
final class PendingLock extends CompletableFuture<Void> {
    private final MemoryVolume volume;

    PendingLock(MemoryVolume volume) {
        this.volume = volume;
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        boolean[] withdrawn = new boolean[1];
        volume.alone(() -> withdrawn[0] = volume.locks().withdraw(this));
        return withdrawn[0] && super.cancel(mayInterrupt);
    }
}
