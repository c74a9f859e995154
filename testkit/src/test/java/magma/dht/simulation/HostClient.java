package magma.dht.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import magma.dht.batch.Batch;
import magma.dht.batch.Command;
import magma.dht.batch.Condition;
import magma.dht.batch.Operation;
import magma.dht.batch.Outcome;
import magma.dht.batch.Request;
import magma.dht.batch.RequestId;
import magma.dht.host.ReplicaPorts.NotPrimaryException;
import magma.dht.host.Replicas;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.dht.replication.SliceConfig;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.StoredRecord;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes some registers that others read and write too, and creates records of its own, each once: one thing after another, each asked for again and again until
 * there is a reply.
 */
final class HostClient {
    static final int CLIENTS = 4;
    private static final List<Op.Kind> KINDS = List.of(Op.Kind.values());
    private static final int REGISTERS = 3;

    /** The register that is a file's content. */
    private static final int CONTENT = 2;

    private static final RecordId CHUNK = Records.firstChunk(new Key(3, 2, 1));
    private static final long PATIENCE = 250_000_000;
    private static final long MOMENT = 20_000_000;

    private final int number;
    private final HostNetwork network;
    private final Random random;
    private final History history;
    private final UUID origin;
    private final long pause;

    /** The names of the records that this client was told to have created. */
    private final Set<String> created = new TreeSet<>();

    private boolean ending;
    private int target;
    private long epoch;
    private long asked;
    private long attempt;
    private @Nullable Op current;

    HostClient(int number, HostNetwork network, History history) {
        this.number = number;
        this.network = network;
        this.random = network.random();
        this.history = history;
        this.origin = new UUID(7, number);
        this.pause = random.nextInt(4) == 0 ? 30_000_000 : 200_000_000;
    }

    Set<String> created() {
        return created;
    }

    boolean isIdle() {
        return current == null;
    }

    void end() {
        ending = true;
    }

    void start() {
        asked++;
        // A compare-and-set is the creation of a record that is not there.
        Op.Kind kind = KINDS.get(random.nextInt(KINDS.size()));
        Op op = new Op(number, asked, kind, random.nextInt(REGISTERS), 0, asked * 100 + number, random.nextInt(3) == 0);
        current = op;
        if (kind != Op.Kind.COMPARE_AND_SET) {
            history.invoked(op, network.timeline().now());
        }
        ask(op);
    }

    private static RecordId register(int key) {
        return record("register" + key);
    }

    static RecordId record(String name) {
        return RecordId.of(new Key(1, 2, 3), RecordKind.ENTRY.code(), name.getBytes(UTF_8));
    }

    private static String name(Op op) {
        return "of" + op.client() + "-" + op.number();
    }

    /** @param buffer for content, which is used for something else once there is an answer */
    private static Request request(UUID origin, Op op, ByteBuffer buffer) {
        byte[] value = ByteBuffer.allocate(Long.BYTES).putLong(op.value()).array();
        Batch batch;
        if (op.kind() == Op.Kind.WRITE && op.key() == CONTENT) {
            buffer.putLong(0, op.value());
            batch = new Batch(
                    List.of(),
                    List.of(new Operation.WriteChunk(CHUNK, 0, 1, buffer.duplicate())),
                    Storage.Purpose.GROW);
        } else if (op.kind() == Op.Kind.WRITE) {
            batch = new Batch(List.of(), List.of(new Operation.Put(register(op.key()), value)), Storage.Purpose.GROW);
        } else {
            RecordId id = record(name(op));
            batch = new Batch(
                    List.of(new Condition.Absent(id)), List.of(new Operation.Put(id, value)), Storage.Purpose.GROW);
        }
        return new Request(new Command.Apply(batch), new RequestId(origin, 0, op.number()));
    }

    private void ask(Op op) {
        if (!op.equals(current)) {
            return;
        }
        long now = ++attempt;
        HostedVulcano to = network.vulcano(target);
        int self = 1000 + number;
        long known = epoch;
        if (op.kind() == Op.Kind.READ && op.key() == CONTENT) {
            ByteBuffer found = ByteBuffer.allocate(Long.BYTES);
            network.net()
                    .carry(
                            self,
                            target,
                            () -> to.readContent(CHUNK, found, (filled, failure) -> {
                                long value = found.getLong(0);
                                network.net()
                                        .carry(
                                                to.number(),
                                                self,
                                                () -> wasRead(op, now, filled == null ? null : value, failure));
                            }));
        } else if (op.kind() == Op.Kind.READ) {
            network.net()
                    .carry(
                            self,
                            target,
                            () -> to.read(
                                    register(op.key()),
                                    (found, failure) -> network.net()
                                            .carry(
                                                    to.number(),
                                                    self,
                                                    () -> wasRead(
                                                            op, now, found == null ? null : value(found), failure))));
        } else {
            network.net().carry(self, target, () -> {
                ByteBuffer buffer = ByteBuffer.allocate(Long.BYTES);
                to.submit(request(origin, op, buffer), known, op.sync(), (outcome, failure) -> {
                    buffer.putLong(0, -1);
                    network.net().carry(to.number(), self, () -> wasDone(op, now, outcome, failure));
                });
            });
        }
        network.timeline().after(PATIENCE, () -> {
            if (now == attempt) {
                target = random.nextInt(network.vulcanos().size());
                ask(op);
            }
        });
    }

    private static long value(Replicas.Reading found) {
        StoredRecord record = found.record();
        return record == null ? 0 : ByteBuffer.wrap(record.value()).getLong();
    }

    private void wasRead(Op op, long at, @Nullable Long found, @Nullable Throwable failure) {
        if (!op.equals(current)) {
            return;
        }
        if (found == null) {
            elsewhere(op, at, failure);
            return;
        }
        history.returned(
                op, new Op.Reply(op.number(), found), network.timeline().now());
        replied();
    }

    private void wasDone(Op op, long at, @Nullable Outcome outcome, @Nullable Throwable failure) {
        if (!op.equals(current)) {
            return;
        }
        if (outcome == null) {
            elsewhere(op, at, failure);
        } else if (outcome instanceof Outcome.Done) {
            if (op.kind() == Op.Kind.WRITE) {
                history.returned(
                        op, new Op.Reply(op.number(), 1), network.timeline().now());
            } else {
                created.add(name(op));
            }
            replied();
        } else if (outcome instanceof Outcome.Full) {
            history.cameToNothing(op);
            replied();
        } else if (network.council().config().tailLosses() > 0) {
            replied();
        } else {
            throw new Invariants.Violation(op + " was carried out before, and is answered with " + outcome);
        }
    }

    /** Whoever was asked does not lead, or does not any more; it may have been done. */
    private void elsewhere(Op op, long at, @Nullable Throwable failure) {
        SliceConfig config = failure instanceof NotPrimaryException not ? not.config() : null;
        if (at == attempt && config != null && config.epoch() >= epoch) {
            epoch = config.epoch();
            target = SimulatedVulcano.number(config.primary());
            network.timeline().after((long) (random.nextDouble() * MOMENT), () -> {
                if (at == attempt) {
                    ask(op);
                }
            });
        }
    }

    private void replied() {
        current = null;
        if (!ending) {
            network.timeline().after((long) (random.nextDouble() * pause), this::start);
        }
    }
}
