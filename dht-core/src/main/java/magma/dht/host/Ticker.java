package magma.dht.host;

import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** Tells replicas of the time when they want to be told. Once started, a thread does, which sleeps until the next is due. */
final class Ticker implements AutoCloseable {
    private static final long LEAST_SLEEP_MILLIS = 10;
    private static final long LONGEST_SLEEP_MILLIS = 100;
    private static final long NANOS_PER_MILLI = 1_000_000;

    /** How often the disk is asked while no replica is due. */
    private static final long ROOM_NANOS = 500 * NANOS_PER_MILLI;

    /** The part of the room on the disk by which it changes before that is told. */
    private static final int ROOM_STEPS = 16;

    private final ReplicaPorts.Time time;
    private final LongSupplier available;
    private final Collection<HostedReplica> replicas;
    private final Thread thread = new Thread(this::run, "magma-ticker");
    private final CountDownLatch closing = new CountDownLatch(1);
    private long told;
    private long room;
    private long asked;

    /**
     * @param available how many bytes the disk can take
     * @param replicas grows while this runs
     */
    Ticker(ReplicaPorts.Time time, LongSupplier available, Collection<HostedReplica> replicas) {
        this.time = time;
        this.available = available;
        this.replicas = replicas;
        this.asked = time.nanos() - ROOM_NANOS;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            long pause;
            do {
                pause = look();
            } while (!closing.await(pause, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Tells those that are due. One thread at a time.
     *
     * @return in how many milliseconds to look again
     */
    long look() {
        long now = time.nanos();
        boolean isFresh = false;
        if (now - asked >= ROOM_NANOS) {
            room = available.getAsLong();
            asked = now;
            isFresh = true;
        }
        // A backup that hears its primary is due for nothing else, yet its primary is to know when its disk gets full.
        boolean otherRoom = Math.abs(room - told) > told / ROOM_STEPS;
        told = otherRoom ? room : told;
        long next = now + LONGEST_SLEEP_MILLIS * NANOS_PER_MILLI;
        for (HostedReplica replica : replicas) {
            long due = replica.nextTick();
            if (otherRoom || due - now <= 0) {
                if (!isFresh) {
                    room = available.getAsLong();
                    asked = now;
                    isFresh = true;
                }
                replica.tick(room);
            } else if (due - next < 0) {
                next = due;
            }
        }
        return pause(next - time.nanos());
    }

    /** At least a little, so that those due at about the same time are told together. */
    private static long pause(long nanos) {
        return Math.max(LEAST_SLEEP_MILLIS, Math.min(nanos / NANOS_PER_MILLI, LONGEST_SLEEP_MILLIS));
    }

    @Override
    public void close() {
        closing.countDown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
