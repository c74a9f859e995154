package magma.dht.volume;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import magma.dht.codec.Decoder;
import magma.dht.key.KeyScheme;
import magma.dht.lock.LockTable;
import magma.dht.namespace.Namespace;
import magma.dht.routing.Slices;
import magma.dht.runtime.Backoff;
import magma.dht.runtime.Clock;
import magma.dht.runtime.Entropy;
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

    private final Namespace namespace;
    private final Slices slices;
    private final Contents contents;
    private final Housekeeper housekeeper;
    private final Clock clock;

    /** In whose name flares are held open at their primaries, for all sessions of this volume. */
    private final UUID holder;

    private final AtomicLong lastSession = new AtomicLong();
    private final List<Session> sessions = new CopyOnWriteArrayList<>();
    private final LockTable<LockRequest> locks = new LockTable<>();
    private volatile boolean closed;

    private LavaVolume(Slices slices, Parts parts) {
        this.namespace = new Namespace(slices, parts.keys(), parts.network(), parts.entropy(), parts.backoff());
        this.slices = slices;
        this.clock = parts.clock();
        this.holder = Decoder.decode("session", parts.entropy().bytes(16), Decoder::uuid);
        this.contents = new Contents(namespace, slices, holder);
        this.housekeeper = new Housekeeper(namespace, slices, contents);
    }

    /** What a volume is made of besides its slices. */
    public record Parts(KeyScheme keys, UUID network, Entropy entropy, Backoff backoff, Clock clock) {}

    /**
     * Opens the network's filesystem, makes its root where there is none, and ends what a crash left half done.
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
     * Opens the filesystem of a network of several vulcanos, which are at work: nothing of theirs is ended. Makes the root where there is none.
     *
     * @throws FsException EIO when records are damaged
     */
    public static LavaVolume openBeside(Slices slices, Parts parts) throws FsException {
        LavaVolume volume = new LavaVolume(slices, parts);
        volume.namespace.createRoot();
        volume.housekeeper.start();
        return volume;
    }

    /** This vulcano answers for a slice no more. Blocks while its files are in use. */
    public void lost(Slice slice) {
        contents.lose(slice::contains);
    }

    /** All who had files of a slice open before this vulcano came to answer for it have said so here, or never will. */
    public void endReclaim(Slice slice) throws FsException {
        namespace.endReclaim(slice);
        housekeeper.findCleanings(slice);
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
        return new Leftovers(transactions, orphans, housekeeper.findCleanings());
    }

    @Override
    public FileSystem openSession(String client, ChangeListener listener) throws FsException {
        demandOpen();
        Session session = new Session(this, client, lastSession.incrementAndGet(), listener);
        sessions.add(session);
        return session;
    }

    /** Who is there, for people. */
    public List<String> clients() {
        return sessions.stream().map(Session::client).toList();
    }

    Namespace namespace() {
        return namespace;
    }

    Slices slices() {
        return slices;
    }

    UUID holder() {
        return holder;
    }

    Contents contents() {
        return contents;
    }

    Instant now() {
        return clock.now();
    }

    void demandOpen() throws FsException {
        if (closed) {
            throw new FsException(Errno.ENOTCONN, "the vulcano is shutting down");
        }
    }

    /** Tells all sessions but {@code origin}. */
    void tell(Session origin, Change change) {
        for (Session session : sessions) {
            if (session != origin) {
                session.listener().changed(change);
            }
        }
    }

    void forget(Session session) {
        sessions.remove(session);
    }

    /** Asks or changes the table of locks, alone; then tells those whose requests were decided. */
    void locking(Function<LockTable<LockRequest>, LockTable.Decided<LockRequest>> step) {
        LockTable.Decided<LockRequest> decided;
        synchronized (locks) {
            decided = step.apply(locks);
        }
        decided.granted().forEach(request -> request.complete(null));
        for (Map.Entry<LockRequest, Errno> refused : decided.refused().entrySet()) {
            refused.getKey().completeExceptionally(new FsException(refused.getValue(), "the lock cannot be granted"));
        }
    }

    <R> R lockTable(Function<LockTable<LockRequest>, R> question) {
        synchronized (locks) {
            return question.apply(locks);
        }
    }

    Statistics statistics() throws FsException {
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
        for (FileContent content : contents.all()) {
            content.flush();
        }
        slices.sync(slices.map().slices());
    }

    /** Ends all sessions and the work in the background. What was written is handed to storage. */
    @Override
    public void close() {
        closed = true;
        for (Session session : new ArrayList<>(sessions)) {
            session.close();
        }
        housekeeper.stop();
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
