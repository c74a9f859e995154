package magma.dht.simulation;

import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Asks one thing after another, each again and again until there is a reply. */
final class SimulatedClient {
    private static final List<Op.Kind> KINDS = List.of(Op.Kind.values());
    private static final long PATIENCE = 250_000_000;

    private final int number;
    private final Network network;
    private final Random random;
    private final History history;
    private final long pause;
    private boolean ending;
    private int target;
    private long asked;
    private @Nullable Op current;

    SimulatedClient(int number, Network network, Random random, History history) {
        this.number = number;
        this.network = network;
        this.random = random;
        this.history = history;
        this.pause = random.nextInt(4) == 0 ? 100_000_000 : 400_000_000;
    }

    void start() {
        Op.Kind kind = KINDS.get(random.nextInt(KINDS.size()));
        int key = random.nextInt(Table.KEYS);
        asked++;
        Op op = new Op(
                number,
                asked,
                kind,
                key,
                history.recent(key, random),
                asked * 100 + number,
                random.nextDouble() < network.syncs());
        current = op;
        history.invoked(op, network.timeline().now());
        ask(op);
    }

    /** Asks nothing new. */
    void end() {
        ending = true;
    }

    boolean isIdle() {
        return current == null;
    }

    private void ask(Op op) {
        if (!op.equals(current)) {
            return;
        }
        int to = target;
        int self = 1000 + number;
        network.net()
                .carry(
                        self,
                        to,
                        () -> network.vulcano(to)
                                .request(op, reply -> network.net().carry(to, self, () -> replied(op, reply))));
        network.timeline().after(PATIENCE, () -> {
            if (op.equals(current)) {
                target = random.nextInt(network.vulcanos().size());
                ask(op);
            }
        });
    }

    private void replied(Op op, Op.Reply reply) {
        if (!op.equals(current)) {
            return;
        }
        current = null;
        history.returned(op, reply, network.timeline().now());
        if (!ending) {
            network.timeline().after((long) (random.nextDouble() * pause), this::start);
        }
    }
}
