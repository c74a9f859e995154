package magma.testkit.host;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import magma.dht.batch.Batch;
import magma.dht.batch.Command;
import magma.dht.batch.Operation;
import magma.dht.batch.Outcome;
import magma.dht.batch.Request;
import magma.dht.host.CopySource;
import magma.dht.host.DigestSource;
import magma.dht.host.Incarnations;
import magma.dht.host.ReplicaPorts;
import magma.dht.host.Replicas;
import magma.dht.host.ServedReplicas;
import magma.dht.record.RecordKind;
import magma.dht.replication.ReplicationSettings;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.SliceMap;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.transport.PeerService;
import magma.dht.wire.PeerReply;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.fs.Key;

/** Two vulcanos that hold one slice, and a council. What they tell each other happens on the test's thread, while it waits for something; their time goes on only then. */
final class TwoHosts implements AutoCloseable {
    static final SliceMap MAP = SliceMap.even(1);
    static final long SLICE = MAP.slices().get(0).number();

    private static final long STEP_NANOS = 20_000_000;
    private static final long PATIENCE_NANOS = 60_000_000_000L;
    private static final ReplicationSettings SETTINGS = new ReplicationSettings(
            Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(3), 64, 1 << 20, 4, 1 << 20);

    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final AtomicLong nanos = new AtomicLong();
    private final List<Host> hosts = new ArrayList<>();
    private SliceConfig config = SliceConfig.first(id(0), new TreeSet<>(List.of(id(0), id(1))));
    volatile boolean cut;

    /** A vulcano. */
    final class Host implements AutoCloseable {
        final VulcanoId id;
        final Replicas replicas;

        /** What it is asked to copy and has not yet. */
        final BlockingQueue<CompletableFuture<ReplicaPorts.Copier.Copied>> copies = new LinkedBlockingQueue<>();

        private final PeerService served;

        private Host(int number, Storage storage, long incarnation) {
            id = id(number);
            replicas = new Replicas(
                    new Replicas.Host(id, new Incarnations(incarnation), true, nanos.get()),
                    storage,
                    SETTINGS,
                    ports(this));
            replicas.start();
            served = new ServedReplicas(
                    replicas,
                    new CopySource(replicas, storage),
                    new DigestSource(replicas, storage),
                    () -> new PeerReply.CensusOf(0, 0, 0, 0),
                    (from, bytes) -> CompletableFuture.failedFuture(new IllegalStateException("no council here")));
        }

        CompletableFuture<Reply> ask(PeerRequest request) {
            return served.serve(id(9), request);
        }

        /** Puts a record. */
        CompletableFuture<Outcome> put(String name, String value) {
            Batch batch = new Batch(
                    List.of(), List.of(new Operation.Put(record(name), value.getBytes(UTF_8))), Storage.Purpose.GROW);
            return replicas.submit(SLICE, new Request(new Command.Apply(batch), null), config.epoch());
        }

        @Override
        public void close() {
            replicas.close();
        }
    }

    /** The first leads. */
    TwoHosts(Storage first, Storage second) throws StorageException {
        hosts.add(new Host(0, first, 1_000_000));
        hosts.add(new Host(1, second, 1_000_000));
        told();
    }

    /** A vulcano's next process, over what another storage says; it takes part in nothing. */
    Host apart(int number, Storage storage, long incarnation) throws StorageException {
        Host host = new Host(number, storage, incarnation);
        host.replicas.learn(MAP, Map.of(SLICE, SliceConfig.first(id(1 - number), config.replicas())));
        return host;
    }

    Host host(int number) {
        return hosts.get(number);
    }

    static VulcanoId id(int number) {
        return new VulcanoId(new UUID(0, number + 1));
    }

    static RecordId record(String name) {
        return RecordId.of(new Key(1, 2, 3), RecordKind.ENTRY.code(), name.getBytes(UTF_8));
    }

    private ReplicaPorts ports(Host host) {
        return new ReplicaPorts(
                (to, slice, message) -> tasks.add(() -> {
                    if (!cut) {
                        hosts.stream()
                                .filter(each -> each.id.equals(to))
                                .forEach(each -> each.replicas.receive(host.id, slice, message));
                    }
                }),
                new ReplicaPorts.Clerk() {
                    @Override
                    public void ask(long slice) {
                        tasks.add(TwoHosts.this::told);
                    }

                    @Override
                    public void propose(long slice, SliceConfig next) {
                        tasks.add(() -> {
                            if (next.epoch() == config.epoch() + 1) {
                                config = next;
                            }
                            told();
                        });
                    }
                },
                (slice, from) -> {
                    CompletableFuture<ReplicaPorts.Copier.Copied> copy = new CompletableFuture<>();
                    host.copies.add(copy);
                    return copy;
                },
                new Quiet(),
                new ReplicaPorts.Time() {
                    @Override
                    public Instant now() {
                        return Instant.ofEpochSecond(1_700_000_000);
                    }

                    @Override
                    public long nanos() {
                        return nanos.get();
                    }
                },
                tasks::add);
    }

    private void told() {
        try {
            for (Host host : hosts) {
                host.replicas.learn(MAP, Map.of(SLICE, config));
            }
        } catch (StorageException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Goes on until something is so. */
    void until(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within a minute: " + what + "; the council says " + config);
            }
            Runnable task = tasks.poll(2, TimeUnit.MILLISECONDS);
            if (task == null) {
                nanos.addAndGet(STEP_NANOS);
            } else {
                task.run();
            }
        }
    }

    <T> T get(String what, CompletableFuture<T> future) throws InterruptedException {
        until(what, future::isDone);
        return future.join();
    }

    void bothAreInSync() throws InterruptedException {
        until("both are in sync", () -> config.inSync().size() == 2);
        until("the first leads", () -> host(0).replicas.leads(SLICE));
    }

    void handOver(int from, int to) throws InterruptedException {
        host(from).replicas.handOver(SLICE, id(to));
        until("vulcano " + to + " leads", () -> host(to).replicas.leads(SLICE));
    }

    SliceConfig config() {
        return config;
    }

    @Override
    public void close() {
        hosts.forEach(Host::close);
    }

    private static final class Quiet implements ReplicaPorts.Duties {
        @Override
        public void began(long slice) {}

        @Override
        public void leaves(long slice) {}

        @Override
        public void ended(long slice) {}

        @Override
        public void learned(long slice, SliceConfig config) {}

        @Override
        public void failed(long slice, Throwable cause) {}
    }
}
