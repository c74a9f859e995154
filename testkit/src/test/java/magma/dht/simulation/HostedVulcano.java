package magma.dht.simulation;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import magma.dht.batch.Outcome;
import magma.dht.batch.Request;
import magma.dht.host.CopySource;
import magma.dht.host.DigestSource;
import magma.dht.host.Incarnations;
import magma.dht.host.ReplicaPorts;
import magma.dht.host.Replicas;
import magma.dht.host.ServedReplicas;
import magma.dht.host.StateCopier;
import magma.dht.replication.Payload;
import magma.dht.replication.ReplicationMessage;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.storage.RecordId;
import magma.dht.storage.StorageException;
import magma.dht.storage.Visibility;
import magma.dht.transport.PeerService;
import magma.dht.wire.PeerReply;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.testkit.storage.FaultyStorage;
import magma.testkit.storage.MemoryStorage;
import org.jspecify.annotations.Nullable;

/** One vulcano's replicas as they run in a vulcano, on a machine that may hang, fill up, lose power, or have the process end at any step that reaches its disk. */
final class HostedVulcano {
    private static final long MILLISECOND = 1_000_000;
    private static final long SOON = 500 * MILLISECOND;
    private static final long LATE = 6_000 * MILLISECOND;
    private static final long COPY_PATIENCE = 20_000 * MILLISECOND;

    /** Processes of one vulcano are numbered at least so far apart. */
    private static final long NEXT_PROCESS = 1_000_000;

    private final int number;
    private final HostNetwork network;
    private final double speed;
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private MemoryStorage memory = new MemoryStorage();
    private long incarnation;
    private boolean clean = true;
    private boolean paused;
    private boolean full;
    private @Nullable Run process;

    HostedVulcano(int number, HostNetwork network) {
        this.number = number;
        this.network = network;
        this.speed = 0.97 + 0.06 * network.random().nextDouble();
    }

    int number() {
        return number;
    }

    /** What a restart would find, but for what is not in the log yet. */
    MemoryStorage memory() {
        return memory;
    }

    boolean isAlive() {
        return process != null;
    }

    /** Whether it would answer a read of the slice without asking anybody. */
    boolean isSure() {
        Run here = process;
        return here != null && !here.hasCrashed() && here.replicas.term(HostNetwork.SLICE) != 0;
    }

    private VulcanoId id() {
        return SimulatedVulcano.id(number);
    }

    /** Monotonic nanoseconds of this machine. */
    private long clock() {
        return (long) (network.timeline().now() * speed) + number * 1_000_000_000_000L;
    }

    void start() {
        incarnation += NEXT_PROCESS;
        paused = false;
        waiting.clear();
        Run begun = new Run();
        process = begun;
        begun.begin();
    }

    /**
     * The process ends.
     *
     * @param power whether what was not synced is lost with it
     */
    void end(boolean power) {
        Run ended = process;
        if (ended == null) {
            return;
        }
        process = null;
        waiting.clear();
        clean = !power && ended.isClean();
        memory = power ? memory.restartAfterPowerLoss() : memory.restart();
        if (!power && network.random().nextInt(3) > 0) {
            tellDeath(incarnation);
        }
    }

    /** It stops in order: it promises nothing any more, says so, and closes its storage. */
    void stop() {
        Run stopped = process;
        if (stopped == null || paused || stopped.hasCrashed()) {
            return;
        }
        stopped.replicas.stop();
        process = null;
        clean = stopped.isClean();
        memory.close();
        memory = memory.restart();
        tellDeath(incarnation);
    }

    private void tellDeath(long ended) {
        for (HostedVulcano other : network.vulcanos()) {
            if (other != this) {
                network.net()
                        .carry(
                                number,
                                other.number,
                                () -> other.happen(replicas -> replicas.died(id(), new Incarnations(ended))));
            }
        }
    }

    /** The process ends when so many more steps have reached the disk. */
    void endAfter(int steps) {
        Run here = process;
        if (here != null) {
            here.disk.crashAfter(steps);
            here.copies.crashAfter(steps);
        }
    }

    /** It goes on, and nothing is wrong with it any more. */
    void mend() {
        if (!isAlive()) {
            start();
        }
        endAfter(Integer.MAX_VALUE);
        go();
        full(false);
    }

    void full(boolean now) {
        full = now;
        Run here = process;
        if (here != null) {
            here.disk.setFull(now);
        }
    }

    void pause() {
        paused = true;
    }

    void go() {
        paused = false;
        while (!waiting.isEmpty() && !paused) {
            waiting.remove().run();
        }
    }

    /** Does something with the replicas of the process that runs, when it does. */
    void happen(Consumer<Replicas> what) {
        Run here = process;
        if (here != null) {
            here.run(() -> what.accept(here.replicas));
        }
    }

    /** What came of a request; {@code failure} null where there is an answer. */
    interface Answer<T> {
        void of(@Nullable T outcome, @Nullable Throwable failure);
    }

    void submit(Request request, long epoch, boolean isSynced, Answer<Outcome> answer) {
        ask(replicas -> replicas.submit(HostNetwork.SLICE, request, epoch, isSynced), answer);
    }

    void read(RecordId id, Answer<Replicas.Reading> answer) {
        ask(replicas -> replicas.read(HostNetwork.SLICE, id), answer);
    }

    void readContent(RecordId chunk, ByteBuffer to, Answer<Boolean> answer) {
        ask(replicas -> replicas.readContent(HostNetwork.SLICE, chunk, 0, to, Visibility.ALL), answer);
    }

    private interface Question<T> {
        CompletableFuture<T> of(Replicas replicas);
    }

    private <T> void ask(Question<T> question, Answer<T> answer) {
        Run here = process;
        if (here != null) {
            here.run(() -> here.answer(question.of(here.replicas), answer));
        }
    }

    /** One process. */
    private final class Run {
        private final FaultyStorage disk = new FaultyStorage(memory);

        /** Copies find room, so that none waits by a clock that is not simulated. */
        private final FaultyStorage copies = new FaultyStorage(memory);

        private final Replicas replicas;
        private final PeerService served;
        private long told;

        Run() {
            disk.setFull(full);
            replicas = new Replicas(
                    new Replicas.Host(id(), new Incarnations(incarnation), clean, clock()),
                    disk,
                    network.settings(),
                    ports());
            served = new ServedReplicas(
                    replicas,
                    new CopySource(replicas, disk),
                    new DigestSource(replicas, disk),
                    () -> new PeerReply.CensusOf(0, 0, 0, 0),
                    (from, bytes) -> CompletableFuture.failedFuture(new IllegalStateException("no council here")));
        }

        private ReplicaPorts ports() {
            StateCopier copier = new StateCopier(copies, this::call, () -> HostNetwork.MAP, threads());
            return new ReplicaPorts(
                    this::send,
                    new Clerk(),
                    (slice, from) -> {
                        network.counts().restores++;
                        return copier.copy(slice, from).whenComplete((copied, failure) -> {
                            network.counts().restored += copied == null ? 0 : 1;
                        });
                    },
                    new Duties(),
                    new Clocks(),
                    work -> later(MILLISECOND, work));
        }

        void begin() {
            watch();
            look();
            flush();
        }

        /** What the council decides is heard at once, or where it was lost on the way some time later. */
        private void watch() {
            network.council()
                    .watch(config -> network.net()
                            .carry(
                                    Net.COUNCIL,
                                    number,
                                    () -> run(() -> {
                                        if (told > 0) {
                                            learn(config);
                                        }
                                    })));
            askAgain();
        }

        private void askAgain() {
            network.council().read(number, this::heard);
            later(told == 0 ? SOON : LATE, this::askAgain);
        }

        private void heard(SliceConfig config) {
            run(() -> learn(config));
        }

        private void learn(SliceConfig config) {
            if (config.epoch() < told) {
                return;
            }
            told = config.epoch();
            try {
                replicas.learn(HostNetwork.MAP, Map.of(HostNetwork.SLICE, config));
            } catch (StorageException e) {
                throw new Invariants.Violation("vulcano " + number + " cannot read what it has: " + e);
            }
        }

        private void look() {
            after(replicas.look() * MILLISECOND, this::look);
        }

        private void flush() {
            try {
                replicas.flush();
            } catch (StorageException e) {
                throw new Invariants.Violation("vulcano " + number + " cannot flush: " + e);
            }
            later(5 * MILLISECOND, this::flush);
        }

        /** Whether this is the process that runs, and not a dead one of which the test still has the objects. */
        boolean lives() {
            return process == this && !hasCrashed();
        }

        boolean hasCrashed() {
            return disk.crashed() || copies.crashed();
        }

        boolean isClean() {
            return hasCrashed() ? clean : replicas.isClean();
        }

        /** Does something, now or when the machine goes on; nothing once the process has ended. */
        void run(Runnable work) {
            if (!lives()) {
                return;
            }
            if (paused) {
                waiting.add(() -> run(work));
                return;
            }
            try {
                work.run();
            } catch (FaultyStorage.Crash e) {
                // The process is gone.
            }
            if (process == this && hasCrashed()) {
                HostFaults.restartLater(network, HostedVulcano.this, false);
            }
        }

        /** Hears an answer, unless the process has ended before there is one. */
        <T> void answer(CompletableFuture<T> future, Answer<T> answer) {
            CompletableFuture<T> unused = future.whenComplete((outcome, failure) -> {
                if (lives()) {
                    answer.of(outcome, failure);
                }
            });
        }

        private void later(long most, Runnable work) {
            after((long) (network.random().nextDouble() * most), work);
        }

        private void after(long nanos, Runnable work) {
            network.timeline().after(nanos, () -> run(work));
        }

        private void send(VulcanoId to, long slice, ReplicationMessage<Payload> message) {
            if (lives()) {
                HostedVulcano other = network.vulcano(SimulatedVulcano.number(to));
                network.net()
                        .carry(
                                number,
                                other.number,
                                () -> other.happen(replicasThere -> replicasThere.receive(id(), slice, message)));
            }
        }

        /** Whoever copies waits for the answer: meanwhile all else goes on, here too. */
        private CompletableFuture<Reply> call(VulcanoId to, PeerRequest request) {
            CompletableFuture<Reply> answer = new CompletableFuture<>();
            HostedVulcano other = network.vulcano(SimulatedVulcano.number(to));
            network.net()
                    .carry(
                            number,
                            other.number,
                            () -> other.serve(
                                    id(),
                                    request,
                                    (reply, failure) -> network.net().carry(other.number, number, () -> {
                                        if (reply != null) {
                                            answer.complete(reply);
                                        } else {
                                            answer.completeExceptionally(failure);
                                        }
                                    })));
            long end = network.timeline().now() + COPY_PATIENCE;
            boolean goesOn = true;
            while (lives() && goesOn && (paused || !answer.isDone())) {
                goesOn = network.runNext(end);
            }
            if (!lives() || !answer.isDone()) {
                answer.completeExceptionally(new IllegalStateException("no answer"));
            }
            return answer;
        }

        private ExecutorService threads() {
            return new AbstractExecutorService() {
                @Override
                public void execute(Runnable work) {
                    later(MILLISECOND, work);
                }

                @Override
                public void shutdown() {}

                @Override
                public List<Runnable> shutdownNow() {
                    return List.of();
                }

                @Override
                public boolean isShutdown() {
                    return false;
                }

                @Override
                public boolean isTerminated() {
                    return false;
                }

                @Override
                public boolean awaitTermination(long timeout, TimeUnit unit) {
                    return false;
                }
            };
        }

        private final class Clerk implements ReplicaPorts.Clerk {
            @Override
            public void ask(long slice) {
                if (lives()) {
                    network.council().read(number, Run.this::heard);
                }
            }

            @Override
            public void propose(long slice, SliceConfig next) {
                if (lives()) {
                    network.council().compareAndSet(number, next, Run.this::heard);
                }
            }
        }

        private final class Duties implements ReplicaPorts.Duties {
            @Override
            public void began(long slice) {}

            @Override
            public void leaves(long slice) {}

            @Override
            public void ended(long slice) {}

            @Override
            public void learned(long slice, SliceConfig config) {}

            @Override
            public void failed(long slice, Throwable cause) {
                if (lives()) {
                    throw new Invariants.Violation("the replica at vulcano " + number + " failed: " + cause, cause);
                }
            }
        }

        private final class Clocks implements ReplicaPorts.Time {
            @Override
            public Instant now() {
                return Instant.EPOCH.plusNanos(network.timeline().now());
            }

            @Override
            public long nanos() {
                return clock();
            }
        }
    }

    private void serve(VulcanoId from, PeerRequest request, Answer<Reply> answer) {
        Run here = process;
        if (here != null) {
            here.run(() -> here.answer(here.served.serve(from, request), answer));
        }
    }
}
