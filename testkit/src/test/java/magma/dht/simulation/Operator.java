package magma.dht.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import magma.dht.replication.Replication;
import magma.dht.replication.ReplicationEvent;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;

/** Moves the slice about: other replicas, another primary; and has vulcanos forget it where it is no more. */
final class Operator {
    private static final long SECOND = 1_000_000_000;
    private static final int SELF = 2000;

    private final Network network;
    private final Random random;
    private final double restless;
    private boolean over;

    /** @param restless how often in a second something is moved, about */
    Operator(Network network, Random random, double restless) {
        this.network = network;
        this.random = random;
        this.restless = restless;
    }

    void start() {
        if (restless == 0) {
            return;
        }
        network.timeline().after((long) (random.nextDouble() * 2 * SECOND / restless), () -> {
            if (!over) {
                act();
                start();
            }
        });
    }

    void end() {
        over = true;
        network.council().read(SELF, this::tell);
        // What was asked of the council before may come to it late.
        network.timeline().after(10 * SECOND, () -> network.council().read(SELF, this::tell));
    }

    private void act() {
        switch (random.nextInt(4)) {
            case 0, 1 -> handOver();
            case 2 -> network.council().read(SELF, this::place);
            default -> forget();
        }
    }

    private void handOver() {
        for (SimulatedVulcano vulcano : network.vulcanos()) {
            Replication<Change> replication = vulcano.replication();
            SliceConfig config = replication == null ? null : replication.config();
            if (replication != null && config != null && replication.isPrimary()) {
                List<VulcanoId> others = new ArrayList<>(config.inSync());
                vulcano.happen(new ReplicationEvent.Yield<>(others.get(random.nextInt(others.size()))));
            }
        }
    }

    private void place(SliceConfig config) {
        SliceConfig next = Placing.next(config, network.vulcanos().size(), random);
        if (next != null) {
            network.council().compareAndSet(SELF, next, this::placed);
            network.counts().placements++;
        }
    }

    /** A primary is told, mostly at once. */
    private void placed(SliceConfig config) {
        if (random.nextInt(3) > 0) {
            tell(config);
        }
    }

    /** Never an older word than a process may have heard before: the replica of one that begins anew takes the first for what it was when that began. */
    private void tell(SliceConfig config) {
        int primary = SimulatedVulcano.number(config.primary());
        network.net().carry(SELF, primary, () -> {
            Life life = network.vulcano(primary).life();
            if (life != null && config.epoch() >= life.bornIn()) {
                network.vulcano(primary).happen(new ReplicationEvent.Learned<>(config));
            }
        });
    }

    private void forget() {
        for (SimulatedVulcano vulcano : network.vulcanos()) {
            Replication<Change> replication = vulcano.replication();
            SliceConfig config = replication == null ? null : replication.config();
            if (config != null && !config.replicas().contains(SimulatedVulcano.id(vulcano.number()))) {
                vulcano.discard();
            }
        }
    }
}
