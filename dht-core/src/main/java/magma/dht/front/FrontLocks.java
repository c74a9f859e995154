package magma.dht.front;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;
import org.jspecify.annotations.Nullable;

/**
 * The locks that a session was granted and has not given back. Their homes keep them, but without contact only for a while: then they are lost, until whoever had them gives them back. Safe
 * for all threads.
 */
final class FrontLocks {
    /** Changed while this is locked. */
    private final Map<Key, OfFile> files = new ConcurrentHashMap<>();

    /** Guarded by this. */
    private final Set<Asked> underWay = new HashSet<>();

    /** Guarded by this. */
    private long changes;

    private record Whose(Lock.Family family, Lock.Owner owner) {
        static Whose of(Lock lock) {
            return new Whose(lock.family(), lock.owner());
        }
    }

    private static final class OfFile {
        private final LockSet held = new LockSet();
        private final LockSet lost = new LockSet();

        /** Which change of all was the last of each owner's that holds something. */
        private final Map<Whose, Long> changed = new HashMap<>();

        /** Which home has all that is held, as was seen there. */
        private @Nullable HomeSession checkedAt;
    }

    /** A lock that is being asked for. */
    static final class Asked {
        private final Key file;
        private final Lock lock;

        /** Whether it was given back, in part at least, before it was known to be granted. */
        private boolean isOvertaken;

        private Asked(Key file, Lock lock) {
            this.file = file;
            this.lock = lock;
        }
    }

    /** One is about to be asked for; {@link #granted} or {@link #refused} must follow. The home lets go of one that is changed to the other kind by flock(2) before it grants that. */
    synchronized Asked asked(Key file, Lock lock) {
        OfFile known = files.get(file);
        if (known != null && lock.family() == Lock.Family.FLOCK) {
            known.held.removeOtherKind(lock);
            changed(file, known, Whose.of(lock));
        }
        Asked asked = new Asked(file, lock);
        underWay.add(asked);
        return asked;
    }

    synchronized void refused(Asked asked) {
        underWay.remove(asked);
    }

    synchronized void granted(Asked asked, HomeSession home) {
        underWay.remove(asked);
        if (!asked.isOvertaken) {
            has(asked.file, asked.lock, home);
        }
    }

    /** The session has a lock at a home. */
    synchronized void has(Key file, Lock lock, HomeSession home) {
        OfFile known = files.computeIfAbsent(file, key -> new OfFile());
        if (known.held.isEmpty()) {
            known.checkedAt = home;
        }
        known.held.add(lock);
        changed(file, known, Whose.of(lock));
    }

    /** One is about to be given back. */
    synchronized void released(Key file, Lock.Family family, Lock.Owner owner, Lock.Range range) {
        for (Asked asked : underWay) {
            asked.isOvertaken |= asked.file.equals(file)
                    && Whose.of(asked.lock).equals(new Whose(family, owner))
                    && asked.lock.range().overlaps(range);
        }
        OfFile known = files.get(file);
        if (known != null) {
            known.held.remove(family, owner, range);
            known.lost.remove(family, owner, range);
            changed(file, known, new Whose(family, owner));
        }
    }

    private void changed(Key file, OfFile known, Whose whose) {
        if (known.held.isAnyOf(whose.family(), whose.owner())) {
            known.changed.put(whose, ++changes);
        } else {
            known.changed.remove(whose);
        }
        if (known.held.isEmpty() && known.lost.isEmpty()) {
            files.remove(file);
        }
    }

    /** Whether something of the file is locked, as far as is known. */
    boolean has(Key file) {
        return files.containsKey(file) && isHeld(file);
    }

    private synchronized boolean isHeld(Key file) {
        OfFile known = files.get(file);
        return known != null && !known.held.isEmpty();
    }

    boolean isLost(Key file) {
        return !lost(file).isEmpty();
    }

    /** Whether the owner has not given back yet what was lost of its locks on the file. */
    boolean isLost(Key file, Lock.Owner owner) {
        return lost(file).stream().anyMatch(lock -> lock.owner().equals(owner));
    }

    private List<Lock> lost(Key file) {
        return files.containsKey(file) ? lostOf(file) : List.of();
    }

    private synchronized List<Lock> lostOf(Key file) {
        OfFile known = files.get(file);
        return known == null ? List.of() : known.lost.all();
    }

    /** Whether the home has all that is held of the file, as was seen there before. */
    synchronized boolean isChecked(Key file, HomeSession home) {
        OfFile known = files.get(file);
        return known == null || known.held.isEmpty() || known.checkedAt == home;
    }

    private record Seen(Lock lock, @Nullable Long changed) {}

    /**
     * Asks the home, where the file is now, for all that is held. What it does not know of is lost.
     *
     * @param onLoss run, before anybody learns of it, when something is lost; must not wait
     */
    void check(Key file, HomeSession home, Runnable onLoss) throws FsException {
        boolean isSure = false;
        while (!isSure) {
            List<Seen> unknown = new ArrayList<>();
            for (Seen seen : seen(file)) {
                if (!home.holds(file, seen.lock())) {
                    unknown.add(seen);
                }
            }
            isSure = lose(file, home, unknown, onLoss);
        }
    }

    private synchronized List<Seen> seen(Key file) {
        OfFile known = files.get(file);
        return known == null
                ? List.of()
                : known.held.all().stream()
                        .map(lock -> new Seen(lock, known.changed.get(Whose.of(lock))))
                        .toList();
    }

    /** What its owner has changed since the home was asked is not known to be lost. @return false where there is such a one */
    private synchronized boolean lose(Key file, HomeSession home, List<Seen> unknown, Runnable onLoss) {
        OfFile known = files.get(file);
        if (known == null) {
            return true;
        }
        boolean isSure = true;
        boolean isLost = false;
        for (Seen seen : unknown) {
            Lock lock = seen.lock();
            if (Objects.equals(known.changed.get(Whose.of(lock)), seen.changed())) {
                known.held.remove(lock.family(), lock.owner(), lock.range());
                known.lost.add(lock);
                isLost = true;
            } else {
                isSure = false;
            }
        }
        if (isLost) {
            onLoss.run();
        }
        if (isSure) {
            known.checkedAt = home;
        }
        return isSure;
    }
}
