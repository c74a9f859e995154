package magma.dht.host;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import magma.dht.council.CouncilState;
import magma.dht.council.Member;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;

/** Whether vulcanos have just come or gone, and all of them have still much to do for it. For one thread. */
final class Arrivals {
    /** So long slices stay where they are, after one has come or gone, in any case. */
    private static final long LEAST_NANOS = Duration.ofSeconds(1).toNanos();

    /** And so long while one that has come lacks something: what takes longer is much data, and nobody waits for that. */
    private static final long MOST_NANOS = Duration.ofSeconds(10).toNanos();

    private Set<VulcanoId> up = Set.of();
    private long changedAt;

    /** @param now monotonic nanoseconds */
    boolean areUnderWay(CouncilState state, long now) {
        Set<VulcanoId> current = new HashSet<>();
        for (Member member : state.members().values()) {
            if (member.joined() && member.up()) {
                current.add(member.id());
            }
        }
        if (!current.equals(up)) {
            up = current;
            changedAt = now;
        }
        long passed = now - changedAt;
        return passed < LEAST_NANOS || (passed < MOST_NANOS && isOneBehind(state));
    }

    private boolean isOneBehind(CouncilState state) {
        for (SliceConfig config : state.slices().values()) {
            for (VulcanoId replica : config.replicas()) {
                if (up.contains(replica) && !config.inSync().contains(replica)) {
                    return true;
                }
            }
        }
        return false;
    }
}
