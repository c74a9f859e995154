package magma.dht.front;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import magma.dht.replication.VulcanoId;
import magma.fs.ChangeListener;
import magma.fs.ChangeListener.Change;
import magma.fs.Errno;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;

/** A session's parts at all homes: at most one for each vulcano. */
final class SessionHomes {
    private final Homes homes;
    private final Homes.SessionName name;
    private final ChangeListener listener;
    private final Map<VulcanoId, Place> places = new ConcurrentHashMap<>();
    private volatile boolean closed;

    /** Guards the opening of one part. */
    private static final class Place {
        private volatile @Nullable HomeSession session;
    }

    SessionHomes(Homes homes, Homes.SessionName name, ChangeListener listener) {
        this.homes = homes;
        this.name = name;
        this.listener = listener;
    }

    Homes.SessionName name() {
        return name;
    }

    /** The part at a home, opened where it is not. @throws FsException ENOTCONN */
    HomeSession at(VulcanoId home) throws FsException {
        Place place = places.computeIfAbsent(home, id -> new Place());
        synchronized (place) {
            HomeSession known = place.session;
            if (known != null && !known.isOver()) {
                return known;
            }
            if (closed) {
                throw new FsException(Errno.ENOTCONN, "the session is closed");
            }
            HomeSession opened = homes.open(home, name, listener);
            if (closed) {
                opened.abort();
                throw new FsException(Errno.ENOTCONN, "the session is closed");
            }
            place.session = opened;
            if (known == null) {
                return opened;
            }
        }
        // What was changed there in between was told to nobody. Without the lock: the listener may wait for calls of
        // its own.
        listener.changed(new Change.OfEverything());
        return at(home);
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
                org.slf4j.LoggerFactory.getLogger(SessionHomes.class).debug("{} cannot be reached yet", home, e);
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
        HomeSession part = ifOpen(home);
        if (part != null) {
            part.abort();
        }
    }

    /** Ends contact, but not the session: it goes on elsewhere, or ends when it does not. */
    void abandon() {
        closed = true;
        open().forEach(HomeSession::abort);
    }

    void close() {
        closed = true;
        for (HomeSession part : open()) {
            part.close();
        }
    }
}
