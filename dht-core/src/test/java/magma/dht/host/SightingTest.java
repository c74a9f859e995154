package magma.dht.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import magma.dht.replication.VulcanoId;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SightingTest {
    private static final VulcanoId ONE = new VulcanoId(new UUID(0, 1));
    private static final VulcanoId TWO = new VulcanoId(new UUID(0, 2));

    /** @param version 0 for none */
    private static Sighting seen(VulcanoId by, long version, int digest, long committed, long until) {
        @Nullable Version shown = version == 0 ? null : at(version);
        return new Sighting(by, shown, new byte[] {(byte) digest}, at(committed), at(until));
    }

    private static Version at(long sequence) {
        return new Version(1, sequence);
    }

    private static boolean contradict(Sighting one, Sighting other) {
        assertThat(other.contradicts(one)).isEqualTo(one.contradicts(other));
        return one.contradicts(other);
    }

    @Test
    void equalVersionsMustHaveEqualContent() {
        assertThat(contradict(seen(ONE, 5, 1, 9, 9), seen(TWO, 5, 1, 7, 7))).isFalse();
        assertThat(contradict(seen(ONE, 5, 1, 9, 9), seen(TWO, 5, 2, 7, 7))).isTrue();
    }

    @Test
    void anOlderVersionIsExplainedByLagOnlyUpToWhereTheReplicaHadCommitted() {
        assertThat(contradict(seen(ONE, 8, 1, 9, 9), seen(TWO, 5, 1, 7, 7))).isFalse();
        assertThat(contradict(seen(ONE, 8, 1, 9, 9), seen(TWO, 5, 1, 8, 8))).isTrue();
    }

    @Test
    void aRecordThatIsMissingMayNotBeThereYetOrHaveBeenRemovedAlready() {
        assertThat(contradict(seen(ONE, 8, 1, 9, 9), seen(TWO, 0, 0, 7, 7))).isFalse();
        assertThat(contradict(seen(ONE, 8, 1, 9, 9), seen(TWO, 0, 0, 8, 10))).isFalse();
        assertThat(contradict(seen(ONE, 8, 1, 9, 9), seen(TWO, 0, 0, 8, 9))).isTrue();
    }

    @Test
    void aRecordThatChangedWhileItWasReadAgreesWithNothingAndContradictsNoContent() {
        Sighting torn = new Sighting(ONE, at(5), new byte[0], at(9), at(9));
        assertThat(torn.agreesWith(seen(TWO, 5, 1, 9, 9))).isFalse();
        assertThat(contradict(torn, seen(TWO, 5, 1, 9, 9))).isFalse();
    }
}
