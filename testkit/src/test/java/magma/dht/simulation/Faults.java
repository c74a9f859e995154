package magma.dht.simulation;

import java.util.List;
import java.util.Random;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;

/** What goes wrong, as a seed has it. */
final class Faults {
    private static final long SECOND = 1_000_000_000;

    private final Network network;
    private final Random random;
    private final boolean severe;
    private final double pause;
    private final boolean aimed;
    private boolean over;

    /** @param severe all may lose power at once */
    Faults(Network network, Random random, boolean severe) {
        this.network = network;
        this.random = random;
        this.severe = severe;
        this.pause = random.nextInt(3) == 0 ? 1 : 4;
        this.aimed = random.nextInt(3) == 0;
        network.council().watch(this::aim);
        network.watchTruncations(this::restart);
    }

    /** What the council has just changed is where it hurts most. */
    private void aim(SliceConfig config) {
        if (aimed && !over && random.nextInt(4) == 0) {
            List<VulcanoId> members = List.copyOf(random.nextBoolean() ? config.inSync() : config.replicas());
            VulcanoId victim = random.nextBoolean() ? config.primary() : members.get(random.nextInt(members.size()));
            network.timeline().after((long) (random.nextDouble() * 0.02 * SECOND), () -> {
                if (!over) {
                    hit(SimulatedVulcano.number(victim));
                }
            });
        }
    }

    /** A log that was cut is read again while little has come after the cut. */
    private void restart(int one) {
        if (!over && random.nextInt(3) == 0) {
            network.timeline().after((long) (random.nextDouble() * 0.05 * SECOND), () -> {
                if (!over) {
                    end(one, false);
                }
            });
        }
    }

    private void hit(int one) {
        switch (random.nextInt(5)) {
            case 0, 1 -> end(one, random.nextInt(3) == 0);
            case 2 -> isolate(one, random.nextBoolean());
            case 3 -> pause(one);
            default -> strike(one);
        }
    }

    void start() {
        network.timeline().after((long) (random.nextDouble() * pause * SECOND), () -> {
            if (!over) {
                strike(random.nextInt(network.vulcanos().size()));
                start();
            }
        });
    }

    /** All is well from now on. */
    void end() {
        over = true;
        network.net().heal();
        network.net().weather(0, 0, 2_000_000);
        for (SimulatedVulcano vulcano : network.vulcanos()) {
            if (!vulcano.isAlive()) {
                vulcano.start();
            }
            vulcano.go();
            vulcano.full(false);
        }
    }

    private void strike(int one) {
        int other = random.nextInt(network.vulcanos().size());
        switch (random.nextInt(severe ? 16 : 12)) {
            case 0 -> network.net().cut(one, other);
            case 1 -> {
                network.net().cut(one, other);
                network.net().cut(other, one);
            }
            case 2 -> isolate(one, random.nextBoolean());
            case 3 -> network.net().cut(one, Net.COUNCIL);
            case 4 -> network.net().cut(Net.COUNCIL, one);
            case 5 ->
                network.net()
                        .weather(random.nextDouble() * 0.2, random.nextDouble() * 0.2, 1 + random.nextInt(200_000_000));
            case 6 -> network.net().weather(0, 0, 2_000_000);
            case 7 -> end(one, false);
            case 8 -> end(one, true);
            case 9 -> pause(one);
            case 10 -> network.net().heal();
            case 11 -> fill(one);
            default -> {
                if (random.nextBoolean()) {
                    endAll(random.nextBoolean());
                } else {
                    endInSync();
                }
            }
        }
    }

    /** What others have seen committed may be gone. */
    private void endInSync() {
        for (VulcanoId member : network.council().config().inSync()) {
            end(SimulatedVulcano.number(member), true);
        }
    }

    private void isolate(int one, boolean fromCouncilToo) {
        for (int other = 0; other < network.vulcanos().size(); other++) {
            network.net().cut(one, other);
            network.net().cut(other, one);
        }
        if (fromCouncilToo) {
            network.net().cut(one, Net.COUNCIL);
            network.net().cut(Net.COUNCIL, one);
        }
    }

    private void end(int one, boolean power) {
        SimulatedVulcano vulcano = network.vulcano(one);
        vulcano.end(power);
        network.timeline().after((long) (random.nextDouble() * 6 * SECOND), () -> {
            if (!vulcano.isAlive()) {
                vulcano.start();
            }
        });
    }

    private void endAll(boolean power) {
        for (int one = 0; one < network.vulcanos().size(); one++) {
            end(one, power);
        }
    }

    private void pause(int one) {
        SimulatedVulcano vulcano = network.vulcano(one);
        vulcano.pause();
        network.timeline().after((long) (random.nextDouble() * 7 * SECOND), vulcano::go);
    }

    private void fill(int one) {
        SimulatedVulcano vulcano = network.vulcano(one);
        vulcano.full(true);
        network.timeline().after((long) (random.nextDouble() * 8 * SECOND), () -> vulcano.full(false));
    }
}
