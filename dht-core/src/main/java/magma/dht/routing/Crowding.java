package magma.dht.routing;

import java.util.Map;
import java.util.function.Supplier;
import magma.dht.slice.Slice;
import org.jspecify.annotations.Nullable;

/** Which slices hold so many more flares than others that new directories should go elsewhere: consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam, 2018). */
final class Crowding {
    /** No slice with fewer is crowded: there is nothing to be spread yet. */
    static final long ALLOWED = 1 << 14;

    /** How many times as many as the average are too many. */
    static final long FACTOR = 2;

    private static final long FRESH_NANOS = 1_000_000_000L;

    private final Supplier<Map<Long, Long>> counts;
    private volatile @Nullable Count last;

    /** @param crowdedAbove how many flares a slice may hold */
    private record Count(Map<Long, Long> flares, long crowdedAbove, long takenAt) {}

    /** @param counts how many flares the slices hold of which it is known here, by their numbers; asked at most once a second */
    Crowding(Supplier<Map<Long, Long>> counts) {
        this.counts = counts;
    }

    boolean isCrowded(Slice slice) {
        Count known = last;
        long now = System.nanoTime();
        if (known == null || now - known.takenAt() > FRESH_NANOS) {
            Map<Long, Long> flares = Map.copyOf(counts.get());
            long all = flares.values().stream().mapToLong(Long::longValue).sum();
            known = new Count(flares, ALLOWED + FACTOR * all / Math.max(1, flares.size()), now);
            last = known;
        }
        return known.flares().getOrDefault(slice.number(), 0L) > known.crowdedAbove();
    }
}
