package magma.dht.simulation;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;

/** Carries what is sent: late, out of order, twice, or not at all; not where it is cut, one way or both. */
final class Net {
    static final int COUNCIL = -1;

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
            timeline.after(1 + (long) (random.nextDouble() * delay), () -> {
                if (!cuts.contains(new Way(from, to))) {
                    delivery.run();
                }
            });
        }
    }
}
