package magma.council.ratis;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import magma.dht.council.CommandId;
import magma.dht.council.Council;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilState;
import magma.dht.council.CouncilStatus.OwnRole;
import magma.dht.council.Founding;
import magma.dht.council.Member;
import magma.dht.council.MemberKind;
import magma.dht.council.Result;
import magma.dht.council.VotingRole;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.SliceMap;

/** Councils of several vulcanos in one process, whose connections can be cut. They run in real time: what is waited for has a generous limit. */
final class TestNetwork implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    private final Path root;
    private final Map<VulcanoId, RatisCouncil> running = new ConcurrentSkipListMap<>();
    private final Set<Cut> cuts = ConcurrentHashMap.newKeySet();
    private final Map<VulcanoId, Long> incarnations = new TreeMap<>();
    private final ExecutorService handlers = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "test-network");
        thread.setDaemon(true);
        return thread;
    });
    private final Set<VulcanoId> hanging = ConcurrentHashMap.newKeySet();
    private final List<Duration> waitedInVain = new CopyOnWriteArrayList<>();
    private volatile long delayMillis;

    private record Cut(VulcanoId from, VulcanoId to) {}

    TestNetwork(Path root) {
        this.root = root;
    }

    static VulcanoId id(int number) {
        return new VulcanoId(new UUID(0, number));
    }

    static CommandId command() {
        return new CommandId(UUID.randomUUID());
    }

    Path directory(int number) {
        return root.resolve("v" + number);
    }

    CouncilSettings settings(int number) {
        return settings(number, DEADLINE);
    }

    CouncilSettings settings(int number, Duration deadline) {
        VulcanoId self = id(number);
        return new CouncilSettings(
                self, directory(number), (to, request, timeout) -> call(self, to, request, timeout), deadline);
    }

    private byte[] call(VulcanoId from, VulcanoId to, byte[] request, Duration timeout) throws IOException {
        Future<byte[]> answer = hanging.contains(to) || hanging.contains(from)
                ? new CompletableFuture<>()
                : handlers.submit(() -> {
                    if (delayMillis > 0) {
                        Thread.sleep(delayMillis);
                    }
                    RatisCouncil target = running.get(to);
                    if (target == null || cuts.contains(new Cut(from, to))) {
                        throw new IOException(to + " cannot be reached");
                    }
                    byte[] bytes = target.handle(from, request);
                    if (cuts.contains(new Cut(to, from))) {
                        throw new IOException("the answer of " + to + " is lost");
                    }
                    return bytes;
                });
        try {
            return answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            if (hanging.contains(to) && Messages.Request.read(request).kind() == Messages.PROPOSE) {
                waitedInVain.add(timeout);
            }
            throw new IOException("no answer of " + to, e);
        } catch (InterruptedException e) {
            throw CouncilRpcType.interrupted();
        }
    }

    CouncilState firstState() {
        return CouncilState.found(
                new Founding(1, new UUID(1, 1)),
                new UUID(7, 7),
                "etna",
                Member.joining(id(1), "host1:7000", MemberKind.STORING),
                SliceMap.even(4));
    }

    RatisCouncil found() throws Exception {
        RatisCouncil council = RatisCouncil.found(settings(1), firstState());
        running.put(id(1), council);
        started(1);
        return council;
    }

    /** A vulcano becomes a member and starts. */
    RatisCouncil join(int number, MemberKind kind) throws Exception {
        Member member = Member.joining(id(number), "host" + number + ":7000", kind);
        accepted(any(), new CouncilCommand.AddMember(command(), member));
        RatisCouncil council = RatisCouncil.join(settings(number), new ArrayList<>(running.keySet()));
        running.put(id(number), council);
        started(number);
        return council;
    }

    RatisCouncil join(int number) throws Exception {
        return join(number, MemberKind.STORING);
    }

    private void started(int number) throws Exception {
        long incarnation = incarnations.merge(id(number), 1L, Long::sum);
        accepted(
                council(number),
                new CouncilCommand.MemberStarted(
                        command(), id(number), incarnation, "host" + number + ":7000", "1.0", 1));
    }

    /** Founds and lets others join until there are as many, who all vote that should. */
    TestNetwork of(int members) throws Exception {
        found();
        for (int number = 2; number <= members; number++) {
            join(number);
        }
        awaitVoters(members >= 5 ? 5 : members >= 3 ? 3 : 1);
        return this;
    }

    static Result accepted(Council council, CouncilCommand command) throws Exception {
        Result result = council.propose(command).get(DEADLINE.toMillis() * 2, TimeUnit.MILLISECONDS);
        if (!result.accepted()) {
            throw new AssertionError(command + ": " + result);
        }
        return result;
    }

    RatisCouncil council(int number) {
        RatisCouncil council = running.get(id(number));
        if (council == null) {
            throw new IllegalStateException("vulcano " + number + " does not run");
        }
        return council;
    }

    RatisCouncil any() {
        return running.values().iterator().next();
    }

    List<RatisCouncil> all() {
        return List.copyOf(running.values());
    }

    /** The number of the one that leads and has all others agree. */
    int leader() {
        await("one leader", () -> leaderOrZero() != 0);
        return leaderOrZero();
    }

    private int leaderOrZero() {
        for (Map.Entry<VulcanoId, RatisCouncil> each : running.entrySet()) {
            var status = each.getValue().status();
            if (status.role() == OwnRole.LEADER && status.leader() != null) {
                return (int) each.getKey().uuid().getLeastSignificantBits();
            }
        }
        return 0;
    }

    void awaitVoters(int count) {
        await(
                count + " voters everywhere",
                () -> all().stream()
                        .allMatch(council ->
                                council.status().voters().size() == count && votersInState(council) == count));
    }

    private static long votersInState(RatisCouncil council) {
        return council.state().members().values().stream()
                .filter(member -> member.role() == VotingRole.VOTER)
                .count();
    }

    static void await(String what, BooleanSupplier condition) {
        long until = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > until) {
                throw new AssertionError("not within " + PATIENCE + ": " + what);
            }
            LockSupport.parkNanos(2_000_000);
        }
    }

    /** From now on nothing comes from a member, and nothing that is sent to it is answered or fails. */
    void hang(int number) {
        hanging.add(id(number));
    }

    /** For how long proposals waited for an answer of those that hang. */
    List<Duration> waitedInVain() {
        return waitedInVain;
    }

    /** Nothing goes between the two groups any more. */
    void cut(Set<Integer> ones, Set<Integer> others) {
        for (int one : ones) {
            for (int other : others) {
                cuts.add(new Cut(id(one), id(other)));
                cuts.add(new Cut(id(other), id(one)));
            }
        }
    }

    void heal() {
        cuts.clear();
    }

    /** Every request takes this much longer from now on. */
    void delay(long millis) {
        delayMillis = millis;
    }

    /** From the others' view it is gone without a word. */
    RatisCouncil kill(int number) {
        RatisCouncil council = council(number);
        running.remove(id(number));
        for (VulcanoId other : running.keySet()) {
            cuts.add(new Cut(id(number), other));
            cuts.add(new Cut(other, id(number)));
        }
        council.close();
        cuts.removeIf(cut -> cut.from().equals(id(number)) || cut.to().equals(id(number)));
        return council;
    }

    RatisCouncil restart(int number) throws Exception {
        RatisCouncil council = RatisCouncil.open(settings(number));
        running.put(id(number), council);
        return council;
    }

    void add(int number, RatisCouncil council) {
        running.put(id(number), council);
    }

    @Override
    public void close() {
        running.values().forEach(RatisCouncil::close);
        handlers.shutdownNow();
    }
}
