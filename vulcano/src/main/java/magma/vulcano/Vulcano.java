package magma.vulcano;

import java.io.IOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import magma.dht.host.ReplicaComparison;
import magma.dht.identity.Invitation;
import magma.dht.identity.Principal;
import magma.dht.identity.RenewReply;
import magma.dht.identity.RenewRequest;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.netty.Administration;
import magma.dht.transport.netty.ListenerSettings;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.Served;
import magma.dht.transport.netty.WireListener;
import magma.dht.wire.AdminRequest;
import magma.dht.wire.Reply;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fuse.FuseMount;
import magma.fuse.FuseSettings;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A vulcano that runs in this process: storage, the volume over it, the listener, and a mount where one was asked for. */
public final class Vulcano implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Vulcano.class);

    /** Within which the sessions of a network's vulcano are to have flushed at its end, though others do not answer any more. */
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    /** What was begun, to be ended in the opposite order. */
    private interface Ending {
        void end() throws IOException;
    }

    private final DataDirectory directory;
    private final Deque<Ending> endings = new ArrayDeque<>();
    private final long since = System.nanoTime();
    private final AtomicBoolean ending = new AtomicBoolean();
    private final AtomicBoolean checking = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable Store store;
    private volatile NodeStart.@Nullable Started node;
    private volatile @Nullable String end;
    private volatile String address = "";
    private volatile List<String> mounts = List.of();

    private Vulcano(DataDirectory directory) {
        this.directory = directory;
        endings.push(directory::close);
    }

    /**
     * Starts a vulcano and returns when it serves.
     *
     * @throws IllegalArgumentException for an address that is not loopback where the vulcano is alone
     * @throws RefusalException when the data directory is not as it must be or in use, or the address is taken
     * @throws IOException when storage is damaged or cannot be read
     */
    public static Vulcano start(VulcanoSettings settings) throws IOException {
        return start(settings, Surroundings.usual());
    }

    static Vulcano start(VulcanoSettings settings, Surroundings around) throws IOException {
        String token = settings.token();
        boolean ofNetwork =
                settings.create() ? settings.joinable() : token != null || DataDirectory.hasCouncil(settings.data());
        if (!ofNetwork) {
            if (settings.witness()) {
                throw new IllegalArgumentException("a witness is of a network of others: it takes a token to join");
            }
            NetAddress unused = settings.listen().checkLoopback();
        } else if (settings.listen().host().isAnyLocalAddress()) {
            throw new IllegalArgumentException("the other vulcanos find this one where it listens, and "
                    + settings.listen() + " is everywhere and nowhere: name an address of this machine");
        }
        if (token != null) {
            NodeStart joining = NodeStart.joining(settings, around, token);
            Vulcano vulcano = new Vulcano(joining.directory());
            return vulcano.begun(settings, () -> vulcano.startNode(joining));
        }
        DataDirectory directory = settings.create()
                ? DataDirectory.create(settings.data(), settings.name())
                : DataDirectory.open(settings.data());
        Vulcano vulcano = new Vulcano(directory);
        return vulcano.begun(settings, () -> {
            if (ofNetwork) {
                vulcano.startNode(NodeStart.over(settings, around, directory));
            } else {
                vulcano.startAlone(settings, LavaStore::open);
            }
        });
    }

    /** A vulcano of a network of its own, which no other can join, over a given store. */
    static Vulcano start(VulcanoSettings settings, Store.Opener opener) throws IOException {
        Vulcano vulcano = new Vulcano(
                settings.create()
                        ? DataDirectory.create(settings.data(), settings.name())
                        : DataDirectory.open(settings.data()));
        return vulcano.begun(settings, () -> vulcano.startAlone(settings, opener));
    }

    /** What makes it serve. */
    private interface Beginning {
        void begin() throws IOException;
    }

    private Vulcano begun(VulcanoSettings settings, Beginning beginning) throws IOException {
        try {
            beginning.begin();
            mount(settings.mount());
            directory.announce(address);
            log.info(
                    "Ready: network {} on {}, data in {}{}",
                    directory.network().name(),
                    address,
                    directory.path(),
                    mounts.isEmpty() ? "" : ", mounted on " + String.join(", ", mounts));
            return this;
        } catch (IOException | RuntimeException e) {
            endAll(endings);
            throw e;
        }
    }

    private void startAlone(VulcanoSettings settings, Store.Opener opener) throws IOException {
        Keeper.of(System.getenv()).dismiss();
        Store opened = opener.open(directory);
        endings.push(opened::close);
        store = opened;
        if (directory.isNew()) {
            directory.found();
        }
        UUID network = directory.network().network();
        WireListener listener;
        try {
            listener = new WireListener(
                    ListenerSettings.of(settings.listen(), network, UUID.randomUUID(), bootId()),
                    Served.alone(opened.volume(), new Answers()));
        } catch (BindException e) {
            throw taken(e);
        }
        endings.push(listener::close);
        address = listener.address().toString();
    }

    private void startNode(NodeStart start) throws IOException {
        NodeStart.Started started;
        try {
            started = start.start(new Answers(), this::failed);
        } catch (BindException e) {
            throw taken(e);
        }
        // Last of all: what ends otherwise, the keeper tells of.
        endings.addLast(start.keeper()::dismiss);
        Store opened = new NodeStore(
                started.node(), Volumes.KEYS.root(directory.network().network()));
        endings.push(opened::close);
        endings.push(started.certificate()::close);
        store = opened;
        node = started;
        address = started.node().address().toString();
    }

    private static RefusalException taken(BindException e) {
        return new RefusalException(
                e.getMessage() + ". Another vulcano may be running there; stop it, or choose another port with"
                        + " --listen HOST:PORT.",
                e);
    }

    private void failed(Throwable cause) {
        if (cause instanceof ExpelledException) {
            end = cause.getMessage();
            log.error("This vulcano ends: {}", cause.getMessage());
            new Thread(this::close, "magma-expelled").start();
            return;
        }
        log.error("This vulcano cannot go on; the others do. Mend what failed and start it again.", cause);
        new Thread(this::close, "magma-failed").start();
    }

    private void mount(@Nullable Path place) throws IOException {
        if (place != null) {
            FuseMount mount = FuseMount.mount(store().volume(), place, FuseSettings.DEFAULT.withSource(address));
            endings.push(mount::close);
            mounts = List.of(mount.mountPoint().toString());
        }
    }

    private Store store() {
        Store opened = store;
        if (opened == null) {
            throw new IllegalStateException("the vulcano is starting");
        }
        return opened;
    }

    /** Differs after each start of the machine; Linux gives one. */
    static UUID bootId() {
        try {
            return UUID.fromString(
                    Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip());
        } catch (IOException | IllegalArgumentException e) {
            log.debug("This machine has no boot id; each start of the vulcano counts as one of the machine", e);
            return UUID.randomUUID();
        }
    }

    /** What others of the network see of it; null where it is alone or starting. */
    @Nullable
    LavaNode node() {
        NodeStart.Started started = node;
        return started == null ? null : started.node();
    }

    /** Looks after the vulcano's certificate; null where it is alone or starting. */
    @Nullable
    OwnCertificate certificate() {
        NodeStart.Started started = node;
        return started == null ? null : started.certificate();
    }

    /** HOST:PORT where it listens. */
    public String address() {
        return address;
    }

    /** Why the vulcano ended by itself and will not start again; empty where it has not. */
    public Optional<String> refusal() {
        return Optional.ofNullable(end);
    }

    /** Waits until {@link #close} is done, whoever called it. */
    public void awaitEnd() throws InterruptedException {
        ended.await();
    }

    /** Unmounts, ends all sessions, flushes and closes storage. Idempotent; returns when it is done. */
    @Override
    public void close() {
        if (ending.compareAndSet(false, true)) {
            log.info("Stopping");
            NodeStart.Started started = node;
            if (started != null) {
                started.node().leave(PATIENCE);
            }
            endAll(endings);
            log.info("Stopped");
            ended.countDown();
        }
        try {
            ended.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void endAll(Deque<Ending> endings) {
        while (!endings.isEmpty()) {
            try {
                endings.pop().end();
            } catch (IOException | RuntimeException e) {
                log.error("Not ended in order; the next start will recover", e);
            }
        }
    }

    /** What operators are answered. */
    private final class Answers implements Administration {
        @Override
        public Reply.StatusOf status(List<Reply.SessionStatus> sessions) throws FsException {
            Store.Space space = store().space();
            NetworkFile network = directory.network();
            return new Reply.StatusOf(
                    network.network(),
                    network.name(),
                    Build.VERSION,
                    ProcessHandle.current().pid(),
                    Duration.ofNanos(System.nanoTime() - since),
                    address(),
                    directory.path().toAbsolutePath().toString(),
                    space.flares(),
                    space.stored(),
                    space.free(),
                    space.available(),
                    store().slices(),
                    sessions,
                    mounts);
        }

        private NodeStart.Started network() throws FsException {
            NodeStart.Started started = node;
            if (started == null) {
                throw new FsException(
                        Errno.EOPNOTSUPP, "this vulcano is alone: its network was made before others could join");
            }
            return started;
        }

        @Override
        public Reply.Findings compareReplicas() throws FsException {
            return alone(() -> network().node().compareReplicas(ReplicaComparison.Times.USUAL));
        }

        @Override
        public Reply.LavaOf lava() throws FsException {
            return network().desk().lava(network().node().census());
        }

        @Override
        public String invite(Invitation invitation, Duration validity) throws FsException {
            return network().desk().invite(invitation, validity);
        }

        @Override
        public void expel(VulcanoId vulcano) throws FsException {
            network().desk().expel(vulcano);
        }

        @Override
        public int revoke(String holder) throws FsException {
            return network().desk().revoke(holder);
        }

        @Override
        public Reply.CertificatesOf certificates() throws FsException {
            return network().desk().certificates();
        }

        @Override
        public Reply.Joined join(AdminRequest.Join request) throws FsException {
            return network().desk().join(request);
        }

        @Override
        public RenewReply renew(Principal holder, RenewRequest request) throws FsException {
            return network().desk().renew(holder, request);
        }

        @Override
        public void stop() {
            new Thread(Vulcano.this::close, "magma-stop").start();
        }

        @Override
        public Reply.Findings checkNamespace() throws FsException {
            return alone(() -> store().check());
        }

        private interface Check {
            Reply.Findings run() throws FsException;
        }

        /** A check reads all there is: several at once would leave little to those whom this vulcano serves. */
        private Reply.Findings alone(Check check) throws FsException {
            if (!checking.compareAndSet(false, true)) {
                throw new FsException(Errno.EBUSY, "another check runs; try again when it has ended");
            }
            try {
                return check.run();
            } finally {
                checking.set(false);
            }
        }

        @Override
        public Reply.Places locate(byte[] path) throws FsException {
            return store().locate(path);
        }

        @Override
        public void flush() throws FsException {
            store().flush();
        }
    }
}
