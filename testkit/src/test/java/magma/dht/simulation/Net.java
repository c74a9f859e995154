package magma.dht.simulation;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/** Carries what is sent: late, out of order, twice, or not at all; not where it is cut, one way or both. */
final class Net {
    static final int COUNCIL = -1;

    /** How long a message may lie about before it comes once more. */
    private static final long LATE = 8_000_000_000L;

    private record Way(int from, int to) {}

    private final Timeline timeline;
    private final Random random;
    private final Set<Way> cuts = new HashSet<>();
    private double loss;
    private double doubling;
    private long delay = 1_000_000;

    Net(Timeline timeline, Random random) {
        this.timeline = timeline;
        this.random = random;
    }

    /** @param spread the longest delay, nanoseconds */
    void weather(double lost, double doubled, long spread) {
        loss = lost;
        doubling = doubled;
        delay = spread;
    }

    void cut(int from, int to) {
        cuts.add(new Way(from, to));
    }

    void heal() {
        cuts.clear();
    }

    void carry(int from, int to, Runnable delivery) {
        int times = random.nextDouble() < loss ? 0 : random.nextDouble() < doubling ? 2 : 1;
        for (int i = 0; i < times; i++) {
            deliver(from, to, delay, delivery);
        }
        if (random.nextDouble() < doubling / 4) {
            deliver(from, to, LATE, delivery);
        }
    }

    private void deliver(int from, int to, long spread, Runnable delivery) {
        timeline.after(1 + (long) (random.nextDouble() * spread), () -> {
            if (!cuts.contains(new Way(from, to))) {
                delivery.run();
            }
        });
    }
}
