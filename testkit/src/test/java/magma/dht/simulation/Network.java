package magma.dht.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import magma.dht.replication.ReplicationEvent;
import magma.dht.replication.ReplicationMessage;
import magma.dht.replication.ReplicationSettings;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;

/** Vulcanos, their council, and what lies between them. */
final class Network {
    private final Timeline timeline = new Timeline();
    private final Net net;
    private final Random random;
    private final Rules rules;
    private final ReplicationSettings settings;
    private final double syncs;
    private final SimulatedCouncil council;
    private final Invariants invariants;
    private final Counts counts = new Counts();
    private final List<SimulatedVulcano> vulcanos = new ArrayList<>();
    private IntConsumer truncations = number -> {};

    Network(int size, Random random, Rules rules) {
        this.random = random;
        this.rules = rules;
        this.net = new Net(timeline, random);
        this.settings = settings(random);
        this.syncs = random.nextInt(3) == 0 ? 0 : 0.25;
        TreeSet<VulcanoId> replicas = new TreeSet<>();
        int first = random.nextInt(3) == 0 ? 1 : Math.min(3, size);
        for (int number = 0; number < size; number++) {
            if (number < first) {
                replicas.add(SimulatedVulcano.id(number));
            }
            vulcanos.add(new SimulatedVulcano(number, this, random));
        }
        this.council = new SimulatedCouncil(net, SliceConfig.first(SimulatedVulcano.id(0), replicas));
        this.invariants = new Invariants(this);
        council.watch(invariants::decided);
        vulcanos.forEach(SimulatedVulcano::start);
    }

    /** Often so that little is kept, and messages are short. */
    private static ReplicationSettings settings(Random random) {
        ReplicationSettings usual = ReplicationSettings.standard();
        int few = 1 + random.nextInt(12);
        int batch = random.nextBoolean() ? 64 : 1 + random.nextInt(8);
        boolean keeps = random.nextInt(2) == 0;
        return new ReplicationSettings(
                usual.beacon(),
                usual.lease(),
                usual.grace(),
                batch,
                random.nextBoolean() ? 1 << 20 : 500,
                keeps ? 4096 : 4 * few,
                keeps || random.nextBoolean() ? 1 << 20 : 600L * few);
    }

    Timeline timeline() {
        return timeline;
    }

    Net net() {
        return net;
    }

    Rules rules() {
        return rules;
    }

    ReplicationSettings settings() {
        return settings;
    }

    SimulatedCouncil council() {
        return council;
    }

    /** Which part of the changes is to be synced. */
    double syncs() {
        return syncs;
    }

    Counts counts() {
        return counts;
    }

    Invariants invariants() {
        return invariants;
    }

    List<SimulatedVulcano> vulcanos() {
        return vulcanos;
    }

    SimulatedVulcano vulcano(int number) {
        return vulcanos.get(number);
    }

    void send(int from, int to, ReplicationMessage<Change> message) {
        invariants.sent(to, message);
        net.carry(
                from,
                to,
                () -> vulcano(to).happen(new ReplicationEvent.Received<>(SimulatedVulcano.id(from), message)));
    }

    /** @param watcher is told the number of each vulcano whose log was cut */
    void watchTruncations(IntConsumer watcher) {
        truncations = watcher;
    }

    void truncated(int number) {
        truncations.accept(number);
    }

    /** What the process beside a vulcano's says when that has ended. */
    void tellDeath(int number, long incarnation) {
        for (int other = 0; other < vulcanos.size(); other++) {
            int to = other;
            if (to != number) {
                timeline.after(
                        (long) (random.nextDouble() * 400_000_000),
                        () -> net.carry(
                                number,
                                to,
                                () -> vulcano(to)
                                        .happen(new ReplicationEvent.Died<>(
                                                SimulatedVulcano.id(number), incarnation))));
            }
        }
    }
}
