package magma.vulcano;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import magma.dht.council.CouncilState;
import magma.dht.council.Member;
import magma.dht.replication.VulcanoId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A newer build is put on one vulcano after the other, while the network goes on; levels stand for builds. */
class MixedBuildsTest {
    private static final int OLD = 1;
    private static final int NEW = 2;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path top;

    @Test
    void theNetworkUsesWhatIsNewWhenAllVulcanosCanAndTakesNoOldBuildAnyMore() throws Exception {
        try (TestLava lava = new TestLava(top).withLevel(OLD)) {
            Vulcano unused = lava.found("first");
            unused = lava.join("second", VulcanoSettings::asWitness);
            assertThat(lava.node("first").council().state().featureLevel()).isEqualTo(OLD);
            lava.stop("second");
            lava.withLevel(NEW);
            unused = lava.restart("second");
            assertThat(lava.when(
                                    "first",
                                    state -> levelOf(state, lava.node("second").id()) == NEW)
                            .featureLevel())
                    .isEqualTo(OLD);
            // The old build is still welcome.
            lava.stop("first");
            lava.withLevel(OLD);
            unused = lava.restart("first");
            lava.stop("first");
            lava.withLevel(NEW);
            unused = lava.restart("first");
            assertThat(lava.when("second", state -> state.featureLevel() == NEW).featureLevel())
                    .isEqualTo(NEW);
            lava.stop("second");
            lava.withLevel(OLD);
            assertThatThrownBy(() -> lava.restart("second"))
                    .isInstanceOf(RefusalException.class)
                    .hasMessageContaining("feature level 2")
                    .hasMessageContaining("install that on this vulcano too");
            assertThatThrownBy(() -> lava.join("third"))
                    .isInstanceOf(RefusalException.class)
                    .hasMessageContaining("feature level 2");
            assertThat(lava.data("third").resolve(NetworkFile.FILE)).doesNotExist();
        }
    }

    private static int levelOf(CouncilState state, VulcanoId vulcano) {
        Member member = state.member(vulcano);
        return member == null ? 0 : member.featureLevel();
    }
}
