package magma.dht.council;

import java.util.ArrayList;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/** All that the council itself does with a slice's configuration: its bytes, which may follow which, and moving replicas. */
final class SliceConfigs {
    static final int LEAST_BYTES = 8 + 16 + 8 + 4 + 4 + 4 + 8;

    private static final int MAX_REPLICAS = 64;
    private static final int UNCLEAN_BYTES = Fields.UUID_BYTES + 8 + 8;

    private SliceConfigs() {}

    static void write(Encoder to, SliceConfig config) {
        Fields.id(to.i64(config.epoch()), config.primary()).i64(config.incarnation());
        Fields.ids(to, config.inSync());
        Fields.ids(to, config.replicas());
        to.list(
                new ArrayList<>(config.unclean().entrySet()),
                (e, unclean) -> Fields.id(e, unclean.getKey())
                        .i64(unclean.getValue().epoch())
                        .i64(unclean.getValue().sequence()));
        to.i64(config.tailLosses());
    }

    static SliceConfig read(Decoder from) {
        long epoch = from.i64();
        VulcanoId primary = Fields.id(from);
        long incarnation = from.i64();
        SortedSet<VulcanoId> inSync = ids(from);
        SortedSet<VulcanoId> replicas = ids(from);
        SortedMap<VulcanoId, Version> unclean = new TreeMap<>();
        from.list(MAX_REPLICAS, UNCLEAN_BYTES, e -> Map.entry(Fields.id(e), new Version(e.i64(), e.i64())))
                .forEach(entry -> unclean.put(entry.getKey(), entry.getValue()));
        return new SliceConfig(epoch, primary, incarnation, inSync, replicas, unclean, from.i64());
    }

    private static SortedSet<VulcanoId> ids(Decoder from) {
        SortedSet<VulcanoId> ids = Fields.ids(from);
        if (ids.size() > MAX_REPLICAS) {
            throw new MalformedException(ids.size() + " replicas of one slice");
        }
        return ids;
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
        SortedSet<VulcanoId> inSync = new TreeSet<>(config.inSync());
        inSync.retainAll(replicas);
        SortedMap<VulcanoId, Version> unclean = new TreeMap<>(config.unclean());
        unclean.keySet().retainAll(replicas);
        return new SliceConfig(
                config.epoch() + 1,
                config.primary(),
                config.incarnation(),
                inSync,
                replicas,
                unclean,
                config.tailLosses());
    }

    /** Those that could become primary now. */
    static SortedSet<VulcanoId> electable(SliceConfig config) {
        SortedSet<VulcanoId> electable = new TreeSet<>(config.inSync());
        electable.removeAll(config.unclean().keySet());
        return electable;
    }
}
