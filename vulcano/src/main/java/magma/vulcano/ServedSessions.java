package magma.vulcano;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import magma.dht.front.FrontVolume;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.netty.WireListener;

/** What sessions of this vulcano's clients, and of others' relays, do about changes of the network; all of it soon, and in the background. Safe for all threads. */
final class ServedSessions {
    private static final long AGAIN_MILLIS = 200;
    private static final int ATTEMPTS = 50;

    private final FrontVolume front;
    private final WireListener listener;
    private final Executor background;
    private final Supplier<Set<VulcanoId>> full;
    private final Executor later;
    private final AtomicBoolean moving = new AtomicBoolean();

    /** Whether they go once more in a while. */
    private final AtomicBoolean again = new AtomicBoolean();

    /** @param full those whose disks are full */
    ServedSessions(FrontVolume front, WireListener listener, Executor background, Supplier<Set<VulcanoId>> full) {
        this.front = front;
        this.listener = listener;
        this.background = background;
        this.full = full;
        this.later = CompletableFuture.delayedExecutor(AGAIN_MILLIS, TimeUnit.MILLISECONDS, background);
    }

    /** They go where their files are led now; once for many slices. */
    void move() {
        move(ATTEMPTS);
    }

    /** One that is up may still be starting: sessions are to be there before it leads what they use. */
    private void move(int attempts) {
        if (moving.compareAndSet(false, true)) {
            background.execute(() -> {
                moving.set(false);
                CompletableFuture<Void> unused = front.changed().thenAccept(all -> {
                    if (!all && attempts > 1 && again.compareAndSet(false, true)) {
                        later.execute(() -> {
                            again.set(false);
                            move(attempts - 1);
                        });
                    }
                });
            });
        }
    }

    /** A primary did not hand over: answers from there are nobody's any more. */
    void abandon(VulcanoId primary) {
        background.execute(() -> front.lost(primary));
    }

    /** A vulcano is dead, hangs, or is cut off: what was changed need not wait until its clients have confirmed that they know. One whose disk is full serves them on. */
    void cutOff(VulcanoId vulcano) {
        // Elsewhere, also since the caller may be in a replica's turn.
        background.execute(() -> {
            if (!full.get().contains(vulcano)) {
                listener.endRelays(vulcano);
            }
        });
    }
}
