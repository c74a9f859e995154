package magma.vulcano;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import magma.dht.council.CommandId;
import magma.dht.council.Council;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilState;
import magma.dht.council.Member;
import magma.dht.council.Result;
import magma.dht.front.FrontVolume;
import magma.dht.front.HomeSession;
import magma.dht.front.Homes;
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
import magma.dht.key.KeyFunction;
import magma.dht.key.KeyScheme;
import magma.dht.replication.ReplicationSettings;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.routing.Census;
import magma.dht.routing.NetworkSlices;
import magma.dht.routing.RoutingTable;
import magma.dht.slice.Slice;
import magma.dht.storage.Space;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.transport.PeerCalls;
import magma.dht.transport.PeerService;
import magma.dht.transport.netty.Administration;
import magma.dht.transport.netty.EventLoops;
import magma.dht.transport.netty.ListenerSettings;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.PeerLinks;
import magma.dht.transport.netty.Relays;
import magma.dht.transport.netty.RemoteSettings;
import magma.dht.transport.netty.Served;
import magma.dht.transport.netty.TransportSecurity;
import magma.dht.transport.netty.WireListener;
import magma.dht.volume.LavaVolume;
import magma.dht.wire.PeerReply;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.dht.wire.Signal;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One vulcano of a lava network, from its storage to its address: where the pieces of dht-core meet. */
final class LavaNode implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(LavaNode.class);

    static final KeyScheme KEYS = new KeyScheme(KeyFunction.SHA1);

    /** As usual, but for what is kept of the log for those that lag: all slices together have a part of the heap, and beyond that state is copied. */
    private static final ReplicationSettings REPLICATION = new ReplicationSettings(
            Duration.ofMillis(500), Duration.ofSeconds(2), Duration.ofSeconds(3), 64, 1 << 20, 1024, 1 << 20);

    private static final int REPLICA_THREADS = 4;

    /** So long after it came to lead a slice a vulcano waits for those who have files of it open, and for the clients of one that is gone. */
    static final Duration RECLAIM = Duration.ofSeconds(30);

    private static final Duration REPLACEMENT = Duration.ofMinutes(10);

    private final Parts parts;
    private final VulcanoId self;
    private final Deque<AutoCloseable> endings = new ArrayDeque<>();
    private final ExecutorService replicaThreads;
    private final ExecutorService background;
    private final EventLoops loops;
    private final PeerLinks links;
    private final Relays relays;
    private final CouncilSeat seat;
    private final RoutingTable table;
    private final Replicas replicas;
    private final DigestSource digests;
    private final NetworkSlices slices;
    private final WireListener listener;
    private final LavaVolume volume;
    private final FrontVolume front;
    private final CouncilClerk clerk;
    private final Deaths deaths;
    private final Contacts contacts = new Contacts(System::nanoTime);
    private final Map<Long, SliceConfig> configs = new ConcurrentHashMap<>();
    private final AtomicBoolean moving = new AtomicBoolean();
    private volatile Set<VulcanoId> up = Set.of();
    private final AtomicBoolean expelled = new AtomicBoolean();
    private int banned;
    private volatile boolean ready;
    private volatile boolean inOrder;
    private volatile boolean marked;

    /**
     * What a node is made of.
     *
     * @param incarnation of this process: greater than that of all before
     * @param clean whether nothing that storage had appended can have been lost with the power
     * @param cleaned told when the council knows all that was lost here
     * @param notary of the network
     * @param level up to which this build can run; see {@link Build#LEVEL}
     * @param storage is closed with the node
     * @param security null for none: then all addresses are loopback
     * @param contacts where some vulcanos are, for as long as the council does not say
     * @param failed told when this vulcano cannot go on, as when its disk fails
     */
    record Parts(
            VulcanoId self,
            UUID network,
            long incarnation,
            boolean clean,
            Cleaned cleaned,
            Notary notary,
            int level,
            UUID boot,
            Storage storage,
            NetAddress listen,
            @Nullable TransportSecurity security,
            CouncilSeat.Maker council,
            Map<VulcanoId, NetAddress> contacts,
            Administration administration,
            Consumer<Throwable> failed) {}

    /** Nothing that others count on is missing in the storage any more. */
    @FunctionalInterface
    interface Cleaned {
        void mark() throws StorageException;
    }

    /**
     * Starts a node and returns when it serves.
     *
     * @throws IOException when its address is taken, or the council does not answer
     */
    static LavaNode start(Parts parts) throws IOException {
        return start(parts, RECLAIM);
    }

    /** @param reclaim instead of {@link #RECLAIM} */
    static LavaNode start(Parts parts, Duration reclaim) throws IOException {
        return new LavaNode(parts, reclaim);
    }

    private LavaNode(Parts parts, Duration reclaim) throws IOException {
        this.parts = parts;
        this.self = parts.self();
        try {
            endings.push(parts.storage());
            replicaThreads =
                    threads("magma-replica", Executors.newFixedThreadPool(REPLICA_THREADS, daemons("magma-replica")));
            background = threads("magma-background", Executors.newCachedThreadPool(daemons("magma-background")));
            ExecutorService copies = threads("magma-copy", Executors.newFixedThreadPool(2, daemons("magma-copy")));
            ExecutorService councilThreads =
                    threads("magma-council", Executors.newCachedThreadPool(daemons("magma-council")));
            loops = EventLoops.ofVulcano();
            endings.push(loops);
            links = new PeerLinks(self, parts.network(), new Others(), loops);
            endings.push(links);
            relays = new Relays(loops);
            seat = parts.council().take(this::ask);
            endings.push(seat.council());
            CouncilState known = seat.council().state();
            table = new RoutingTable(known.map());
            clerk = new CouncilClerk(seat.council(), this::learn);
            StateCopier copier = new StateCopier(parts.storage(), links, table::map, copies);
            replicas = new Replicas(
                    new Replicas.Host(self, new Incarnations(parts.incarnation()), parts.clean()),
                    parts.storage(),
                    REPLICATION,
                    new ReplicaPorts(links, clerk, copier, new Leading(), new SystemTime(), replicaThreads));
            endings.push(replicas);
            deaths = new Deaths(self, parts.notary(), replicas::died, this::councilIfTaken, links, background);
            Census census = new Census(self, this::census, links, this::counted);
            slices = new NetworkSlices(self, UUID.randomUUID(), replicas, links, table, census);
            volume = LavaVolume.openHomeVolume(slices, volumeParts(reclaim));
            digests = new DigestSource(replicas, parts.storage());
            listener = listen(new Noticing(
                    new ServedReplicas(
                            replicas,
                            new CopySource(replicas, parts.storage()),
                            digests,
                            this::census,
                            (from, request) -> CompletableFuture.supplyAsync(
                                    () -> seat.answering().answer(from, request), councilThreads)),
                    deaths,
                    contacts));
            endings.push(listener);
            CouncilState first = introduce();
            clerk.start(first);
            endings.push(clerk);
            endings.push(volume);
            endings.push(this::depart);
            new RootMaking(System::nanoTime, this::rootsSlice).run(volume::createRoot, this::checkWelcome);
            front = new FrontVolume(KEYS.root(parts.network()), table, this::home, () -> List.copyOf(up), background);
            endings.push(front);
            Steward steward = new Steward(self, seat.council(), replicas, REPLACEMENT);
            endings.push(steward);
            steward.start();
            ready = true;
            checkWelcome();
            markClean();
        } catch (IOException | RuntimeException e) {
            close();
            checkWelcome();
            throw e;
        }
    }

    private static DefaultThreadFactory daemons(String name) {
        return new DefaultThreadFactory(name, true);
    }

    private ExecutorService threads(String name, ExecutorService pool) {
        endings.push(() -> {
            // An interrupt would close the files of the storage that a thread is at: that is for those that hang.
            pool.shutdown();
            if (!pool.awaitTermination(2, TimeUnit.SECONDS)) {
                log.debug("{} does not end", name);
                pool.shutdownNow();
            }
        });
        return pool;
    }

    private WireListener listen(PeerService peers) throws IOException {
        Served served = new Served(
                (name, changes) -> serving().atFront(name, changes),
                (name, changes) -> serving().atHome(name, changes),
                parts.administration(),
                peers);
        return new WireListener(
                ListenerSettings.of(parts.listen(), parts.network(), self.uuid(), parts.boot(), parts.security()),
                served,
                loops);
    }

    /** A client that has no name for its session cannot go on with it elsewhere. */
    private FileSystem atFront(Homes.SessionName name, ChangeListener changes) throws FsException {
        return name.id().equals(Signal.Hello.NO_SESSION)
                ? front.openSession(name.client(), changes)
                : front.open(name, changes);
    }

    private LavaNode serving() throws FsException {
        if (!ready) {
            throw new FsException(Errno.ENOTCONN, "the vulcano is starting");
        }
        return this;
    }

    /** Tells the council that this process runs, and hears what it says now. */
    private CouncilState introduce() throws IOException {
        Council council = seat.council();
        CouncilCommand started = new CouncilCommand.MemberStarted(
                new CommandId(UUID.randomUUID()),
                self,
                parts.incarnation(),
                listener.address().toString(),
                Build.VERSION,
                parts.level());
        boolean told = false;
        while (true) {
            checkWelcome();
            Member own = council.state().member(self);
            if (own != null && !own.joined()) {
                expelled();
                continue;
            }
            try {
                Result result = council.propose(started).get();
                if (result instanceof Result.Conflict conflict) {
                    throw new RefusalException("the network does not take this vulcano: " + conflict.reason());
                }
                return council.read().get();
            } catch (ExecutionException e) {
                if (!told) {
                    told = true;
                    log.warn("The council does not answer yet; waiting for most of its members");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while the council was asked", e);
            }
        }
    }

    /** What must be served before there is a root, and who is to. */
    private String rootsSlice() {
        Slice slice = table.map().of(KEYS.root(parts.network()));
        SliceConfig config = table.config(slice.number());
        if (config == null) {
            return "the council's word on slice " + slice.number() + ", which has the root";
        }
        List<String> able = config.inSync().stream()
                .map(member -> member + " at " + addressOf(member))
                .toList();
        return "slice " + slice.number() + ", which has the root and can be led by " + able;
    }

    /** One whose own council is over may have begun by itself before it heard from the others. */
    private void checkWelcome() throws RefusalException {
        if (expelled.get()) {
            throw new RefusalException(String.valueOf(new ExpelledException(self).getMessage()));
        }
    }

    private byte[] ask(VulcanoId to, byte[] request, Duration timeout) throws IOException {
        try {
            Reply reply =
                    links.call(to, new PeerRequest.CouncilCall(request)).get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (reply instanceof PeerReply.CouncilAnswer answer) {
                return answer.bytes();
            }
            throw new IOException(to + " answers " + reply);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } catch (TimeoutException e) {
            throw new IOException(to + " does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + to + " was asked", e);
        }
    }

    private @Nullable Council councilIfTaken() {
        // While the seat is taken there is none yet.
        @Nullable CouncilSeat taken = seat;
        return taken == null ? null : taken.council();
    }

    private @Nullable NetAddress addressOf(VulcanoId vulcano) {
        Council known = councilIfTaken();
        Member member = known == null ? null : known.state().member(vulcano);
        return member == null || member.address().isEmpty()
                ? parts.contacts().get(vulcano)
                : NetAddress.parse(member.address());
    }

    private @Nullable RemoteSettings settingsOf(VulcanoId vulcano) {
        NetAddress address = addressOf(vulcano);
        if (address == null) {
            return null;
        }
        RemoteSettings usual = RemoteSettings.of(address, parts.security());
        return new RemoteSettings(
                usual.vulcano(),
                parts.network(),
                Duration.ofSeconds(2),
                usual.patience(),
                Duration.ofSeconds(2),
                parts.security());
    }

    /** The others have expelled this vulcano. On any thread. */
    private void expelled() {
        if (!expelled.getAndSet(true) && ready) {
            parts.failed().accept(new ExpelledException(self));
        }
    }

    /** Ends the connections of those who are not of the network any more. */
    private void ban(CouncilState state) {
        int now = state.revoked().size()
                + (int) state.members().values().stream()
                        .filter(member -> !member.joined())
                        .count();
        if (now != banned) {
            banned = now;
            listener.endRevoked();
        }
        Member own = state.member(self);
        if (own != null && !own.joined()) {
            expelled();
        }
    }

    /** The council's word; on its threads. */
    private void learn(CouncilState state) {
        ban(state);
        table.learn(state.map(), state.slices());
        try {
            replicas.learn(state.map(), state.slices());
        } catch (StorageException e) {
            parts.failed().accept(e);
            return;
        }
        Set<VulcanoId> running = new HashSet<>();
        for (Member member : state.members().values()) {
            if (member.stores() && (member.up() || member.id().equals(self))) {
                running.add(member.id());
            }
        }
        boolean changed = !running.equals(up);
        up = Set.copyOf(running);
        state.slices().forEach(this::led);
        if (changed) {
            move();
        }
        if (inOrder && up.size() == 1 && state.members().size() > 1) {
            // All others have left: nothing more comes to an end here.
            table.endAt(System.nanoTime());
        }
    }

    /** Who leads a slice, by a later word than before or not. */
    private void led(long slice, SliceConfig config) {
        table.learn(slice, config);
        SliceConfig latest = table.config(slice);
        if (latest == null) {
            return;
        }
        SliceConfig before = configs.put(slice, latest);
        if (before == null || !ready) {
            return;
        }
        for (VulcanoId member : before.inSync()) {
            if (!latest.inSync().contains(member) && latest.replicas().contains(member)) {
                fellOut(member);
            }
        }
        if (!before.primary().equals(latest.primary())) {
            if (!latest.inSync().contains(before.primary())) {
                // It did not hand over: answers from there are nobody's any more.
                background.execute(() -> front.lost(before.primary()));
            }
            move();
        }
    }

    /** It is dead, hangs, or is cut off: what was changed need not wait until its clients have confirmed that they know. One whose disk is full serves them on. */
    private void fellOut(VulcanoId member) {
        if (!member.equals(self)) {
            // Elsewhere, for the caller may be in a replica's turn.
            background.execute(() -> {
                if (!replicas.full().contains(member)) {
                    listener.endRelays(member);
                }
            });
        }
    }

    /** Sessions go where their files are led now; soon, and once for many slices. */
    private void move() {
        if (ready && moving.compareAndSet(false, true)) {
            background.execute(() -> {
                moving.set(false);
                front.changed();
            });
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
        List<VulcanoId> storing = new ArrayList<>(up);
        return new Census.Members(storing, copies);
    }

    /** A session's part at a vulcano, this one too. */
    private HomeSession home(VulcanoId vulcano, Homes.SessionName session, ChangeListener listener) throws FsException {
        if (vulcano.equals(self)) {
            return volume.openHome(session, listener);
        }
        RemoteSettings settings = settingsOf(vulcano);
        if (settings == null) {
            throw new FsException(Errno.EREMOTE, "the address of " + vulcano + " is not known");
        }
        return relays.open(settings, session, listener);
    }

    private FileSystem atHome(Homes.SessionName session, ChangeListener listener) throws FsException {
        return volume.openHome(session, listener).plain();
    }

    private LavaVolume.Parts volumeParts(Duration reclaim) {
        SecureRandom random = new SecureRandom();
        LavaVolume.Parts usual = new LavaVolume.Parts(
                KEYS,
                parts.network(),
                count -> {
                    byte[] bytes = new byte[count];
                    random.nextBytes(bytes);
                    return bytes;
                },
                LavaVolume.sleeping(),
                Instant::now);
        return usual.withGrace(reclaim);
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
                        this::askAny,
                        times)
                .run();
    }

    private CompletableFuture<Reply> askAny(VulcanoId to, PeerRequest request) {
        return to.equals(self) && request instanceof PeerRequest.DigestRecords own
                ? CompletableFuture.completedFuture(own)
                        .thenComposeAsync(digests::digest, background)
                        .thenApply(reply -> reply)
                : links.call(to, request);
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

    /** Once the council knows what was lost here, the next process need not say it again. */
    private void markClean() {
        if (!ready || parts.clean() || marked || !replicas.isClean()) {
            return;
        }
        try {
            parts.cleaned().mark();
            marked = true;
        } catch (StorageException e) {
            log.warn("The next start will say again that power was lost here: {}", e.getMessage());
        }
    }

    private void depart() throws InterruptedException {
        if (inOrder && ready) {
            new Departure(self, seat.council(), replicas).leave(parts.notary().seal(self, parts.incarnation()), deaths);
        }
        ready = false;
    }

    /** What is under way has so long to come to an end, and then all that this vulcano leads goes to others. {@link #close} must follow. */
    void leave(Duration patience) {
        inOrder = true;
        table.endAt(System.nanoTime() + patience.toNanos());
    }

    /** Ends in the order opposite to the beginning; without {@link #leave} others learn nothing of it. */
    @Override
    public void close() {
        if (!inOrder) {
            ready = false;
        }
        while (!endings.isEmpty()) {
            try {
                endings.pop().close();
            } catch (CompletionException | InterruptedException e) {
                log.warn("Not ended in order", e);
            } catch (Exception e) {
                log.error("Not ended in order; the next start will recover", e);
            }
        }
    }

    /** Where the other vulcanos are, and that they want this one no more. */
    private final class Others implements PeerLinks.Directory {
        @Override
        public @Nullable RemoteSettings find(VulcanoId vulcano) {
            return settingsOf(vulcano);
        }

        @Override
        public void revoked() {
            expelled();
        }
    }

    /** What follows from leading slices. */
    private final class Leading implements ReplicaPorts.Duties {
        @Override
        public void began(long slice) {
            log.debug("Leads slice {}", slice);
            volume.slicesGained(slice);
        }

        @Override
        public void ended(long slice) {
            log.debug("Leads slice {} no more", slice);
            volume.slicesLost(slice);
        }

        @Override
        public void learned(long slice, SliceConfig config) {
            if (ready && !parts.clean() && !marked) {
                background.execute(LavaNode.this::markClean);
            }
            led(slice, config);
            if (ready && config.primary().equals(self)) {
                config.inSync().forEach(member -> remind(slice, member));
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

    private static final class SystemTime implements ReplicaPorts.Time {
        @Override
        public Instant now() {
            return Instant.now();
        }

        @Override
        public long nanos() {
            return System.nanoTime();
        }
    }
}
