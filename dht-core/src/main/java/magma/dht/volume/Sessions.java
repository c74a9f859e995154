package magma.dht.volume;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import magma.dht.volume.SessionHandle.HeldOpen;
import magma.fs.Errno;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that are known here, each by the present or last of its lives.
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

    /** @param life the present one, or the last */
    private record Known(SessionLife life, boolean isInContact) {}

    private final Map<UUID, Known> known = new HashMap<>();
    private final Map<UUID, Long> ended = new LinkedHashMap<>();
    private volatile List<SessionLife> inContact = List.of();
    private final LavaVolume volume;
    private final Duration grace;
    private final LingeringHolds lingering;

    /** @param grace for so long locks, and what is held open, are kept without contact */
    Sessions(LavaVolume volume, Duration grace, LingeringHolds lingering) {
        this.volume = volume;
        this.grace = grace;
        this.lingering = lingering;
    }

    /**
     * A session comes to be in contact. An earlier life of it is over then.
     *
     * @throws FsException ENOTCONN when a higher generation of it was here
     */
    void begin(SessionLife next) throws FsException {
        SessionLife before = attach(next);
        if (before != null) {
            before.replaced();
        }
    }

    private synchronized @Nullable SessionLife attach(SessionLife next) throws FsException {
        Known before = known.get(next.id());
        long last = before == null
                ? ended.getOrDefault(next.id(), Long.MIN_VALUE)
                : before.life().name().generation();
        if (next.name().generation() < last) {
            throw new FsException(Errno.ENOTCONN, "the session goes on elsewhere");
        }
        ended.remove(next.id());
        known.put(next.id(), new Known(next, true));
        changed();
        return before == null ? null : before.life();
    }

    /** Contact is lost: the session ends after the grace unless it comes again. */
    void lost(SessionLife life) {
        if (isNowWithoutContact(life)) {
            volume.later(grace, () -> {
                if (expires(life)) {
                    life.expired();
                }
            });
        }
    }

    private synchronized boolean isNowWithoutContact(SessionLife life) {
        if (!isPresent(life)) {
            return false;
        }
        known.put(life.id(), new Known(life, false));
        changed();
        return true;
    }

    private synchronized boolean expires(SessionLife life) {
        Known now = known.get(life.id());
        if (now == null || now.life() != life || now.isInContact()) {
            return false;
        }
        remove(life);
        return true;
    }

    private boolean isPresent(SessionLife life) {
        Known now = known.get(life.id());
        return now != null && now.life() == life;
    }

    /** What a life that is over has open is let go when the next one has had the time to open it again. */
    void detach(SessionLife life) {
        volume.later(Duration.ZERO, () -> {
            List<HeldOpen> held = life.handles().detachAll();
            lingering.keep(life.id(), held);
            volume.later(grace, () -> lingering.letGo(life.id(), held));
        });
    }

    /** What was held for a session that has ended is let go. */
    void letGoAll(UUID session) {
        lingering.letGoAll(session);
    }

    /** The session ends. @return false when it goes on in another life, or has ended before */
    synchronized boolean end(SessionLife life) {
        if (!isPresent(life)) {
            return false;
        }
        remove(life);
        return true;
    }

    private void remove(SessionLife life) {
        known.remove(life.id());
        ended.put(life.id(), life.name().generation());
        if (ended.size() > MOST_ENDED) {
            ended.remove(ended.keySet().iterator().next());
        }
        changed();
    }

    private void changed() {
        inContact = known.values().stream()
                .filter(Known::isInContact)
                .map(Known::life)
                .toList();
    }

    synchronized boolean isKnown(UUID id) {
        return known.containsKey(id);
    }

    /** Its present or last life; null where it is not known. */
    synchronized @Nullable SessionLife get(UUID id) {
        Known now = known.get(id);
        return now == null ? null : now.life();
    }

    /** Those in contact. */
    List<SessionLife> inContact() {
        return inContact;
    }
}
