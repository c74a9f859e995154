package magma.vulcano;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import magma.dht.council.CouncilState;
import magma.dht.council.Member;
import magma.dht.record.FeatureLevel;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.netty.RemoteVolume;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
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

    @Test
    void chunksLieAsAllVulcanosUnderstandAndStayWhereTheyAre() throws Exception {
        try (TestLava lava = new TestLava(top).withLevel(FeatureLevel.FIRST)) {
            Vulcano unused = lava.found("first");
            write(lava, "before");
            assertThat(isFirstChunkNear(lava, "before")).isFalse();
            lava.stop("first");
            lava.withLevel(FeatureLevel.FIRST_NEAR);
            unused = lava.restart("first");
            lava.when("first", state -> state.featureLevel() == FeatureLevel.FIRST_NEAR);
            write(lava, "after");
            assertThat(isFirstChunkNear(lava, "before")).isFalse();
            assertThat(isFirstChunkNear(lava, "after")).isTrue();
        }
    }

    private static void write(TestLava lava, String name) throws Exception {
        try (RemoteVolume volume = lava.volume("first");
                FileSystem fs = volume.openSession("test", ChangeListener.NONE);
                OpenFile file = fs.create(Caller.ROOT, fs.root(), Name.of(name), 0600, true, Set.of(OpenOption.WRITE))
                        .file()) {
            assertThat(file.write(Caller.ROOT, ByteBuffer.allocate(50_000), 0)).isEqualTo(50_000);
            file.sync(true);
        }
    }

    private static boolean isFirstChunkNear(TestLava lava, String name) throws Exception {
        try (VulcanoClient operator = lava.operator("first")) {
            List<VulcanoClient.Place> places = operator.locate("/" + name);
            VulcanoClient.Place chunk = places.get(places.size() - 1);
            assertThat(chunk.what()).isEqualTo("chunk 0");
            return chunk.key().equals(places.get(places.size() - 2).key());
        }
    }

    private static int levelOf(CouncilState state, VulcanoId vulcano) {
        Member member = state.member(vulcano);
        return member == null ? 0 : member.featureLevel();
    }
}
