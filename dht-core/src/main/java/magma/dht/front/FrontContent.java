package magma.dht.front;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import magma.fs.Key;

/** What a session wrote, by file: all that it has open of one file share the order of their writes. */
final class FrontContent {
    private final Map<Key, Use> uses = new ConcurrentHashMap<>();

    private static final class Use {
        private final Unflushed unflushed = new Unflushed();
        private final Set<FrontFile> users = ConcurrentHashMap.newKeySet();
    }

    Unflushed acquire(Key file, FrontFile user) {
        return uses.compute(file, (key, known) -> {
                    Use use = known == null ? new Use() : known;
                    use.users.add(user);
                    return use;
                })
                .unflushed;
    }

    void release(Key file, FrontFile user) {
        uses.computeIfPresent(file, (key, use) -> {
            use.users.remove(user);
            return use.users.isEmpty() ? null : use;
        });
    }

    /** By what something was written to the file that may not be stored. */
    List<FrontFile> writers(Key file) {
        Use use = uses.get(file);
        return use == null || use.unflushed.isEmpty() ? List.of() : List.copyOf(use.users);
    }

    /** What was written to the file until now. */
    long mark(Key file) {
        Use use = uses.get(file);
        return use == null ? 0 : use.unflushed.mark();
    }

    /** How often what was written to the file was written again at a home. */
    long replays(Key file) {
        Use use = uses.get(file);
        return use == null ? 0 : use.unflushed.replays();
    }

    /** @see Unflushed#storedUnlessReplayed */
    boolean storedUnlessReplayed(Key file, long before, long mark) {
        Use use = uses.get(file);
        return use == null || use.unflushed.storedUnlessReplayed(before, mark);
    }
}
