package magma.vulcano;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.routing.RoutingTable;

/** What follows for sessions when a slice comes to be led by another, or a vulcano falls out of sync. Safe for all threads. */
final class Leads {
    private final VulcanoId self;
    private final Stage stage;
    private final RoutingTable table;
    private final ServedSessions sessions;
    private final Map<Long, SliceConfig> configs = new ConcurrentHashMap<>();

    Leads(VulcanoId self, Stage stage, RoutingTable table, ServedSessions sessions) {
        this.self = self;
        this.stage = stage;
        this.table = table;
        this.sessions = sessions;
    }

    /** Who leads a slice, by a later word than before or not. Returns at once. */
    void learn(long slice, SliceConfig config) {
        table.learn(slice, config);
        SliceConfig latest = table.config(slice);
        if (latest == null) {
            return;
        }
        SliceConfig before = configs.put(slice, latest);
        if (before == null || !stage.isServing()) {
            return;
        }
        for (VulcanoId member : before.inSync()) {
            boolean fellOut =
                    !latest.inSync().contains(member) && latest.replicas().contains(member);
            if (fellOut && !member.equals(self)) {
                sessions.cutOff(member);
            }
        }
        if (!before.primary().equals(latest.primary())) {
            if (!latest.inSync().contains(before.primary())) {
                sessions.abandon(before.primary());
            }
            sessions.move();
        }
    }
}
