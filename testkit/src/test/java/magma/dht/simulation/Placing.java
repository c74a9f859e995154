package magma.dht.simulation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import org.jspecify.annotations.Nullable;

/** Where an operator may want the slice to be. */
final class Placing {
    private Placing() {}

    /** @return null for where it is */
    static @Nullable SliceConfig next(SliceConfig config, int vulcanos, Random random) {
        List<VulcanoId> all = new ArrayList<>();
        for (int number = 0; number < vulcanos; number++) {
            all.add(SimulatedVulcano.id(number));
        }
        Collections.shuffle(all, random);
        TreeSet<VulcanoId> wanted = new TreeSet<>(all.subList(0, 1 + random.nextInt(Math.min(3, all.size()))));
        wanted.add(config.primary());
        if (random.nextInt(3) > 0) {
            wanted.addAll(config.inSync());
        }
        boolean leavesOnlyUnclean = config.inSync().stream()
                .filter(wanted::contains)
                .allMatch(id -> config.unclean().containsKey(id));
        return leavesOnlyUnclean || wanted.size() > 4 ? null : config.withReplicas(wanted);
    }
}
