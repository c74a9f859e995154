package magma.vulcano;

import java.io.IOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import magma.dht.transport.netty.Administration;
import magma.dht.transport.netty.ListenerSettings;
import magma.dht.transport.netty.Served;
import magma.dht.transport.netty.WireListener;
import magma.dht.wire.Reply;
import magma.fs.FsException;
import magma.fuse.FuseMount;
import magma.fuse.FuseSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A vulcano that runs in this process: storage, the volume over it, the listener, and a mount where one was asked for. */
public final class Vulcano implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Vulcano.class);

    /** What was begun, to be ended in the opposite order. */
    private interface Ending {
        void end() throws IOException;
    }

    private final DataDirectory directory;
    private final Store store;
    private final WireListener listener;
    private final List<String> mounts;
    private final Deque<Ending> endings;
    private final long since = System.nanoTime();
    private final AtomicBoolean ending = new AtomicBoolean();
    private final CountDownLatch ended = new CountDownLatch(1);

    private Vulcano(VulcanoSettings settings, DataDirectory directory, Store store, Deque<Ending> endings)
            throws IOException {
        this.directory = directory;
        this.store = store;
        this.endings = endings;
        UUID network = directory.network().network();
        listener = listen(ListenerSettings.of(settings.listen(), network, UUID.randomUUID(), bootId()));
        endings.push(listener::close);
        Path place = settings.mount();
        if (place == null) {
            mounts = List.of();
        } else {
            FuseMount mount = FuseMount.mount(
                    store.volume(),
                    place,
                    FuseSettings.DEFAULT.withSource(listener.address().toString()));
            endings.push(mount::close);
            mounts = List.of(mount.mountPoint().toString());
        }
    }

    /**
     * Starts a vulcano and returns when it serves.
     *
     * @throws RefusalException when the data directory is not as it must be or in use, or the address is taken
     * @throws IOException when storage is damaged or cannot be read
     */
    public static Vulcano start(VulcanoSettings settings) throws IOException {
        return start(settings, LavaStore::open);
    }

    static Vulcano start(VulcanoSettings settings, Store.Opener opener) throws IOException {
        DataDirectory directory = settings.create()
                ? DataDirectory.create(settings.data(), settings.name())
                : DataDirectory.open(settings.data());
        Deque<Ending> endings = new ArrayDeque<>();
        endings.push(directory::close);
        try {
            Store store = opener.open(directory);
            endings.push(store::close);
            if (directory.isNew()) {
                directory.found();
            }
            Vulcano vulcano = new Vulcano(settings, directory, store, endings);
            directory.announce(vulcano.address());
            log.info(
                    "Ready: network {} on {}, data in {}{}",
                    directory.network().name(),
                    vulcano.address(),
                    directory.path(),
                    vulcano.mounts.isEmpty() ? "" : ", mounted on " + String.join(", ", vulcano.mounts));
            return vulcano;
        } catch (IOException | RuntimeException e) {
            endAll(endings);
            throw e;
        }
    }

    private WireListener listen(ListenerSettings settings) throws IOException {
        try {
            return new WireListener(settings, Served.alone(store.volume(), new Answers()));
        } catch (BindException e) {
            throw new RefusalException(
                    e.getMessage() + ". Another vulcano may be running there; stop it, or choose another port with"
                            + " --listen HOST:PORT.",
                    e);
        }
    }

    /** Differs after each start of the machine; Linux gives one. */
    private static UUID bootId() {
        try {
            return UUID.fromString(
                    Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip());
        } catch (IOException | IllegalArgumentException e) {
            log.debug("This machine has no boot id; each start of the vulcano counts as one of the machine", e);
            return UUID.randomUUID();
        }
    }

    /** HOST:PORT where it listens. */
    public String address() {
        return listener.address().toString();
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
            Store.Space space = store.space();
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
                    store.slices(),
                    sessions,
                    mounts);
        }

        @Override
        public void stop() {
            new Thread(Vulcano.this::close, "magma-stop").start();
        }

        @Override
        public Reply.Findings checkNamespace() throws FsException {
            return store.check();
        }

        @Override
        public Reply.Places locate(byte[] path) throws FsException {
            return store.locate(path);
        }

        @Override
        public void flush() throws FsException {
            store.flush();
        }
    }
}
