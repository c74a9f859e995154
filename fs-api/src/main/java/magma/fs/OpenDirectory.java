package magma.fs;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A directory that a session lists. Holds no state but permission: pages may be asked for in any order. */
public interface OpenDirectory extends AutoCloseable {

    /** The cookie that stands before the first entry. */
    long START = 0;

    /** Entries have cookies above this: 0 to 2 are free for a front end's start, "." and "..". */
    long RESERVED = 2;

    Key flare();

    /**
     * The next entries after {@code cookie}, without "." and "..", in an order that never changes. What is there during the whole
     * listing is listed once; what comes or goes meanwhile, once or not at all. A cookie stays good for ever, its entry's removal included.
     *
     * <p>Entries with equal cookies (2⁶³ values, by hash) are always in one page, so a page may exceed {@code most}.
     *
     * @param cookie {@link #START}, or an entry's
     * @param most how many entries, about; at least 1
     * @param attributes whether to fetch attributes too
     */
    Page list(long cookie, int most, boolean attributes) throws FsException;

    /** Makes all changes of this directory's entries durable on return. */
    void sync() throws FsException;

    @Override
    void close();

    /**
     * @param end whether nothing comes after these
     */
    record Page(List<Entry> entries, boolean end) {
        public Page {
            entries = List.copyOf(entries);
        }
    }

    /**
     * @param cookie positive, above {@link #RESERVED}
     * @param attributes null when not asked for, or when the flare went meanwhile
     */
    record Entry(
            Name name,
            Key flare,
            FlareType type,
            long cookie,
            @Nullable Attributes attributes) {}
}
