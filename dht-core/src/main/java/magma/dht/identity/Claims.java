package magma.dht.identity;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.fs.Caller;

/**
 * On whose behalf a member may make calls. Its own machine says who calls; the vulcano believes it within these bounds.
 *
 * @param anyUid anybody, in any groups
 * @param uids at most {@value #MOST}; empty with {@code anyUid}
 * @param gids at most {@value #MOST}; empty with {@code anyUid}
 */
public record Claims(boolean anyUid, SortedSet<Integer> uids, SortedSet<Integer> gids) {
    /** So many uids, and so many gids, fit a certificate. */
    public static final int MOST = 1_024;

    /** All may be claimed; every vulcano has these. */
    public static final Claims ANY = new Claims(true, new TreeSet<>(), new TreeSet<>());

    /** @throws IllegalArgumentException when there are too many, or some beside all */
    public Claims {
        uids = Collections.unmodifiableSortedSet(new TreeSet<>(uids));
        gids = Collections.unmodifiableSortedSet(new TreeSet<>(gids));
        if (uids.size() > MOST || gids.size() > MOST) {
            throw new IllegalArgumentException(
                    uids.size() + " uids and " + gids.size() + " gids; a certificate holds " + MOST + " of each");
        }
        if (anyUid && !(uids.isEmpty() && gids.isEmpty())) {
            throw new IllegalArgumentException("claims to any uid need no others");
        }
    }

    /** These only. */
    public static Claims of(Set<Integer> uids, Set<Integer> gids) {
        return new Claims(false, new TreeSet<>(uids), new TreeSet<>(gids));
    }

    /** Whether the caller's uid, its gid and each of its supplementary groups may be claimed. */
    public boolean allows(Caller caller) {
        return anyUid
                || uids.contains(caller.uid()) && gids.contains(caller.gid()) && gids.containsAll(caller.groups());
    }

    public void write(Encoder to) {
        to.flag(anyUid);
        to.list(List.copyOf(uids), Encoder::i32).list(List.copyOf(gids), Encoder::i32);
    }

    public static Claims read(Decoder from) {
        return new Claims(from.flag(), ids(from), ids(from));
    }

    private static SortedSet<Integer> ids(Decoder from) {
        List<Integer> ids = from.list(MOST, Integer.BYTES, Decoder::i32);
        SortedSet<Integer> sorted = new TreeSet<>(ids);
        if (!List.copyOf(sorted).equals(ids)) {
            throw new IllegalArgumentException("ids that do not ascend");
        }
        return sorted;
    }

    /** For people, as "uid 1000, gid 100 1000". */
    @Override
    public String toString() {
        return anyUid ? "any uid" : "uid" + spaced(uids) + ", gid" + spaced(gids);
    }

    private static String spaced(SortedSet<Integer> ids) {
        StringBuilder text = new StringBuilder();
        ids.forEach(id -> text.append(' ').append(Integer.toUnsignedString(id)));
        return ids.isEmpty() ? " none" : text.toString();
    }
}
