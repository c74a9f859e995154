package magma.dht.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** One network through a minute of faults, then half a minute without, in which it must become whole again. A seed decides everything. */
final class Simulation {
    private static final long SECOND = 1_000_000_000;

    private Simulation() {}

    /** What a run amounted to. */
    record Result(int calls, int committed, long losses, Counts counts) {}

    /** @throws Invariants.Violation that names the seed */
    static Result run(long seed, Rules rules) {
        try {
            return new Simulation().go(new Random(seed), rules);
        } catch (Invariants.Violation | RuntimeException e) {
            Invariants.Violation named = new Invariants.Violation("seed " + seed + ": " + e.getMessage());
            named.initCause(e);
            throw named;
        }
    }

    private Result go(Random random, Rules rules) {
        int size = new int[] {3, 3, 3, 2, 5, 1}[random.nextInt(6)];
        boolean severe = random.nextInt(4) == 0;
        Network network = new Network(size, random, rules);
        History history = new History();
        List<SimulatedClient> clients = new ArrayList<>();
        for (int number = 0; number < Table.CLIENTS; number++) {
            clients.add(new SimulatedClient(number, network, random, history));
        }
        network.timeline().runUntil(2 * SECOND);
        clients.forEach(SimulatedClient::start);
        Faults faults = new Faults(network, random, severe);
        faults.start();
        Operator operator = new Operator(network, random, new double[] {0, 0.2, 1}[random.nextInt(3)]);
        operator.start();
        network.timeline().runUntil(60 * SECOND);
        faults.end();
        operator.end();
        network.timeline().runUntil(85 * SECOND);
        clients.forEach(SimulatedClient::end);
        network.timeline().runUntil(95 * SECOND);
        for (SimulatedClient client : clients) {
            if (!client.isIdle()) {
                throw new Invariants.Violation("a client has no reply though all is well: "
                        + network.council().config());
            }
        }
        network.invariants().settled();
        if (network.invariants().losses() == 0) {
            history.check();
        }
        return new Result(
                history.size(),
                network.invariants().committedCount(),
                network.invariants().losses(),
                network.counts());
    }
}
