package magma.dht.front;

import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.routing.RoutingTable;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/** Who answers for what. */
@FunctionalInterface
interface Whereabouts {
    /** Who answers for a key, as far as is known; null for nobody. */
    @Nullable
    VulcanoId home(Key key);

    /**
     * Whether whoever asks has asked for long enough.
     *
     * @param deadline of that one, as System.nanoTime
     */
    default boolean isPast(long deadline) {
        return System.nanoTime() - deadline > 0;
    }

    /** The primaries of the slices. */
    static Whereabouts of(RoutingTable table) {
        return new Whereabouts() {
            @Override
            public @Nullable VulcanoId home(Key key) {
                SliceConfig config = table.config(table.map().of(key).number());
                return config == null ? null : config.primary();
            }

            @Override
            public boolean isPast(long deadline) {
                return table.isPast(deadline);
            }
        };
    }
}
