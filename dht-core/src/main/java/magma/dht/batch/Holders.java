package magma.dht.batch;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import magma.dht.record.Orphan;
import magma.fs.Key;

/** Which sessions hold which flares of a slice open, and how often. Known to the primary alone: a new one is told again by the sessions, and reclaims until all have. */
final class Holders {
    private final Map<UUID, Map<Key, Integer>> counts = new HashMap<>();
    private final Map<Key, Set<UUID>> sessions = new HashMap<>();
    private boolean reclaiming;

    Holders(boolean reclaiming) {
        this.reclaiming = reclaiming;
    }

    /** Whether there may be holders that are not known yet. */
    boolean isReclaiming() {
        return reclaiming;
    }

    void endReclaim() {
        reclaiming = false;
    }

    /** Whether a session is known to hold the flare. */
    boolean isHeld(Key flare) {
        return sessions.containsKey(flare);
    }

    boolean mayBeHeld(Key flare) {
        return reclaiming || isHeld(flare);
    }

    boolean mayBeHeldByOthers(Key flare, Set<UUID> than) {
        return reclaiming || !than.containsAll(sessions.getOrDefault(flare, Set.of()));
    }

    /** What becomes of a flare that loses its last name now. */
    Orphan orphan(Key flare) {
        return new Orphan(
                sessions.getOrDefault(flare, Set.of()).stream().sorted().toList(), reclaiming);
    }

    /** How often the session holds the flare. */
    int count(Key flare, UUID session) {
        return counts.getOrDefault(session, Map.of()).getOrDefault(flare, 0);
    }

    /** The flares that a session holds. */
    Set<Key> heldBy(UUID session) {
        return Collections.unmodifiableSet(
                counts.getOrDefault(session, Map.of()).keySet());
    }

    void add(Key flare, UUID session) {
        add(flare, session, 1);
        sessions.computeIfAbsent(flare, f -> new HashSet<>(2)).add(session);
    }

    /** One hold less. Does nothing where there is none. */
    void release(Key flare, UUID session) {
        int count = count(flare, session);
        if (count > 1) {
            add(flare, session, -1);
        } else {
            drop(flare, session);
        }
    }

    private void add(Key flare, UUID session, int more) {
        counts.computeIfAbsent(session, s -> new LinkedHashMap<>()).merge(flare, more, Integer::sum);
    }

    /** All of the session's holds of the flare. */
    void drop(Key flare, UUID session) {
        counts.computeIfPresent(session, (s, held) -> {
            held.remove(flare);
            return held.isEmpty() ? null : held;
        });
        sessions.computeIfPresent(flare, (f, holding) -> {
            holding.remove(session);
            return holding.isEmpty() ? null : holding;
        });
    }
}
