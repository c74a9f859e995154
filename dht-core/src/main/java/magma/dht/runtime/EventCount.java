package magma.dht.runtime;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How often something has happened, or how far it has come: never less than before, and to be waited for (Reed and Kanodia, "Synchronization with Eventcounts and
 * Sequencers", CACM 22(2), 1979). Begins at 0. Safe for all threads.
 */
public final class EventCount {
    private long count;

    public synchronized long read() {
        return count;
    }

    /** Once more. */
    public synchronized void advance() {
        count++;
        notifyAll();
    }

    /** Nothing happens where it has come as far. */
    public synchronized void advanceTo(long reached) {
        if (reached > count) {
            count = reached;
            notifyAll();
        }
    }

    /**
     * Waits until it has come to {@code value}, or the time is over.
     *
     * @param patience with none, or less, it only looks
     * @return whether it has
     */
    public synchronized boolean await(long value, Duration patience) throws InterruptedException {
        long until = System.nanoTime() + patience.toNanos();
        for (long left = patience.toNanos(); count < value && left > 0; left = until - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return count >= value;
    }
}
