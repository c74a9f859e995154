package magma.dht.council;

import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import magma.dht.replication.VulcanoId;

/**
 * Who should vote. One, three or five: never two, since two stop when either stops. From one it goes to three at once.
 *
 * <p>Those who vote stay, as long as they are members: replacing a voter that may come back costs more than it gives. A new voter must be up. So a set that lacks a voter
 * keeps its size until there is somebody for the place.
 */
public final class Voters {
    private static final int MOST = 5;

    private Voters() {}

    /**
     * @param current who votes now; not empty
     * @param leader of {@code current}, who stays while it is a member
     * @return who should vote, which is {@code current} when nothing should change
     */
    public static SortedSet<VulcanoId> choose(CouncilState state, SortedSet<VulcanoId> current, VulcanoId leader) {
        List<Member> usable = state.members().values().stream()
                .filter(Member::joined)
                .filter(member -> member.up() || current.contains(member.id()))
                .sorted(preference(current, leader))
                .toList();
        int size = Math.min(MOST, usable.size());
        size -= size % 2 == 0 ? 1 : 0;
        if (size < 1) {
            return current;
        }
        SortedSet<VulcanoId> chosen = new TreeSet<>();
        usable.stream().limit(size).forEach(member -> chosen.add(member.id()));
        return chosen;
    }

    /** The leader, then those who vote, then witnesses, then those that store; of equals those that are up. */
    private static Comparator<Member> preference(SortedSet<VulcanoId> current, VulcanoId leader) {
        return Comparator.<Member, Boolean>comparing(member -> !member.id().equals(leader))
                .thenComparing(member -> !(current.contains(member.id()) && member.up()))
                .thenComparing(member -> !current.contains(member.id()))
                .thenComparing(member -> !member.up())
                .thenComparing(member -> member.kind() != MemberKind.WITNESS)
                .thenComparing(Member::id);
    }
}
