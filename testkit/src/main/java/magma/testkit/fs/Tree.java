package magma.testkit.fs;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import magma.fs.AccessMode;
import magma.fs.Caller;
import magma.fs.ChangeListener.Change;
import magma.fs.Errno;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Limits;
import magma.fs.Name;
import magma.fs.Statistics;

/**
 * All flares, the clock that stamps them and the space they take, with the checks that every operation begins with. Guarded
 * by the volume's lock.
 */
final class Tree {
    static final int SEARCH = AccessMode.EXECUTE.bit();
    static final int WRITE = AccessMode.WRITE.bit();
    static final int READ = AccessMode.READ.bit();

    /** What a flare takes besides its content, so that a full volume refuses flares too. */
    static final int FLARE_BYTES = 512;

    private final Map<Key, Flare> flares = new HashMap<>();
    private final SplittableRandom keys = new SplittableRandom(0);
    private final InstantSource clock;
    private final long capacity;
    private final int cookieBits;
    private final Flare root;
    private List<Change> changes = new ArrayList<>();
    private Instant last = Instant.MIN;
    private long used;

    Tree(MemoryVolume.Settings settings) {
        clock = settings.clock();
        capacity = settings.capacity();
        cookieBits = settings.cookieBits();
        root = add(FlareType.DIRECTORY, 0, now());
        root.mode = 0755;
        root.links = 2;
        root.parent(root);
    }

    Flare root() {
        return root;
    }

    /** The time, which never goes back. */
    Instant now() {
        Instant now = clock.instant();
        if (now.isAfter(last)) {
            last = now;
        }
        return last;
    }

    /** @throws FsException ESTALE when there is none */
    Flare flare(Key key) throws FsException {
        Flare flare = flares.get(key);
        if (flare == null) {
            throw new FsException(Errno.ESTALE, "no flare has the key " + key);
        }
        return flare;
    }

    /** @throws FsException ESTALE; ENOTDIR */
    Flare directory(Key key) throws FsException {
        Flare flare = flare(key);
        if (!flare.isDirectory()) {
            throw new FsException(Errno.ENOTDIR, "the flare " + key + " is a " + flare.type);
        }
        return flare;
    }

    /** @throws FsException ENOENT */
    Flare entry(Flare directory, Name name) throws FsException {
        Flare flare = directory.entries().get(name);
        if (flare == null) {
            throw new FsException(Errno.ENOENT, "no entry " + name);
        }
        return flare;
    }

    /** @throws FsException EACCES when {@code caller} lacks one of the rwx bits {@code wanted} */
    void check(Caller caller, Flare flare, int wanted) throws FsException {
        if (!flare.allows(caller, wanted)) {
            throw new FsException(Errno.EACCES, caller + " lacks permission " + wanted + " on " + flare.key);
        }
    }

    /** @throws FsException EPERM when {@code caller} is neither the owner nor the superuser */
    void checkOwner(Caller caller, Flare flare) throws FsException {
        if (!flare.isOwnedBy(caller)) {
            throw new FsException(Errno.EPERM, caller + " does not own " + flare.key);
        }
    }

    /** @throws FsException EMLINK */
    void checkLinks(Flare flare) throws FsException {
        if (flare.links >= Limits.LINKS) {
            throw new FsException(Errno.EMLINK, flare.key + " has " + flare.links + " links");
        }
    }

    /** A new flare, still without a name. @throws FsException ENOSPC */
    Flare create(FlareType type, long device, Instant now) throws FsException {
        if (free() < FLARE_BYTES) {
            throw new FsException(Errno.ENOSPC, "no room for another flare");
        }
        return add(type, device, now);
    }

    private Flare add(FlareType type, long device, Instant now) {
        Key key = new Key(keys.nextLong(), keys.nextLong(), keys.nextInt());
        Flare flare = new Flare(key, type, device, cookieBits, now);
        flares.put(key, flare);
        used += FLARE_BYTES;
        return flare;
    }

    /** Lets the flare go when it has neither a name nor somebody who holds it open. @return whether it went */
    boolean reap(Flare flare) {
        if (flare.links > 0 || flare.opens > 0) {
            return false;
        }
        flares.remove(flare.key);
        used -= FLARE_BYTES;
        if (flare.type == FlareType.FILE) {
            used -= flare.pages().allocated();
        }
        return true;
    }

    long free() {
        return capacity - used;
    }

    /** To be called with the growth of a file's pages, negative when they shrank. */
    void grown(long bytes) {
        used += bytes;
    }

    Statistics statistics() {
        long free = Math.max(0, free());
        return new Statistics(Pages.PAGE_BYTES, capacity, free, free, flares.size(), free / FLARE_BYTES);
    }

    void tellFlare(Flare flare, boolean content) {
        changes.add(new Change.OfFlare(flare.key, content));
    }

    /** The entry changed, and with it the directory. */
    void tellEntry(Flare directory, Name name) {
        changes.add(new Change.OfEntry(directory.key, name));
        changes.add(new Change.OfFlare(directory.key, true));
    }

    /** What has changed since the last call. */
    List<Change> takeChanges() {
        if (changes.isEmpty()) {
            return List.of();
        }
        List<Change> taken = changes;
        changes = new ArrayList<>();
        return taken;
    }
}
