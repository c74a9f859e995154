package magma.testkit.lava;

import java.time.Duration;
import java.util.PriorityQueue;
import magma.dht.runtime.Later;
import org.jspecify.annotations.Nullable;

/** Time that passes when the test says so; what is due then runs on the test's thread, in order. */
final class ManualLater implements Later {
    private final PriorityQueue<Due> waiting = new PriorityQueue<>();
    private long now;
    private long count;

    private record Due(long at, long number, Runnable task) implements Comparable<Due> {
        @Override
        public int compareTo(Due other) {
            return at == other.at ? Long.compare(number, other.number) : Long.compare(at, other.at);
        }
    }

    @Override
    public synchronized void run(Duration delay, Runnable task) {
        waiting.add(new Due(now + delay.toNanos(), ++count, task));
    }

    /** Runs what is due by then. */
    void pass(Duration time) {
        long until;
        synchronized (this) {
            until = now + time.toNanos();
        }
        for (Due due = next(until); due != null; due = next(until)) {
            due.task().run();
        }
    }

    private synchronized @Nullable Due next(long until) {
        Due first = waiting.peek();
        if (first == null || first.at() > until) {
            now = until;
            return null;
        }
        now = Math.max(now, first.at());
        return waiting.remove();
    }
}
