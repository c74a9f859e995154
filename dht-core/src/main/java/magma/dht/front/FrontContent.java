package magma.dht.front;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import magma.fs.Key;

/** What a session wrote, by file: all that it has open of one file share the order of their writes. */
final class FrontContent {
    private static final Unflushed.Moment NOTHING = new Unflushed.Moment(0, 0);

    private final Map<Key, Use> uses = new ConcurrentHashMap<>();

    private static final class Use {
        private final Unflushed unflushed = new Unflushed();
        private final Set<FrontFile> users = ConcurrentHashMap.newKeySet();

        /** See {@link Closings#removals}: as it was before the first of those who use it now had it open. */
        private final long removalsBefore;

        private Use(long removalsBefore) {
            this.removalsBefore = removalsBefore;
        }
    }

    /**
     * Keeps what is open of a file together.
     *
     * @param removals how many names the session has removed until now
     * @param make is given what all of the file share; must not wait
     */
    FrontFile open(Key file, long removals, Function<Unflushed, FrontFile> make) {
        FrontFile[] made = new FrontFile[1];
        Use unused = uses.compute(file, (key, known) -> {
            Use use = known == null ? new Use(removals) : known;
            made[0] = make.apply(use.unflushed);
            use.users.add(made[0]);
            return use;
        });
        return made[0];
    }

    void release(Key file, FrontFile user) {
        uses.computeIfPresent(file, (key, use) -> {
            use.users.remove(user);
            if (use.users.stream().noneMatch(FrontFile::mayWrite)) {
                // Who closed the last one that may write was told of what could not be stored.
                use.unflushed.giveUp();
            }
            return use.users.isEmpty() ? null : use;
        });
    }

    /**
     * Whether the session may have removed the file's last name since it has it open.
     *
     * @param removals how many names it has removed until now
     */
    boolean mayBeNameless(Key file, long removals) {
        Use use = uses.get(file);
        return use != null && use.removalsBefore != removals;
    }

    /** By what the session has the file open. */
    List<FrontFile> users(Key file) {
        Use use = uses.get(file);
        return use == null ? List.of() : List.copyOf(use.users);
    }

    /** By what something was written to the file that may not be stored. */
    List<FrontFile> writers(Key file) {
        Use use = uses.get(file);
        return use == null || use.unflushed.isEmpty() ? List.of() : List.copyOf(use.users);
    }

    /** See {@link FrontOpens#checkLocks}. */
    void unlocked(Key file) {
        Use use = uses.get(file);
        if (use != null) {
            use.users.forEach(FrontFile::unlocked);
            use.unflushed.giveUp();
        }
    }

    /** @see Unflushed#now */
    Unflushed.Moment now(Key file) {
        Use use = uses.get(file);
        return use == null ? NOTHING : use.unflushed.now();
    }

    /** @see Unflushed#forget */
    boolean forget(Key file, Unflushed.Moment then) {
        Use use = uses.get(file);
        return use == null || use.unflushed.forget(then);
    }
}
