package magma.vulcano;

import java.io.IOException;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import magma.dht.council.Council;
import magma.dht.council.CouncilState;
import magma.dht.front.FrontVolume;
import magma.dht.host.CopySource;
import magma.dht.host.CouncilClerk;
import magma.dht.host.DigestSource;
import magma.dht.host.Incarnations;
import magma.dht.host.ReplicaComparison;
import magma.dht.host.ReplicaPorts;
import magma.dht.host.Replicas;
import magma.dht.host.ServedReplicas;
import magma.dht.host.StateCopier;
import magma.dht.host.Steward;
import magma.dht.replication.ReplicationSettings;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.routing.Census;
import magma.dht.routing.NetworkSlices;
import magma.dht.routing.RoutingTable;
import magma.dht.storage.Space;
import magma.dht.storage.StorageException;
import magma.dht.transport.PeerCalls;
import magma.dht.transport.PeerService;
import magma.dht.transport.netty.EventLoops;
import magma.dht.transport.netty.ListenerSettings;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.PeerLinks;
import magma.dht.transport.netty.Relays;
import magma.dht.transport.netty.Served;
import magma.dht.transport.netty.WireListener;
import magma.dht.volume.LavaVolume;
import magma.dht.wire.PeerReply;
import magma.dht.wire.Reply;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One vulcano of a lava network, from its storage to its address: where the pieces of dht-core meet. */
final class LavaNode implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LavaNode.class);

    /**
     * As usual, but for what is kept of the log for those that lag: all slices together have a part of the heap, and beyond that state is copied. It should hold what is written to a busy slice while
     * another is away for a few beacons.
     */
    private static final ReplicationSettings REPLICATION = new ReplicationSettings(
            Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(3), 64, 1 << 20, 1024, 1 << 20);

    private static final int REPLICA_THREADS = 4;
    private static final int COPY_THREADS = 2;

    /** So long after it came to lead a slice a vulcano waits for those who have files of it open, and for the clients of one that is gone. */
    static final Duration RECLAIM = Duration.ofSeconds(30);

    private static final Duration REPLACEMENT = Duration.ofMinutes(10);

    private final NodeParts parts;
    private final VulcanoId self;
    private final Endings endings = new Endings();
    private final Stage stage = new Stage();
    private final ExecutorService background;
    private final PeerLinks links;
    private final CouncilSeat seat;
    private final RoutingTable table;
    private final RunningMembers running;
    private final Replicas replicas;
    private final PowerLoss powerLoss;
    private final DigestSource digests;
    private final NetworkSlices slices;
    private final LavaVolume volume;
    private final FrontVolume front;
    private final WireListener listener;
    private final Contacts contacts = new Contacts(System::nanoTime);
    private final Deaths deaths;
    private final Expulsion expulsion;
    private final Revocations revocations;
    private final ServedSessions sessions;
    private final Leads leads;

    /**
     * Starts a node and returns when it serves.
     *
     * @throws IOException when its address is taken, or the council does not answer
     */
    static LavaNode start(NodeParts parts) throws IOException {
        return start(parts, RECLAIM);
    }

    /** @param reclaim instead of {@link #RECLAIM} */
    static LavaNode start(NodeParts parts, Duration reclaim) throws IOException {
        return new LavaNode(parts, reclaim);
    }

    private LavaNode(NodeParts parts, Duration reclaim) throws IOException {
        this.parts = parts;
        this.self = parts.self();
        this.expulsion = new Expulsion(self, stage, parts.failed());
        this.running = new RunningMembers(self);
        try {
            endings.push(parts.storage());
            ExecutorService replicaThreads =
                    endings.threads("magma-replica", daemons -> Executors.newFixedThreadPool(REPLICA_THREADS, daemons));
            background = endings.threads("magma-background", Executors::newCachedThreadPool);
            ExecutorService copies =
                    endings.threads("magma-copy", daemons -> Executors.newFixedThreadPool(COPY_THREADS, daemons));
            ExecutorService councilThreads = endings.threads("magma-council", Executors::newCachedThreadPool);
            EventLoops loops = EventLoops.ofVulcano();
            endings.push(loops);

            AtomicReference<@Nullable Council> council = new AtomicReference<>();
            Neighbours neighbours = new Neighbours(parts, council::get, expulsion);
            links = new PeerLinks(self, parts.network(), neighbours, loops);
            endings.push(links);
            seat = parts.council().take(new CouncilCalls(links));
            council.set(seat.council());
            endings.push(seat.council());

            table = new RoutingTable(seat.council().state().map());
            CouncilClerk clerk = new CouncilClerk(seat.council(), this::learn);
            StateCopier copier = new StateCopier(parts.storage(), links, table::map, copies);
            replicas = new Replicas(
                    new Replicas.Host(self, new Incarnations(parts.incarnation()), parts.clean(), parts.since()),
                    parts.storage(),
                    REPLICATION,
                    new ReplicaPorts(links, clerk, copier, new Leading(), new SystemTime(), replicaThreads));
            endings.push(replicas);
            replicas.start();
            powerLoss = new PowerLoss(parts, replicas);
            deaths = new Deaths(self, parts.notary(), replicas::died, council::get, links, background);

            Census census = new Census(self, this::census, links, this::counted);
            slices = new NetworkSlices(self, UUID.randomUUID(), replicas, links, table, census);
            volume = LavaVolume.openHomeVolume(
                    slices, Volumes.parts(parts.network()).withGrace(reclaim));
            NodeHomes homes = new NodeHomes(self, volume, neighbours, new Relays(loops));
            front = new FrontVolume(
                    Volumes.KEYS.root(parts.network()), table, homes, running::list, background, this::changesHeard);
            digests = new DigestSource(replicas, parts.storage());
            listener = listen(loops, councilThreads);
            endings.push(listener);

            revocations = new Revocations(listener);
            sessions = new ServedSessions(front, listener, background, replicas::full);
            leads = new Leads(self, stage, table, sessions);
            clerk.start(new Arrival(parts, seat.council(), expulsion).announce(listener.address()));
            endings.push(clerk);
            endings.push(volume);
            endings.push(this::depart);
            RootsSlice root = new RootsSlice(Volumes.KEYS.root(parts.network()), table, neighbours);
            new RootMaking(System::nanoTime, root::waitedFor).run(volume::createRoot, expulsion::check);
            endings.push(front);
            Steward steward = new Steward(self, seat.council(), replicas, REPLACEMENT);
            endings.push(steward);
            steward.start();
            stage.serve();
            expulsion.check();
            powerLoss.closeIfKnown();
        } catch (IOException | RuntimeException e) {
            close();
            expulsion.check();
            throw e;
        }
    }

    private WireListener listen(EventLoops loops, Executor councilThreads) throws IOException {
        PeerService peers = new Noticing(
                new ServedReplicas(
                        replicas,
                        new CopySource(replicas, parts.storage()),
                        digests,
                        this::census,
                        (from, request) -> CompletableFuture.supplyAsync(
                                () -> seat.answering().answer(from, request), councilThreads)),
                deaths,
                contacts);
        SessionDoor door = new SessionDoor(stage, front, volume);
        Served served = new Served(door::atFront, door::atHome, parts.administration(), front::heard, peers);
        return new WireListener(
                ListenerSettings.of(parts.listen(), parts.network(), self.uuid(), parts.boot(), parts.security()),
                served,
                loops);
    }

    /** The council's word, and all that follows from it; on its threads. */
    private void learn(CouncilState state) {
        revocations.learn(state);
        expulsion.learn(state);
        table.learn(state);
        try {
            replicas.learn(state.map(), state.slices());
        } catch (StorageException e) {
            parts.failed().accept(e);
            return;
        }
        boolean changed = running.learn(state);
        state.slices().forEach(leads::learn);
        if (changed && stage.isServing()) {
            sessions.move();
        }
        if (stage.isLeaving() && running.list().size() == 1 && state.members().size() > 1) {
            // All others have left: nothing more comes to an end here.
            table.endAt(System.nanoTime());
        }
    }

    PeerReply.CensusOf census() {
        try {
            Space space = parts.storage().space();
            return new PeerReply.CensusOf(replicas.flares(), space.total(), space.used(), space.available());
        } catch (StorageException e) {
            return new PeerReply.CensusOf(replicas.flares(), 0, 0, 0);
        }
    }

    private Census.Members counted() {
        CouncilState state = seat.council().state();
        int copies = state.slices().values().stream()
                .mapToInt(config -> config.replicas().size())
                .min()
                .orElse(1);
        return new Census.Members(running.list(), copies);
    }

    private CompletableFuture<Void> changesHeard() {
        // A session may begin before the address is listened on.
        @Nullable WireListener serving = listener;
        return serving == null ? CompletableFuture.completedFuture(null) : serving.changesHeard();
    }

    FrontVolume front() {
        return front;
    }

    /** Completes when no slice that is led here waits any more for those who had something of it open. */
    CompletableFuture<Void> settled() {
        return volume.settled();
    }

    NetworkSlices slices() {
        return slices;
    }

    /** Compares the replicas of every slice. Blocks. */
    Reply.Findings compareReplicas(ReplicaComparison.Times times) throws FsException {
        return new ReplicaComparison(
                        () -> {
                            CouncilState state = seat.council().state();
                            return new ReplicaComparison.State(state.map(), state.slices());
                        },
                        new ComparedMembers(self, digests, background, links),
                        times)
                .run();
    }

    Replicas replicas() {
        return replicas;
    }

    Council council() {
        return seat.council();
    }

    PeerCalls peers() {
        return links;
    }

    Contacts contacts() {
        return contacts;
    }

    VulcanoId id() {
        return self;
    }

    long incarnation() {
        return parts.incarnation();
    }

    NetAddress address() {
        return listener.address();
    }

    private void depart() throws InterruptedException {
        if (stage.isLeaving() && stage.isServing()) {
            new Departure(self, seat.council(), replicas).leave(parts.notary().seal(self, parts.incarnation()), deaths);
        }
        stage.end();
    }

    /** What is under way has so long to come to an end, and then all that this vulcano leads goes to others. {@link #close} must follow. */
    void leave(Duration patience) {
        stage.leave();
        table.endAt(System.nanoTime() + patience.toNanos());
    }

    /** Ends in the order opposite to the beginning; without {@link #leave} others learn nothing of it. */
    @Override
    public void close() {
        if (!stage.isLeaving()) {
            stage.end();
        }
        endings.close();
    }

    /** What follows from leading slices. There is no replica to tell anything before all of the node is made, and the council has spoken. */
    private final class Leading implements ReplicaPorts.Duties {
        @Override
        public synchronized void began(long slice) {
            log.debug("Leads slice {}", slice);
            volume.slicesGained(slice);
            if (!replicas.leads(slice)) {
                // It had ended before this was heard.
                volume.slicesLost(slice);
            }
        }

        @Override
        public void leaves(long slice) {
            volume.storeAll(slice);
        }

        @Override
        public void ended(long slice) {
            log.debug("Leads slice {} no more", slice);
            volume.slicesLost(slice);
        }

        @Override
        public void learned(long slice, SliceConfig config) {
            if (stage.isServing() && powerLoss.isOpen()) {
                background.execute(this::closePowerLoss);
            }
            leads.learn(slice, config);
            if (stage.isServing() && config.primary().equals(self)) {
                config.inSync().forEach(member -> remind(slice, member));
            }
        }

        private void closePowerLoss() {
            if (stage.isServing()) {
                powerLoss.closeIfKnown();
            }
        }

        /** Whoever comes to lead may not have done so when the notice came. */
        private void remind(long slice, VulcanoId member) {
            Incarnations last = deaths.lastOf(member);
            if (last != null) {
                replicas.died(slice, member, last);
            }
        }

        @Override
        public void failed(long slice, Throwable cause) {
            parts.failed().accept(cause);
        }
    }
}
