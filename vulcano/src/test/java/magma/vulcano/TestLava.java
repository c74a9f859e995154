package magma.vulcano;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import magma.dht.council.CouncilState;
import magma.dht.replication.SliceConfig;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.RemoteSettings;
import magma.dht.transport.netty.RemoteVolume;
import magma.identity.Identity;
import magma.identity.IdentityStore;

/** Whole vulcanos of one network in this process, on loopback, each with a data directory: as "magma start" makes them, but for the clock. */
final class TestLava implements AutoCloseable {
    static final long PATIENCE_SECONDS = 120;

    private final Path top;
    private final Map<String, Vulcano> running = new LinkedHashMap<>();
    private final Map<String, String> led = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> secondPrimaries = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Duration> later = new AtomicReference<>(Duration.ZERO);
    private int level = Build.LEVEL;

    TestLava(Path top) {
        this.top = top;
    }

    /** From now on a build that knows so many levels. */
    TestLava withLevel(int next) {
        level = next;
        return this;
    }

    Vulcano found(String name) throws IOException {
        return run(
                name,
                VulcanoSettings.of(data(name), true, "lava", "127.0.0.1:0", null)
                        .asJoinable());
    }

    Vulcano join(String name, UnaryOperator<VulcanoSettings> how) throws IOException {
        return run(name, how.apply(settings(name).joining(invite(), null)));
    }

    Vulcano join(String name) throws IOException {
        return join(name, settings -> settings);
    }

    /** A token of any that runs. */
    String invite() throws IOException {
        try (VulcanoClient client = operator()) {
            return client.inviteVulcano(Duration.ofHours(1));
        }
    }

    VulcanoSettings settings(String name) {
        return VulcanoSettings.of(data(name), false, "lava", "127.0.0.1:0", null);
    }

    /** Starts one that was stopped, where it listened before. */
    Vulcano restart(String name) throws IOException {
        String address = DataDirectory.lastAddress(data(name)).orElse("127.0.0.1:0");
        return run(name, VulcanoSettings.of(data(name), false, "lava", address, null));
    }

    Vulcano run(String name, VulcanoSettings settings) throws IOException {
        Vulcano vulcano = Vulcano.start(settings, around());
        running.put(name, vulcano);
        node(name).council().watch(this::watched);
        return vulcano;
    }

    Surroundings around() {
        return new Surroundings(clock(), level, this::people);
    }

    InstantSource clock() {
        return () -> Instant.now().plus(later.get());
    }

    void moveClock(Duration by) {
        later.updateAndGet(before -> before.plus(by));
    }

    IdentityStore people() {
        return IdentityStore.in(top.resolve("people"));
    }

    /** The identity of whoever made the network. */
    Identity founder() throws IOException {
        return people().findDefault().orElseThrow().identity();
    }

    Path data(String name) {
        return top.resolve(name);
    }

    void stop(String name) {
        Vulcano stopped = running.remove(name);
        if (stopped != null) {
            stopped.close();
        }
    }

    Vulcano vulcano(String name) {
        return Objects.requireNonNull(running.get(name), name);
    }

    LavaNode node(String name) {
        LavaNode node = vulcano(name).node();
        if (node == null) {
            throw new AssertionError(name + " is of no network");
        }
        return node;
    }

    OwnCertificate certificate(String name) {
        return Objects.requireNonNull(vulcano(name).certificate());
    }

    VulcanoClient operator() throws IOException {
        return operator(running.keySet().iterator().next());
    }

    VulcanoClient operator(String name) throws IOException {
        return VulcanoClient.ofData(data(name));
    }

    RemoteSettings remote(String name, Identity as) {
        return RemoteSettings.of(NetAddress.parse(vulcano(name).address()), Identities.of(as));
    }

    /** The filesystem as the founder's machine reaches it through one vulcano. */
    RemoteVolume volume(String through) throws IOException {
        return new RemoteVolume(remote(through, founder()));
    }

    /** The council's word as soon as it is so, seen from one vulcano. */
    CouncilState when(String seenFrom, Predicate<CouncilState> wanted) throws Exception {
        CompletableFuture<CouncilState> seen = new CompletableFuture<>();
        node(seenFrom).council().watch(state -> {
            if (wanted.test(state)) {
                seen.complete(state);
            }
        });
        try {
            return seen.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            CouncilState state = node(seenFrom).council().state();
            throw new AssertionError("still " + state.members() + " " + state.slices(), e);
        }
    }

    /** Whether every slice is led, and has so many replicas in sync. */
    static Predicate<CouncilState> inSync(int replicas) {
        return state -> state.slices().values().stream()
                .allMatch(config -> config.inSync().size() == replicas && config.incarnation() != 0);
    }

    private void watched(CouncilState state) {
        for (Map.Entry<Long, SliceConfig> slice : state.slices().entrySet()) {
            SliceConfig config = slice.getValue();
            String before = led.putIfAbsent(
                    slice.getKey() + " in epoch " + config.epoch(),
                    config.primary().toString());
            if (before != null && !before.equals(config.primary().toString())) {
                secondPrimaries.add("slice " + slice.getKey() + ": " + config + " and " + before);
            }
        }
    }

    /** Slices that two were to lead in one epoch. */
    List<String> secondPrimaries() {
        return List.copyOf(secondPrimaries);
    }

    @Override
    public void close() {
        List.copyOf(running.values()).forEach(Vulcano::close);
    }
}
