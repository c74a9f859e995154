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

    /** The primaries of the slices. */
    static Whereabouts of(RoutingTable table) {
        return key -> {
            SliceConfig config = table.config(table.map().of(key).number());
            return config == null ? null : config.primary();
        };
    }
}
