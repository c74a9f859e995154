package magma.dht.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TrafficTest {
    private static final List<Long> SLICES = List.of(1L, 2L, 3L);

    private final Map<Long, Long> logs = new HashMap<>(Map.of(1L, 1_000L, 2L, 0L, 3L, 7L));
    private final Traffic traffic = new Traffic(slice -> logs.getOrDefault(slice, 0L));
    private long now = Long.MAX_VALUE - TimeUnit.SECONDS.toNanos(1);

    @Test
    void nothingIsInUseAtFirst() {
        assertThat(traffic.busy(SLICES, now)).isEmpty();
    }

    @Test
    void whatGrowsIsInUseForAWhile() {
        assertThat(traffic.busy(SLICES, now)).isEmpty();
        logs.put(2L, 50L);
        assertThat(traffic.busy(SLICES, later(500))).containsExactly(2L);
        assertThat(traffic.busy(SLICES, later(1_500))).containsExactly(2L);
        assertThat(traffic.busy(SLICES, later(1_000))).isEmpty();
    }

    @Test
    void whatItTakesToLeadIsNoUse() {
        assertThat(traffic.busy(SLICES, now)).isEmpty();
        logs.put(3L, 8L);
        assertThat(traffic.busy(SLICES, later(500))).isEmpty();
    }

    private long later(long millis) {
        now += TimeUnit.MILLISECONDS.toNanos(millis);
        return now;
    }
}
