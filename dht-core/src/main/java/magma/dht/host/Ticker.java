package magma.dht.host;

import java.util.Collection;
import java.util.function.LongSupplier;

/** Tells replicas of the time when they want to be told: one thread, which sleeps until the next is due. */
final class Ticker implements AutoCloseable {
    private static final long LONGEST_SLEEP_MILLIS = 100;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final ReplicaPorts.Time time;
    private final LongSupplier available;
    private final Collection<HostedReplica> replicas;
    private final Thread thread = new Thread(this::run, "magma-ticker");
    private boolean closed;

    /**
     * @param available how many bytes the disk can take
     * @param replicas grows while this runs
     */
    Ticker(ReplicaPorts.Time time, LongSupplier available, Collection<HostedReplica> replicas) {
        this.time = time;
        this.available = available;
        this.replicas = replicas;
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        try {
            do {
                long now = time.nanos();
                long room = available.getAsLong();
                long next = now + LONGEST_SLEEP_MILLIS * NANOS_PER_MILLI;
                for (HostedReplica replica : replicas) {
                    long due = replica.nextTick();
                    if (due - now <= 0) {
                        replica.tick(room);
                    } else if (due - next < 0) {
                        next = due;
                    }
                }
                sleep((next - time.nanos()) / NANOS_PER_MILLI);
            } while (!isClosed());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void sleep(long millis) throws InterruptedException {
        if (!closed) {
            // At least a little, so that those due at about the same time are told together.
            wait(Math.max(10, Math.min(millis, LONGEST_SLEEP_MILLIS)));
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /** There is one more. */
    synchronized void wake() {
        notifyAll();
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
