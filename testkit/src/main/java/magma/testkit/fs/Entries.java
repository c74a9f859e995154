package magma.testkit.fs;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import magma.fs.FsException;
import magma.fs.Name;
import magma.fs.OpenDirectory;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a directory, in the order of their cookies. A cookie is a hash of the name: so it needs no memory of
 * entries that went, and a name that is moved while somebody lists does not run ahead of the listing.
 */
final class Entries {
    private record Position(long cookie, Name name) implements Comparable<Position> {
        @Override
        public int compareTo(Position other) {
            int order = Long.compare(cookie, other.cookie);
            return order == 0 ? name.compareTo(other.name) : order;
        }
    }

    /** A name and where it leads. */
    record Entry(Name name, Flare flare, long cookie) {}

    private final NavigableMap<Position, Entry> entries = new TreeMap<>();
    private final long cookieMask;

    /** @param cookieBits 1 to 63; few let cookies collide */
    Entries(int cookieBits) {
        cookieMask = Long.MAX_VALUE >>> 63 - cookieBits;
    }

    @Nullable
    Flare get(Name name) {
        Entry entry = entries.get(position(name));
        return entry == null ? null : entry.flare();
    }

    /** Adds an entry, or lets it lead elsewhere. */
    void put(Name name, Flare flare) {
        Position position = position(name);
        entries.put(position, new Entry(name, flare, position.cookie));
    }

    void remove(Name name) {
        entries.remove(position(name));
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    Collection<Entry> all() {
        return entries.values();
    }

    /** Up to {@code most} entries after {@code cookie}, and all whose cookie equals the last one's. */
    List<Entry> after(long cookie, int most) {
        List<Entry> page = new ArrayList<>();
        long last = cookie;
        for (Map.Entry<Position, Entry> next :
                entries.tailMap(firstAfter(cookie)).entrySet()) {
            long here = next.getKey().cookie;
            if (page.size() >= most && here != last) {
                break;
            }
            page.add(next.getValue());
            last = here;
        }
        return page;
    }

    boolean hasAfter(long cookie) {
        return entries.ceilingKey(firstAfter(cookie)) != null;
    }

    /** Stands before every entry of the next cookie: the shortest name sorts first, and no entry's name is the empty one. */
    private static Position firstAfter(long cookie) {
        return new Position(cookie == Long.MAX_VALUE ? cookie : cookie + 1, FIRST);
    }

    private static final Name FIRST = firstName();

    private static Name firstName() {
        try {
            return Name.of(new byte[] {1});
        } catch (FsException e) {
            throw new IllegalStateException(e);
        }
    }

    private Position position(Name name) {
        return new Position(Math.max(hash(name) & cookieMask, OpenDirectory.RESERVED + 1), name);
    }

    /** FNV-1a of 64 bits, its bits mixed as MurmurHash3 ends. */
    private static long hash(Name name) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : name.bytes()) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        hash = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
        hash = (hash ^ hash >>> 33) * 0xc4ceb9fe1a85ec53L;
        return hash ^ hash >>> 33;
    }
}
