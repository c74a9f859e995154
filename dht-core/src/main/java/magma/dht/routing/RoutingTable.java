package magma.dht.routing;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import magma.dht.council.CouncilState;
import magma.dht.record.FeatureLevel;
import magma.dht.replication.SliceConfig;
import magma.dht.slice.SliceMap;
import org.jspecify.annotations.Nullable;

/** What this vulcano knows of who leads which slice: from the council, and from answers of those that were asked in vain. Only later words replace earlier ones. */
public final class RoutingTable {
    private final Map<Long, SliceConfig> configs = new ConcurrentHashMap<>();
    private volatile SliceMap map;
    private volatile int featureLevel = FeatureLevel.FIRST;
    private volatile @Nullable Long end;

    public RoutingTable(SliceMap map) {
        this.map = map;
    }

    /** The latest map. */
    public SliceMap map() {
        return map;
    }

    /**
     * This vulcano stops: nobody goes on asking after {@code end}.
     *
     * @param end as System.nanoTime
     */
    public void endAt(long end) {
        this.end = end;
    }

    /**
     * Whether whoever asks has asked for long enough.
     *
     * @param deadline of that one, as System.nanoTime
     */
    public boolean isPast(long deadline) {
        return System.nanoTime() - deadline > 0 || isOver();
    }

    /** Whether this vulcano stops, and what is asked of it can only be asked of another. */
    public boolean isOver() {
        Long last = end;
        return last != null && System.nanoTime() - last > 0;
    }

    /** The council's word. */
    public void learn(CouncilState state) {
        synchronized (this) {
            if (state.map().version() > map.version()) {
                map = state.map();
            }
            featureLevel = Math.max(featureLevel, state.featureLevel());
        }
        state.slices().forEach(this::learn);
    }

    /** Up to which feature level all vulcanos can go, as far as is known; see {@link Slices#featureLevel}. */
    int featureLevel() {
        return featureLevel;
    }

    /** The council's word on one slice, from whoever has it. */
    public void learn(long slice, SliceConfig config) {
        configs.merge(slice, config, (known, word) -> word.epoch() > known.epoch() ? word : known);
    }

    /** The latest that is known; null for nothing. */
    public @Nullable SliceConfig config(long slice) {
        return configs.get(slice);
    }
}
