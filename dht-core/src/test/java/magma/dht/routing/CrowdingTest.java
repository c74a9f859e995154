package magma.dht.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import magma.dht.slice.Slice;
import magma.dht.slice.SliceMap;
import org.junit.jupiter.api.Test;

class CrowdingTest {
    private static final SliceMap MAP = SliceMap.even(4);

    private static Slice slice(int index) {
        return MAP.slices().get(index);
    }

    private static Crowding of(long... flares) {
        Map<Long, Long> counts = new HashMap<>();
        for (int i = 0; i < flares.length; i++) {
            counts.put(slice(i).number(), flares[i]);
        }
        return new Crowding(() -> counts);
    }

    @Test
    void noSliceIsCrowdedWhileThereIsLittle() {
        Crowding crowding = of(Crowding.ALLOWED, 0, 0, 0);
        assertThat(crowding.isCrowded(slice(0))).isFalse();
    }

    @Test
    void aSliceIsCrowdedThatHoldsMuchMoreThanOthers() {
        Crowding crowding = of(10 * Crowding.ALLOWED, 0, 0, 0);
        assertThat(crowding.isCrowded(slice(0))).isTrue();
        assertThat(crowding.isCrowded(slice(1))).isFalse();
    }

    @Test
    void slicesThatHoldTheSameAreNotCrowdedHoweverMuchItIs() {
        long many = 1000 * Crowding.ALLOWED;
        Crowding crowding = of(many, many, many, many);
        assertThat(crowding.isCrowded(slice(0))).isFalse();
    }

    @Test
    void aSliceOfWhichNothingIsKnownIsNotCrowded() {
        assertThat(of().isCrowded(slice(3))).isFalse();
        assertThat(of(10 * Crowding.ALLOWED).isCrowded(slice(3))).isFalse();
    }
}
