package magma.dht.volume;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import magma.dht.codec.Decoder;
import magma.dht.front.HomeSession;
import magma.dht.front.Homes.SessionName;
import magma.dht.key.KeyScheme;
import magma.dht.namespace.Namespace;
import magma.dht.routing.Slices;
import magma.dht.runtime.Backoff;
import magma.dht.runtime.Clock;
import magma.dht.runtime.Entropy;
import magma.dht.runtime.Later;
import magma.dht.slice.Slice;
import magma.fs.ChangeListener;
import magma.fs.ChangeListener.Change;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Statistics;
import magma.fs.Volume;

/**
 * A lava network as a filesystem: sessions over one namespace and the content of files. Does nothing by itself: {@link Session} is what callers use, {@link
 * Namespace} decides the rules, {@link FileContent} keeps bytes, {@link Housekeeper} works in the background.
 */
public final class LavaVolume implements Volume, AutoCloseable {
    private static final int BLOCK_BYTES = 4096;
    private static final long BYTES_PER_FLARE = 512;

    private static final Executor BACKGROUND = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "magma-background");
        thread.setDaemon(true);
        return thread;
    });

    private final Namespace namespace;
    private final Slices slices;
    private final Contents contents;
    private final Housekeeper housekeeper;
    private final Finishing finishing = new Finishing();
    private final Parts parts;
    private final Sessions sessions;
    private final FileLocks locks;
    private final Takeovers takeovers;
    private volatile boolean closed;

    private LavaVolume(Slices slices, Parts parts) {
        this.namespace =
                new Namespace(slices, parts.keys(), parts.network(), parts.entropy(), parts.backoff(), finishing);
        this.slices = slices;
        this.parts = parts;
        this.contents = new Contents(namespace, slices);
        this.housekeeper = new Housekeeper(namespace, slices, contents, random());
        this.locks = new FileLocks(namespace, slices);
        this.sessions = new Sessions(this, parts.grace(), new LingeringHolds(contents));
        this.takeovers = new Takeovers(this, parts.grace());
    }

    private UUID random() {
        return Decoder.decode("session", parts.entropy().bytes(16), Decoder::uuid);
    }

    /**
     * What a volume is made of besides its slices.
     *
     * @param grace for so long a session's locks, and what it holds open, are kept without contact
     */
    public record Parts(
            KeyScheme keys, UUID network, Entropy entropy, Backoff backoff, Clock clock, Later later, Duration grace) {
        private static final Duration GRACE = Duration.ofSeconds(30);

        /** With a grace of 30 s, in real time. */
        public Parts(KeyScheme keys, UUID network, Entropy entropy, Backoff backoff, Clock clock) {
            this(keys, network, entropy, backoff, clock, threads(), GRACE);
        }

        /** The same, but for the grace. */
        public Parts withGrace(Duration other) {
            return new Parts(keys, network, entropy, backoff, clock, later, other);
        }
    }

    /**
     * Opens the filesystem of a network whose slices are all led here, for as long as this process lives: makes its root where there is none, and ends what a crash left
     * half done.
     *
     * @throws FsException EIO when records are damaged
     */
    public static LavaVolume open(Slices slices, Parts parts) throws FsException {
        LavaVolume volume = new LavaVolume(slices, parts);
        volume.recover();
        volume.housekeeper.start();
        return volume;
    }

    /**
     * Opens this vulcano's part of a network's filesystem. It serves those flares whose slices are led here at the time; {@link #slicesGained} and {@link #slicesLost} say
     * from when and until when. Reads nothing, and changes nothing.
     */
    public static LavaVolume openHomeVolume(Slices slices, Parts parts) {
        LavaVolume volume = new LavaVolume(slices, parts);
        volume.housekeeper.start();
        return volume;
    }

    /** Makes the root of a new network. Does nothing where there is one. */
    public void createRoot() throws FsException {
        namespace.createRoot();
    }

    /**
     * Does to the slices what {@link #open} does to them before anybody is served. Content that no longer counts is not removed.
     *
     * @throws FsException EIO when records are damaged
     */
    public static Leftovers recover(Slices slices, Parts parts) throws FsException {
        return new LavaVolume(slices, parts).recover();
    }

    private Leftovers recover() throws FsException {
        int orphans = housekeeper.countOrphans();
        int transactions = namespace.recover();
        namespace.createRoot();
        housekeeper.endReclaim();
        housekeeper.removeLocks();
        return new Leftovers(transactions, orphans, housekeeper.findCleanings());
    }

    @Override
    public FileSystem openSession(String client, ChangeListener listener) throws FsException {
        return attach(new SessionName(random(), 1, client), true, listener);
    }

    /**
     * A session of the network comes to be served here, for the first time or again. Of its earlier generations, and of this one where it was here before, nothing is
     * served any more; what they have locked it has locked, and what they held open is held for as long as it takes to open it again.
     *
     * <p>What is given is a {@link FileSystem} too, the same as its {@link HomeSession#plain}. Its {@code close} ends the session here, its {@code abort} says that contact was
     * lost: then the session ends when it has not come again within the grace.
     *
     * @throws FsException ENOTCONN when a later generation has been here
     */
    public HomeSession openHome(SessionName name, ChangeListener listener) throws FsException {
        return attach(name, false, listener);
    }

    private Session attach(SessionName name, boolean isBound, ChangeListener listener) throws FsException {
        demandOpen();
        SessionLife life = new SessionLife(sessions, locks, name, isBound, listener);
        sessions.begin(life);
        if (closed) {
            life.lost();
            demandOpen();
        }
        return new Session(this, life);
    }

    /** Sessions have ended everywhere: what they held open and locked in slices that are led here is let go, and what was answered to them forgotten. */
    public void endSessions(List<UUID> ended) throws FsException {
        for (UUID id : ended) {
            SessionLife life = sessions.get(id);
            if (life != null) {
                life.end();
            }
            locks.endSession(id, any -> false);
        }
        FsException first = null;
        for (Slice slice : slices.map().slices()) {
            long term = slices.term(slice);
            if (term != 0) {
                try {
                    namespace.endSessions(slice, ended, term);
                } catch (FsException e) {
                    first = first == null && e.errno() != Errno.EREMOTE ? e : first;
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }

    /** This vulcano begins to lead a slice. Returns at once; what is to be done for it is done in the background. */
    public void slicesGained(long slice) {
        takeovers.gained(slice);
    }

    /** Stores what was written to the slice's files and waits in memory, as far as that can be: the next one to lead it is to begin with as much as there is. */
    public void storeAll(long slice) {
        Slice left = slices.map().numbered(slice);
        if (left != null) {
            contents.flush(left);
        }
    }

    /** This vulcano does not lead a slice any more. Returns at once: nothing of it is stored from here from now on, and who has something open or waits there is told EREMOTE. */
    public void slicesLost(long slice) {
        takeovers.lost(slice);
        Slice lost = slices.map().numbered(slice);
        if (lost != null) {
            contents.lost(lost);
            later(Duration.ZERO, () -> {
                contents.dropLost();
                locks.lost(lost);
            });
        }
    }

    /** Completes when no slice that is led here waits any more for sessions to come back to it. */
    public CompletableFuture<Void> settled() {
        return takeovers.settled();
    }

    /** Who is there, for people. */
    public List<String> clients() {
        return sessions.inContact().stream().map(life -> life.name().client()).toList();
    }

    /** Has work done in the background, unless the volume is closed before. */
    void later(Duration delay, Runnable task) {
        parts.later().run(delay, () -> {
            if (!closed) {
                task.run();
            }
        });
    }

    Sessions sessions() {
        return sessions;
    }

    FileLocks locks() {
        return locks;
    }

    Housekeeper housekeeper() {
        return housekeeper;
    }

    Namespace namespace() {
        return namespace;
    }

    Slices slices() {
        return slices;
    }

    Contents contents() {
        return contents;
    }

    Instant now() {
        return parts.clock().now();
    }

    void demandOpen() throws FsException {
        if (closed) {
            throw new FsException(Errno.ENOTCONN, "the vulcano is shutting down");
        }
    }

    /** Tells all sessions but {@code origin}. */
    void tell(UUID origin, Change change) {
        for (SessionLife life : sessions.inContact()) {
            if (!life.id().equals(origin)) {
                life.listener().changed(change);
            }
        }
    }

    /** Tells those but {@code origin} who may know something of a file that it was written to. */
    void tellWritten(UUID origin, FileContent content) {
        Change change = new Change.OfFlare(content.key(), true);
        if (!takeovers.isSettled(content.term().slice().number())) {
            // Who does not know yet that the slice is led here may have asked elsewhere.
            tell(origin, change);
            return;
        }
        for (SessionLife life : sessions.inContact()) {
            if (!life.id().equals(origin)) {
                content.onlookers().written(life, change);
            }
        }
    }

    Statistics statistics() throws FsException {
        boolean unused = finishing.awaitAll();
        var space = slices.space();
        long free = Math.max(0, space.total() - space.used());
        long available = Math.max(0, space.available());
        return new Statistics(
                BLOCK_BYTES,
                space.total(),
                Math.max(free, available),
                available,
                slices.flares(),
                available / BYTES_PER_FLARE);
    }

    void syncAll() throws FsException {
        contents.flushAll();
        boolean unused = finishing.awaitAll();
        slices.sync(slices.map().slices());
    }

    /**
     * Ends all sessions that end with this process, contact with the others, and the work in the background. What was written is handed to storage. What sessions have locked
     * stays locked if they can go on elsewhere.
     */
    @Override
    public void close() {
        closed = true;
        sessions.inContact().forEach(SessionLife::lost);
        contents.all().forEach(FileContent::flushInBackground);
        finishing.close();
        housekeeper.stop();
    }

    /** Threads that are there as long as they have something to do. */
    private static Later threads() {
        return (delay, task) -> CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS, BACKGROUND)
                .execute(task);
    }

    /** Pauses that grow from a few microseconds to 100 ms, with a random part. */
    public static Backoff sleeping() {
        return attempt -> {
            try {
                long most = Math.min(100_000, 50L << Math.min(attempt, 11));
                Thread.sleep(most / 1000, ThreadLocalRandom.current().nextInt(50, 999_999));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new FsException(Errno.EINTR, "interrupted while waiting for another transaction", e);
            }
        };
    }
}
