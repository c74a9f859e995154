package magma.vulcano;

import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import magma.dht.front.FrontVolume;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.netty.WireListener;

/** What sessions of this vulcano's clients, and of others' relays, do about changes of the network; all of it soon, and in the background. Safe for all threads. */
final class ServedSessions {
    private final FrontVolume front;
    private final WireListener listener;
    private final Executor background;
    private final Supplier<Set<VulcanoId>> full;
    private final AtomicBoolean moving = new AtomicBoolean();

    /** @param full those whose disks are full */
    ServedSessions(FrontVolume front, WireListener listener, Executor background, Supplier<Set<VulcanoId>> full) {
        this.front = front;
        this.listener = listener;
        this.background = background;
        this.full = full;
    }

    /** They go where their files are led now; once for many slices. */
    void move() {
        if (moving.compareAndSet(false, true)) {
            background.execute(() -> {
                moving.set(false);
                front.changed();
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
