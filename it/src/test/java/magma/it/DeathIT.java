package magma.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Vulcanos of one network end: killed, or in order. */
class DeathIT {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path top;

    @Test
    void aNetworkStopsAsAWholeAndStartsAgainInAnyOrder() throws Exception {
        try (LavaNetwork network =
                LavaNetwork.start(LavaNetwork.Plan.in(top.toRealPath()).mountedAt(0), 3)) {
            assertThat(network.stopAll().values()).containsOnly(0);
            network.startAgain(network.vulcano(2), network.vulcano(0), network.vulcano(1));
            assertThat(network.awaitWhole().get("slices").asInt()).isEqualTo(64);
            assertThat(network.vulcano(1).stop()).isZero();
            assertThat(network.vulcano(1).log()).contains("Handed over");
        }
    }
}
