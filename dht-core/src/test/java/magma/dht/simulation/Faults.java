package magma.dht.simulation;

import java.util.Random;

/** What goes wrong, as a seed has it. */
final class Faults {
    private static final long SECOND = 1_000_000_000;

    private final Network network;
    private final Random random;
    private final boolean severe;
    private boolean over;

    /** @param severe all may lose power at once */
    Faults(Network network, Random random, boolean severe) {
        this.network = network;
        this.random = random;
        this.severe = severe;
    }

    void start() {
        network.timeline().after((long) (random.nextDouble() * 4 * SECOND), () -> {
            if (!over) {
                strike();
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

    private void strike() {
        int size = network.vulcanos().size();
        int one = random.nextInt(size);
        int other = random.nextInt(size);
        switch (random.nextInt(severe ? 13 : 12)) {
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
            default -> endAll(random.nextBoolean());
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
