package magma.dht.front;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.NoContactException;
import magma.fs.ChangeListener;
import magma.fs.ChangeListener.Change;
import magma.fs.Errno;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A session's parts at all homes: at most one for each vulcano. Safe for all threads. */
final class SessionHomes {
    private static final Logger log = LoggerFactory.getLogger(SessionHomes.class);

    private final Homes homes;
    private final Homes.SessionName name;
    private final ChangeListener listener;
    private final Executor background;
    private final Map<VulcanoId, Place> places = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** Whether the session may know something. */
    private volatile boolean begun;

    /** One home. */
    private static final class Place {
        private volatile @Nullable HomeSession session;

        /** What those who call wait for while a part is being opened; null while none is. Guarded by this. */
        private @Nullable CompletableFuture<HomeSession> opening;
    }

    /** @param background opens the parts, so that nobody is bound to one that does not answer; any number of threads */
    SessionHomes(Homes homes, Homes.SessionName name, ChangeListener listener, Executor background) {
        this.homes = homes;
        this.name = name;
        this.listener = listener;
        this.background = background;
    }

    Homes.SessionName name() {
        return name;
    }

    /** The part at a home, opened where it is not. @throws FsException ENOTCONN, also when {@link #abort} is called meanwhile */
    HomeSession at(VulcanoId home) throws FsException {
        HomeSession known = ifOpen(home);
        return known != null ? known : opened(opening(home, places.computeIfAbsent(home, id -> new Place())));
    }

    private CompletableFuture<HomeSession> opening(VulcanoId home, Place place) throws FsException {
        CompletableFuture<HomeSession> opening;
        synchronized (place) {
            HomeSession known = place.session;
            if (known != null && !known.isOver()) {
                return CompletableFuture.completedFuture(known);
            }
            if (closed) {
                throw new FsException(Errno.ENOTCONN, "the session is closed");
            }
            CompletableFuture<HomeSession> begun = place.opening;
            if (begun != null && !begun.isDone()) {
                return begun;
            }
            opening = new CompletableFuture<>();
            place.opening = opening;
            if (begun != null) {
                // Nobody waits any more for the attempt that goes on; whoever comes now does.
                return opening;
            }
        }
        try {
            background.execute(() -> open(home, place));
        } catch (RejectedExecutionException e) {
            end(place).completeExceptionally(new FsException(Errno.ENOTCONN, "the session's process is ending", e));
        } catch (RuntimeException | Error e) {
            end(place).completeExceptionally(e);
            throw e;
        }
        return opening;
    }

    private static HomeSession opened(CompletableFuture<HomeSession> opening) throws FsException {
        try {
            return opening.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while a vulcano was reached", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof FsException problem) {
                throw problem;
            }
            throw new FsException(Errno.EIO, "no part of the session could be opened: " + e.getCause(), e);
        }
    }

    private void open(VulcanoId home, Place place) {
        try {
            HomeSession opened = openNow(home, place);
            end(place).complete(opened);
        } catch (FsException e) {
            end(place).completeExceptionally(e);
        } catch (RuntimeException | Error e) {
            log.error("A part of a session could not be opened at {}", home, e);
            end(place).completeExceptionally(e);
        }
    }

    private HomeSession openNow(VulcanoId home, Place place) throws FsException {
        HomeSession opened = homes.open(home, name, listener);
        boolean again;
        synchronized (place) {
            again = begun || place.session != null;
            place.session = opened;
        }
        if (again) {
            // What was changed there in between was told to nobody. Without the lock: the listener may wait for calls
            // of its own.
            listener.changed(new Change.OfEverything());
        }
        if (closed) {
            opened.abort();
        }
        return opened;
    }

    /** Nothing is being opened any more. @return what those wait for who came last */
    private static CompletableFuture<HomeSession> end(Place place) {
        synchronized (place) {
            CompletableFuture<HomeSession> awaited = Objects.requireNonNull(place.opening);
            place.opening = null;
            return awaited;
        }
    }

    /** The session begins. What is changed at homes where it has no part yet it does not hear of: it is told that all may have changed once it has. */
    void begin() {
        begun = true;
    }

    /** The part at a home if there is one. */
    @Nullable
    HomeSession ifOpen(VulcanoId home) {
        Place place = places.get(home);
        if (place == null) {
            return null;
        }
        HomeSession known = place.session;
        return known == null || known.isOver() ? null : known;
    }

    /**
     * Opens the parts that are missing, so that the session hears of changes. Those that cannot be reached are left out.
     *
     * @return whether all are open
     */
    boolean openAll(List<VulcanoId> up) {
        boolean all = true;
        for (VulcanoId home : up) {
            try {
                HomeSession unused = at(home);
            } catch (FsException e) {
                log.debug("{} cannot be reached yet", home, e);
                all = false;
            }
        }
        return all;
    }

    List<HomeSession> open() {
        return places.keySet().stream()
                .map(this::ifOpen)
                .filter(java.util.Objects::nonNull)
                .toList();
    }

    /** A vulcano does not lead any more: who waits for it there waits in vain. */
    void abort(VulcanoId home) {
        Place place = places.get(home);
        if (place != null) {
            synchronized (place) {
                if (place.opening != null) {
                    place.opening.completeExceptionally(new FsException(
                            Errno.ENOTCONN,
                            home + " was not reached before others led what it had led",
                            new NoContactException(false, "others lead it")));
                }
            }
            HomeSession part = ifOpen(home);
            if (part != null) {
                part.abort();
                if (!closed) {
                    // It may lead others still, and the session hears of nothing there until it has a part again.
                    listener.changed(new Change.OfEverything());
                }
            }
        }
    }

    /** Ends contact, but not the session: it goes on elsewhere, or ends when it does not. */
    void abandon() {
        closed = true;
        places.keySet().forEach(this::abort);
    }

    void close() {
        closed = true;
        for (HomeSession part : open()) {
            part.close();
        }
    }
}
