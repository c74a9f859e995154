package magma.vulcano;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import magma.dht.council.CouncilState;
import magma.dht.council.Member;
import magma.dht.replication.VulcanoId;

/** The vulcanos that store and run, by the council's latest word; this one is of them. */
final class RunningMembers {
    private final VulcanoId self;
    private volatile Set<VulcanoId> running = Set.of();

    RunningMembers(VulcanoId self) {
        this.self = self;
    }

    /** @return whether they are others than before */
    boolean learn(CouncilState state) {
        Set<VulcanoId> now = new HashSet<>();
        for (Member member : state.members().values()) {
            if (member.stores() && (member.up() || member.id().equals(self))) {
                now.add(member.id());
            }
        }
        boolean changed = !now.equals(running);
        running = Set.copyOf(now);
        return changed;
    }

    /** Any thread. */
    List<VulcanoId> list() {
        return List.copyOf(running);
    }
}
