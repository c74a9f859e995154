package magma.dht.volume;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import magma.fs.Errno;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that are known here, each as its latest generation.
 *
 * <pre>
 *   absent ──open──▶ in contact ──lost──▶ without contact ──(grace)──▶ ended
 *                      ▲   │ open again, no lower generation │
 *                      └───┴──────────────◀──────────────────┘
 * </pre>
 */
final class Sessions {
    /** Of so many sessions that ended it is remembered which generation was the last. */
    private static final int MOST_ENDED = 10_000;

    /** @param session as it is in contact, or was last */
    private record Known(Session session, boolean isInContact) {}

    private final Map<UUID, Known> known = new HashMap<>();
    private final Map<UUID, Long> ended = new LinkedHashMap<>();
    private volatile List<Session> inContact = List.of();

    /**
     * A session comes to be in contact.
     *
     * @return as it was before, which counts no more; null where it was not known
     * @throws FsException ENOTCONN when a higher generation of it was here
     */
    synchronized @Nullable Session attach(Session next) throws FsException {
        UUID id = next.name().id();
        Known before = known.get(id);
        long last = before == null
                ? ended.getOrDefault(id, Long.MIN_VALUE)
                : before.session().name().generation();
        if (next.name().generation() < last) {
            throw new FsException(Errno.ENOTCONN, "the session goes on elsewhere");
        }
        ended.remove(id);
        known.put(id, new Known(next, true));
        changed();
        return before == null ? null : before.session();
    }

    /** Contact is lost. @return false when the session is in contact otherwise, or has ended */
    synchronized boolean lost(Session session) {
        UUID id = session.name().id();
        Known now = known.get(id);
        if (now == null || now.session() != session) {
            return false;
        }
        known.put(id, new Known(session, false));
        changed();
        return true;
    }

    /** The session ends, in whatever state. @return false when it is in contact otherwise, or has ended before */
    synchronized boolean end(Session session) {
        Known now = known.get(session.name().id());
        if (now == null || now.session() != session) {
            return false;
        }
        remove(session);
        return true;
    }

    /** The session ends unless there has been contact since it was lost. @return whether it does */
    synchronized boolean expire(Session session) {
        Known now = known.get(session.name().id());
        if (now == null || now.session() != session || now.isInContact()) {
            return false;
        }
        remove(session);
        return true;
    }

    private void remove(Session session) {
        known.remove(session.name().id());
        ended.put(session.name().id(), session.name().generation());
        if (ended.size() > MOST_ENDED) {
            ended.remove(ended.keySet().iterator().next());
        }
        changed();
    }

    private void changed() {
        List<Session> all = new ArrayList<>();
        for (Known one : known.values()) {
            if (one.isInContact()) {
                all.add(one.session());
            }
        }
        inContact = List.copyOf(all);
    }

    synchronized boolean isKnown(UUID id) {
        return known.containsKey(id);
    }

    /** As it is known; null where it is not. */
    synchronized @Nullable Session get(UUID id) {
        Known now = known.get(id);
        return now == null ? null : now.session();
    }

    /** Those in contact. */
    List<Session> inContact() {
        return inContact;
    }
}
