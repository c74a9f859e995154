package magma.dht.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import magma.dht.replication.ReplicationSettings;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.SliceMap;
import org.jspecify.annotations.Nullable;

/** Vulcanos as they are, over storage in memory, and what lies between them. */
final class HostNetwork {
    static final SliceMap MAP = SliceMap.even(1);
    static final long SLICE = MAP.slices().get(0).number();

    private final Timeline timeline = new Timeline();
    private final Random random;
    private final Net net;
    private final ReplicationSettings settings;
    private final SimulatedCouncil council;
    private final List<HostedVulcano> vulcanos = new ArrayList<>();
    private final Counts counts = new Counts();
    private Invariants.@Nullable Violation violation;

    HostNetwork(int size, Random random) {
        this.random = random;
        this.net = new Net(timeline, random);
        this.settings = settings(random);
        TreeSet<VulcanoId> replicas = new TreeSet<>();
        int first = random.nextInt(3) == 0 ? 1 : Math.min(3, size);
        for (int number = 0; number < size; number++) {
            if (number < first) {
                replicas.add(SimulatedVulcano.id(number));
            }
        }
        this.council = new SimulatedCouncil(net, SliceConfig.first(SimulatedVulcano.id(0), replicas));
        for (int number = 0; number < size; number++) {
            vulcanos.add(new HostedVulcano(number, this));
        }
        vulcanos.forEach(HostedVulcano::start);
    }

    /** Often so that little is kept of the log, and copies have to be made. */
    private static ReplicationSettings settings(Random random) {
        ReplicationSettings usual = ReplicationSettings.standard();
        return new ReplicationSettings(
                usual.beacon(),
                usual.lease(),
                usual.grace(),
                random.nextBoolean() ? usual.batch() : 1 + random.nextInt(8),
                usual.batchBytes(),
                random.nextBoolean() ? usual.retainedEntries() : 4 * (1 + random.nextInt(12)),
                usual.retainedBytes());
    }

    Timeline timeline() {
        return timeline;
    }

    Random random() {
        return random;
    }

    Net net() {
        return net;
    }

    ReplicationSettings settings() {
        return settings;
    }

    SimulatedCouncil council() {
        return council;
    }

    Counts counts() {
        return counts;
    }

    List<HostedVulcano> vulcanos() {
        return vulcanos;
    }

    HostedVulcano vulcano(int number) {
        return vulcanos.get(number);
    }

    void runUntil(long time) {
        while (runNext(time)) {}
        timeline.runUntil(time);
    }

    /**
     * Does what is to be done next, if that is at {@code latest}; then at most one answers for the slice. May be called in the middle of something.
     *
     * @return false where there is nothing until then
     */
    boolean runNext(long latest) {
        Invariants.Violation before = violation;
        if (before != null) {
            throw before;
        }
        try {
            boolean goesOn = timeline.runNext(latest);
            demandOneLeader();
            return goesOn;
        } catch (Invariants.Violation e) {
            // Whoever called in the middle of something may make little of it.
            violation = e;
            throw e;
        }
    }

    private void demandOneLeader() {
        HostedVulcano leader = null;
        for (HostedVulcano vulcano : vulcanos) {
            if (vulcano.isSure()) {
                if (leader != null) {
                    throw new Invariants.Violation(
                            "vulcanos " + leader.number() + " and " + vulcano.number() + " answer for the slice");
                }
                leader = vulcano;
            }
        }
    }
}
