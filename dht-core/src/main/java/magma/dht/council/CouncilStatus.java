package magma.dht.council;

import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import magma.dht.replication.VulcanoId;
import org.jspecify.annotations.Nullable;

/**
 * How the council does, as one member sees it.
 *
 * @param leader who leads it; null when that is unknown here
 * @param term of the leader, as the consensus counts; 0 when unknown here
 * @param voters who votes
 * @param role what this member is in it
 */
public record CouncilStatus(@Nullable VulcanoId leader, long term, SortedSet<VulcanoId> voters, OwnRole role) {
    /** What this member is. */
    public enum OwnRole {
        LEADER,
        FOLLOWER,
        /** Asks to be elected. */
        CANDIDATE,
        /** No voter. */
        LEARNER,
        CLOSED
    }

    public CouncilStatus {
        voters = Collections.unmodifiableSortedSet(new TreeSet<>(voters));
    }
}
