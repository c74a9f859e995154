package magma.dht.council;

import java.util.SortedSet;
import java.util.TreeSet;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import org.jspecify.annotations.Nullable;

/** All that the council itself does with a slice's configuration: its bytes, which may follow which, and moving replicas. */
final class SliceConfigs {
    static final int LEAST_BYTES = 8 + 16 + 8 + 1 + 1 + 1 + 8 + 1 + 1;

    private SliceConfigs() {}

    static void write(Encoder to, SliceConfig config) {
        config.encode(to);
    }

    static SliceConfig read(Decoder from) {
        return SliceConfig.decode(from);
    }

    /** Why {@code next} may not follow {@code current} as a replica's own change; null when it may. */
    static @Nullable String objection(SliceConfig current, SliceConfig next) {
        if (next.epoch() != current.epoch() + 1) {
            return "epoch " + next.epoch() + " does not follow " + current.epoch();
        }
        if (!current.inSync().contains(next.primary())) {
            return next.primary() + " was not in sync and cannot be primary";
        }
        if (!next.replicas().equals(current.replicas())) {
            return "a replica may not move itself";
        }
        if (next.tailLosses() < current.tailLosses()) {
            return "losses are not undone";
        }
        return null;
    }

    /**
     * The slice shall be at {@code replicas}, among them the primary; one that is in sync and not among them is no longer in sync.
     *
     * @throws IllegalArgumentException when the primary is not among them, or only unclean ones would be left in sync
     */
    static SliceConfig withReplicas(SliceConfig config, SortedSet<VulcanoId> replicas) {
        return config.withReplicas(replicas);
    }

    /** For a council that is founded again: later than all that the lost one may have said, and to be led anew. */
    static SliceConfig foundedAgain(SliceConfig config) {
        return new SliceConfig(
                Math.addExact(config.epoch(), CouncilState.RESTORED),
                config.primary(),
                0,
                config.inSync(),
                config.replicas(),
                config.unclean(),
                config.tailLosses(),
                config.minInSync(),
                false);
    }

    /** Those that could become primary now. */
    static SortedSet<VulcanoId> electable(SliceConfig config) {
        SortedSet<VulcanoId> electable = new TreeSet<>(config.inSync());
        electable.removeAll(config.unclean().keySet());
        return electable;
    }
}
