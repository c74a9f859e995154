package magma.fuse;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import magma.fs.Key;
import magma.fs.Name;

/**
 * Directories that this mount made and that nobody else has changed since, and all names that it may have given there: any other name leads nowhere, and nobody need be asked. The kernel looks for
 * each name before it makes it. Names that are gone stay, which costs a question and no more. Safe for use by many threads.
 */
final class OwnDirectories {
    /** Directories and names; where there are more, all are forgotten. */
    private static final int MOST = 1 << 16;

    private final Map<Key, Set<Name>> names = new ConcurrentHashMap<>();
    private final AtomicInteger size = new AtomicInteger();

    /** The directory was made: it is empty. {@link #forget} must follow where others may have changed it meanwhile. */
    void made(Key directory) {
        makeRoom();
        names.put(directory, ConcurrentHashMap.newKeySet());
    }

    /** To be called before the name is given. */
    void mayHave(Key directory, Name name) {
        Set<Name> known = names.get(directory);
        if (known != null && known.add(name)) {
            makeRoom();
        }
    }

    private void makeRoom() {
        if (size.incrementAndGet() > MOST) {
            forgetAll();
        }
    }

    /** Whether the name leads nowhere for certain. */
    boolean lacks(Key directory, Name name) {
        Set<Name> known = names.get(directory);
        return known != null && !known.contains(name);
    }

    /** Others changed the directory. */
    void forget(Key directory) {
        Set<Name> known = names.remove(directory);
        if (known != null) {
            size.addAndGet(-1 - known.size());
        }
    }

    void forgetAll() {
        names.clear();
        size.set(0);
    }
}
