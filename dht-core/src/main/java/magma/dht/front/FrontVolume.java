package magma.dht.front;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import magma.dht.replication.VulcanoId;
import magma.dht.routing.RoutingTable;
import magma.dht.runtime.Gathering;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Volume;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The network's filesystem, at any one of its vulcanos. */
public final class FrontVolume implements Volume, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FrontVolume.class);

    /** So long a new session waits for those that do not answer; well below what a client waits for one vulcano. */
    private static final Duration OPENING = Duration.ofMillis(750);

    private final Key root;
    private final RoutingTable table;
    private final Homes homes;
    private final Supplier<List<VulcanoId>> up;
    private final ExecutorService background;
    private final Supplier<CompletionStage<Void>> othersHeard;
    private final List<FrontSession> sessions = new CopyOnWriteArrayList<>();

    /** Of the sessions of this process's own mounts. */
    private final List<ChangeListener> own = new CopyOnWriteArrayList<>();

    private volatile boolean closed;

    /**
     * @param up the vulcanos that sessions are to hear of changes from
     * @param background runs what goes on behind calls; any number of threads
     * @param othersHeard completes, normally, when all that are served here have heard of what was changed until now
     */
    public FrontVolume(
            Key root,
            RoutingTable table,
            Homes homes,
            Supplier<List<VulcanoId>> up,
            ExecutorService background,
            Supplier<CompletionStage<Void>> othersHeard) {
        this.root = root;
        this.table = table;
        this.homes = homes;
        this.up = up;
        this.background = background;
        this.othersHeard = othersHeard;
    }

    /** A session of this process itself: others' changes wait until it has heard of them, see {@link #heard}. */
    @Override
    public FileSystem openSession(String client, ChangeListener listener) throws FsException {
        own.add(listener);
        try {
            return open(anonymous(client), listener, FrontSession.Place.PROCESS, () -> own.remove(listener));
        } catch (FsException | RuntimeException e) {
            own.remove(listener);
            throw e;
        }
    }

    /** A session of a client that cannot go on with it elsewhere; whoever serves it sees to it that it hears of changes. */
    public FileSystem openServed(String client, ChangeListener listener) throws FsException {
        return open(anonymous(client), listener, FrontSession.Place.PROCESS, () -> {});
    }

    private static Homes.SessionName anonymous(String client) {
        return new Homes.SessionName(UUID.randomUUID(), 1, client);
    }

    /** A session that goes on from another vulcano, or begins here and can go on elsewhere: see {@link Continuing}. */
    public FileSystem open(Homes.SessionName name, ChangeListener listener) throws FsException {
        return open(name, listener, FrontSession.Place.VULCANO, () -> {});
    }

    private FileSystem open(Homes.SessionName name, ChangeListener listener, FrontSession.Place place, Runnable ended)
            throws FsException {
        if (closed) {
            throw new FsException(Errno.ENOTCONN, "the vulcano is shutting down");
        }
        SessionHomes parts = new SessionHomes(homes, name, listener, background);
        // Whoever serves a client waits for others before it answers.
        Runnable othersHear = place == FrontSession.Place.PROCESS ? this::awaitOthers : () -> {};
        Whereabouts whereabouts = Whereabouts.of(table, place == FrontSession.Place.VULCANO);
        FrontCalls calls = new FrontCalls(whereabouts, parts, OperationSlots.ofFront(name.generation()), othersHear);
        FrontSession session = new FrontSession(root, calls, background, place, closing -> {
            sessions.remove(closing);
            ended.run();
        });
        openSoon(parts);
        parts.begin();
        sessions.add(session);
        return session;
    }

    private void awaitOthers() {
        othersHeard.get().toCompletableFuture().join();
    }

    /** Completes, normally, when this process's own sessions have heard of what they were told until now. */
    public CompletableFuture<Void> heard() {
        Gathering heard = new Gathering();
        own.forEach(each -> heard.add(each.heard()));
        return heard.all();
    }

    /** A vulcano that hangs must not keep the session: whoever opens it goes elsewhere when that takes long. It is opened there behind calls. */
    private void openSoon(SessionHomes parts) throws FsException {
        List<CompletableFuture<Void>> opening = up.get().stream()
                .map(home -> CompletableFuture.runAsync(() -> parts.openAll(List.of(home)), background))
                .toList();
        try {
            CompletableFuture.allOf(opening.toArray(CompletableFuture[]::new))
                    .get(OPENING.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            log.debug("Not all vulcanos answer a new session yet", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while a session was opened", e);
        }
    }

    /**
     * Other vulcanos are up, or slices are led by others: sessions go along, in the background.
     *
     * @return completes when they have; with whether all reach all that are up
     */
    public CompletableFuture<Boolean> changed() {
        CompletableFuture<Boolean> all = CompletableFuture.completedFuture(true);
        for (FrontSession session : sessions) {
            CompletableFuture<Boolean> going = CompletableFuture.supplyAsync(
                    () -> {
                        boolean reached = session.homes().openAll(up.get());
                        session.opens().moved();
                        return reached;
                    },
                    background);
            all = all.thenCombine(going, Boolean::logicalAnd);
        }
        return all;
    }

    /** A vulcano does not answer for what it did: nobody waits for it any more. */
    public void lost(VulcanoId home) {
        for (FrontSession session : sessions) {
            session.homes().abort(home);
        }
    }

    /** Ends all sessions, but for those that can go on elsewhere. */
    @Override
    public void close() {
        closed = true;
        sessions.forEach(FrontSession::abandon);
    }
}
