package magma.fuse;

import java.util.concurrent.atomic.AtomicLongArray;
import magma.fs.Key;
import magma.fs.Name;

/**
 * Tells whether others changed something since a moment, so that an answer which was composed before the change and reached
 * the kernel after its invalidation can be invalidated again. Things share places by hash: a change may be seen where there was
 * none, never the other way round. Safe for use by many threads.
 */
final class ChangeClock {
    private static final int PLACES = 1 << 12;

    private final AtomicLongArray changedAt = new AtomicLongArray(PLACES);
    private volatile long now;
    private volatile long allChangedAt;

    /** This moment. */
    long now() {
        return now;
    }

    void change(Key flare) {
        changePlace(place(flare));
    }

    void change(Key directory, Name name) {
        changePlace(place(directory, name));
    }

    synchronized void changeAll() {
        allChangedAt = now + 1;
        now = now + 1;
    }

    // The moment is published last: who reads it before sees the change as a later one.
    private synchronized void changePlace(int place) {
        long moment = now + 1;
        changedAt.set(place, moment);
        now = moment;
    }

    boolean hasChanged(Key flare, long since) {
        return hasChanged(place(flare), since);
    }

    boolean hasChanged(Key directory, Name name, long since) {
        return hasChanged(place(directory, name), since);
    }

    private boolean hasChanged(int place, long since) {
        return changedAt.get(place) > since || allChangedAt > since;
    }

    private static int place(Key flare) {
        return spread(flare.hashCode());
    }

    private static int place(Key directory, Name name) {
        return spread(directory.hashCode() * 31 + name.hashCode());
    }

    private static int spread(int hash) {
        return hash * 0x9e3779b9 >>> 20;
    }
}
