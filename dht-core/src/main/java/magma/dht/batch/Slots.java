package magma.dht.batch;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The last of each slot of each origin, as far as they were looked at. */
final class Slots<T> {
    private final Map<UUID, Map<Integer, T>> origins = new HashMap<>();

    @Nullable
    T get(UUID origin, int slot) {
        return origins.getOrDefault(origin, Map.of()).get(slot);
    }

    void put(UUID origin, int slot, T last) {
        origins.computeIfAbsent(origin, o -> new HashMap<>()).put(slot, last);
    }

    void forget(Collection<UUID> gone) {
        origins.keySet().removeAll(gone);
    }
}
