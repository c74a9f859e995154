package magma.dht.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;

/** What goes wrong with vulcanos as they are, and what their operator does meanwhile. */
final class HostFaults {
    private static final long SECOND = 1_000_000_000;
    private static final int OPERATOR = 2000;

    private final HostNetwork network;
    private final Random random;
    private final double pause;
    private final double restless;
    private final boolean losesPower;
    private boolean over;

    HostFaults(HostNetwork network) {
        this.network = network;
        this.random = network.random();
        this.pause = random.nextInt(3) == 0 ? 1 : 4;
        this.losesPower = random.nextInt(3) == 0;
        this.restless = new double[] {0.2, 1, 5}[random.nextInt(3)];
    }

    void start() {
        later(
                pause,
                () -> strike(network.vulcano(random.nextInt(network.vulcanos().size()))));
        later(2 / restless, this::move);
    }

    private void later(double most, Runnable what) {
        network.timeline().after((long) (random.nextDouble() * most * SECOND), () -> {
            if (!over) {
                what.run();
                later(most, what);
            }
        });
    }

    /** All is well from now on. */
    void end() {
        over = true;
        network.net().heal();
        network.net().weather(0, 0, 2_000_000);
        network.vulcanos().forEach(HostedVulcano::mend);
    }

    private void strike(HostedVulcano one) {
        int other = random.nextInt(network.vulcanos().size());
        switch (random.nextInt(14)) {
            case 0 -> network.net().cut(one.number(), other);
            case 1 -> {
                network.net().cut(one.number(), other);
                network.net().cut(other, one.number());
            }
            case 2 -> {
                isolate(one.number());
                network.net().cut(one.number(), Net.COUNCIL);
                network.net().cut(Net.COUNCIL, one.number());
            }
            case 3 -> network.net().cut(one.number(), Net.COUNCIL);
            case 4 -> network.net().cut(Net.COUNCIL, one.number());
            case 5 ->
                network.net()
                        .weather(random.nextDouble() * 0.2, random.nextDouble() * 0.2, 1 + random.nextInt(200_000_000));
            case 6 -> network.net().weather(0, 0, 2_000_000);
            case 7 -> restartLater(network, one, false);
            case 8 -> restartLater(network, one, losesPower);
            case 9 -> {
                one.pause();
                network.timeline().after((long) (random.nextDouble() * 7 * SECOND), one::go);
            }
            case 10 -> network.net().heal();
            case 11 -> {
                one.full(true);
                network.timeline().after((long) (random.nextDouble() * 8 * SECOND), () -> one.full(false));
            }
            case 12 -> {
                one.stop();
                network.timeline().after((long) (random.nextDouble() * 3 * SECOND), () -> startAgain(one));
            }
            default -> one.endAfter(1 + random.nextInt(20));
        }
    }

    private void isolate(int one) {
        for (int other = 0; other < network.vulcanos().size(); other++) {
            network.net().cut(one, other);
            network.net().cut(other, one);
        }
    }

    /** Its process ends, and another begins in a while. */
    static void restartLater(HostNetwork network, HostedVulcano one, boolean power) {
        one.end(power);
        network.timeline().after((long) (network.random().nextDouble() * 6 * SECOND), () -> startAgain(one));
    }

    private static void startAgain(HostedVulcano one) {
        if (!one.isAlive()) {
            one.start();
        }
    }

    private void move() {
        if (random.nextInt(4) > 0) {
            handOver();
        } else {
            network.council().read(OPERATOR, this::place);
        }
    }

    private void handOver() {
        SliceConfig config = network.council().config();
        List<VulcanoId> others = new ArrayList<>(config.inSync());
        VulcanoId to = others.get(random.nextInt(others.size()));
        network.counts().handovers++;
        network.vulcano(SimulatedVulcano.number(config.primary()))
                .happen(replicas -> replicas.handOver(HostNetwork.SLICE, to));
    }

    private void place(SliceConfig config) {
        SliceConfig next = Placing.next(config, network.vulcanos().size(), random);
        if (next != null) {
            network.council().compareAndSet(OPERATOR, next, placed -> {});
            network.counts().placements++;
        }
    }
}
