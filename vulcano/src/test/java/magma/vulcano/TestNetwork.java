package magma.vulcano;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import magma.council.ratis.CouncilSettings;
import magma.council.ratis.RatisCouncil;
import magma.dht.council.CommandId;
import magma.dht.council.Council;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilState;
import magma.dht.council.CouncilStatus;
import magma.dht.council.Founding;
import magma.dht.council.Member;
import magma.dht.council.MemberKind;
import magma.dht.council.Result;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.SliceMap;
import magma.dht.storage.Storage;
import magma.dht.transport.netty.NetAddress;
import magma.testkit.storage.FaultyStorage;
import magma.testkit.storage.MemoryStorage;

/** Vulcanos of one network in this process, on loopback, each with a storage of its own. */
final class TestNetwork implements AutoCloseable {
    private static final AtomicLong INCARNATIONS = new AtomicLong(System.currentTimeMillis() * 1000);

    private final UUID network = UUID.randomUUID();
    private final Path directory;
    private final SliceMap map;
    private final Supplier<Storage> storages;
    private final Duration grace;
    private final List<LavaNode> nodes = new ArrayList<>();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final Set<VulcanoId> killed = new HashSet<>();
    private final List<Council> abandoned = new ArrayList<>();

    /** On disks in memory of 1 GiB, of which 1 MiB is reserved, that can be told to fail: each vulcano's is added to {@code disks} when it starts. */
    static TestNetwork onFaultyDisks(Path directory, SliceMap map, List<FaultyStorage> disks) {
        return new TestNetwork(directory, map, () -> {
            FaultyStorage disk = new FaultyStorage(new MemoryStorage(1L << 30, 1 << 20));
            disks.add(disk);
            return disk;
        });
    }

    TestNetwork(Path directory, SliceMap map, Supplier<Storage> storages) {
        this(directory, map, storages, LavaNode.RECLAIM);
    }

    /** @param grace for so long a session's locks, and what it holds open, are kept without contact */
    TestNetwork(Path directory, SliceMap map, Supplier<Storage> storages, Duration grace) {
        this.directory = directory;
        this.map = map;
        this.storages = storages;
        this.grace = grace;
    }

    /** The first one founds the network, all others join it. */
    LavaNode add() throws IOException, InterruptedException {
        VulcanoId self = new VulcanoId(UUID.randomUUID());
        LavaNode node = nodes.isEmpty() ? found(self) : join(self);
        nodes.add(node);
        return node;
    }

    /** So many, in a network that has none yet. */
    List<LavaNode> of(int count) throws IOException, InterruptedException {
        while (nodes.size() < count) {
            LavaNode unused = add();
        }
        return List.copyOf(nodes);
    }

    /** A node ends and tells nobody, the council neither: the others must find out. */
    void kill(LavaNode node) {
        killed.add(node.id());
        node.close();
    }

    /** What vulcanos could not go on for. */
    List<Throwable> failures() {
        return List.copyOf(failures);
    }

    private LavaNode found(VulcanoId self) throws IOException {
        Member member = Member.joining(self, "", MemberKind.STORING);
        CouncilState first = CouncilState.found(new Founding(1, UUID.randomUUID()), network, "test", member, map);
        return start(self, Map.of(), asking -> seat(self, RatisCouncil.found(settings(self, asking), first)));
    }

    private LavaNode join(VulcanoId self) throws IOException, InterruptedException {
        LavaNode contact = nodes.get(0);
        CouncilCommand member = new CouncilCommand.AddMember(
                new CommandId(UUID.randomUUID()), Member.joining(self, "", MemberKind.STORING));
        try {
            Result result = contact.council().propose(member).get();
            if (!(result instanceof Result.Accepted)) {
                throw new IOException("the council does not take " + self + ": " + result);
            }
        } catch (ExecutionException e) {
            throw new IOException(e);
        }
        return start(
                self,
                Map.of(contact.id(), contact.address()),
                asking -> seat(self, RatisCouncil.join(settings(self, asking), List.of(contact.id()))));
    }

    private CouncilSeat seat(VulcanoId self, RatisCouncil council) {
        return new CouncilSeat(new Seat(self, council), council::handle);
    }

    private CouncilSettings settings(VulcanoId self, CouncilSeat.Asking asking) {
        return new CouncilSettings(self, directory.resolve(self.toString()), asking::ask);
    }

    private LavaNode start(VulcanoId self, Map<VulcanoId, NetAddress> contacts, CouncilSeat.Maker council)
            throws IOException {
        NodeParts parts = new NodeParts(
                self,
                network,
                INCARNATIONS.addAndGet(1_000_000),
                System.nanoTime(),
                true,
                () -> {},
                new Notary(network, new byte[32]),
                Build.LEVEL,
                UUID.randomUUID(),
                storages.get(),
                NetAddress.parse("127.0.0.1:0"),
                null,
                council,
                contacts,
                new NoAdministration(),
                failures::add);
        return LavaNode.start(parts, grace);
    }

    @Override
    public void close() {
        nodes.forEach(LavaNode::close);
        abandoned.forEach(Council::close);
    }

    /** A seat that its killed holder does not leave in order: it loses contact and no more. */
    private final class Seat implements Council {
        private final VulcanoId holder;
        private final Council council;

        Seat(VulcanoId holder, Council council) {
            this.holder = holder;
            this.council = council;
        }

        @Override
        public CouncilState state() {
            return council.state();
        }

        @Override
        public CompletableFuture<Result> propose(CouncilCommand command) {
            return council.propose(command);
        }

        @Override
        public CompletableFuture<CouncilState> read() {
            return council.read();
        }

        @Override
        public void watch(Consumer<CouncilState> watcher) {
            council.watch(watcher);
        }

        @Override
        public CouncilStatus status() {
            return council.status();
        }

        @Override
        public void close() {
            if (killed.contains(holder)) {
                abandoned.add(council);
            } else {
                council.close();
            }
        }
    }
}
