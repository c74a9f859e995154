package magma.dht.host;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongUnaryOperator;

/** Which slices are in use: those whose logs have grown a little while ago. To be looked at twice in a second or so. For one thread. */
final class Traffic {
    private static final long RECENT_NANOS = Duration.ofSeconds(2).toNanos();

    /** So many entries between two looks are of no account: whoever comes to lead a slice writes some. */
    private static final long FEW = 3;

    private final LongUnaryOperator appended;
    private final Map<Long, Long> last = new HashMap<>();
    private final Map<Long, Long> busyUntil = new HashMap<>();

    /** @param appended the sequence of the last entry of a slice's log */
    Traffic(LongUnaryOperator appended) {
        this.appended = appended;
    }

    /** @param now monotonic nanoseconds */
    Set<Long> busy(Collection<Long> slices, long now) {
        Set<Long> busy = new HashSet<>();
        for (long slice : slices) {
            long end = appended.applyAsLong(slice);
            Long before = last.put(slice, end);
            if (before != null && end - before > FEW) {
                busyUntil.put(slice, now + RECENT_NANOS);
            }
            if (busyUntil.getOrDefault(slice, now) - now > 0) {
                busy.add(slice);
            }
        }
        return busy;
    }
}
