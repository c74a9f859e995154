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

    /** Whether whoever asked can find out elsewhere, since it is only here that nobody looks any more. */
    default boolean isKnownElsewhere() {
        return false;
    }

    /**
     * The primaries of the slices.
     *
     * @param canAskElsewhere whether whoever asks can do so at another vulcano too
     */
    static Whereabouts of(RoutingTable table, boolean canAskElsewhere) {
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

            @Override
            public boolean isKnownElsewhere() {
                return canAskElsewhere && table.isOver();
            }
        };
    }
}
