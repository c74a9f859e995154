package magma.vulcano;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import magma.dht.council.CouncilState;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.netty.RemoteVolume;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two of three voters lose their data directories for good. */
class CouncilRestoreTest {
    private static final int FILES = 8;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path top;

    @Test
    void aLostCouncilIsFoundedAgainFromTheVulcanoThatIsLeftAndTheDataIsThere() throws Exception {
        try (TestLava lava = new TestLava(top)) {
            Vulcano unused = lava.found("first");
            unused = lava.join("second");
            unused = lava.join("third");
            CouncilState whole = lava.when("third", TestLava.inSync(3));
            write(lava, "second", "before");
            List<VulcanoId> lost =
                    List.of(lava.node("first").id(), lava.node("second").id());
            assertThatThrownBy(() -> CouncilRestore.open(lava.data("third")))
                    .isInstanceOf(RefusalException.class)
                    .hasMessageContaining("already runs");
            lava.stop("first");
            lava.stop("third");
            try (CouncilRestore early = CouncilRestore.open(lava.data("third"))) {
                assertThat(early.running()).hasSize(1);
            }
            lava.stop("second");
            try (CouncilRestore restore = CouncilRestore.open(lava.data("third"))) {
                assertThat(restore.running()).isEmpty();
                CouncilRestore.Known known = restore.known();
                assertThat(known.network()).isEqualTo("lava");
                assertThat(known.vulcanos())
                        .hasSize(3)
                        .filteredOn(CouncilRestore.VulcanoOf::self)
                        .singleElement()
                        .satisfies(self -> assertThat(self.id()).isEqualTo(known.vulcano()));
                assertThat(known.slices().elsewhere()).isZero();
                assertThat(known.slices().inSync() + known.slices().behind())
                        .isEqualTo(whole.slices().size());
                List<String> ids = lost.stream().map(VulcanoId::toString).toList();
                assertThat(restore.slicesLost(ids)).isZero();
                assertThatThrownBy(() -> restore.restore(List.of(known.vulcano())))
                        .hasMessageContaining("no other vulcano");
                restore.restore(List.of());
                // As after a crash in the middle.
                restore.restore(ids);
            }
            unused = lava.restart("third");
            CouncilState founded = lava.node("third").council().read().get();
            assertThat(founded.founding().number()).isEqualTo(3);
            assertThat(founded.version()).isGreaterThan(whole.version());
            lava.when("third", TestLava.inSync(1));
            try (RemoteVolume volume = lava.volume("third")) {
                FileSystem session = volume.openSession("after", ChangeListener.NONE);
                LavaContent.assertHolds(session, "before", FILES);
                LavaContent.write(session, "after", FILES);
                session.close();
            }
            // One that was lost tries to come back: its council is over.
            assertThatThrownBy(() -> lava.restart("first"))
                    .isInstanceOf(RefusalException.class)
                    .hasMessageContaining("was expelled");
            unused = lava.join("fourth");
            lava.when("third", TestLava.inSync(2));
            try (RemoteVolume volume = lava.volume("fourth")) {
                FileSystem session = volume.openSession("at the new one", ChangeListener.NONE);
                LavaContent.assertHolds(session, "before", FILES);
                LavaContent.assertHolds(session, "after", FILES);
                session.close();
            }
            assertThat(lava.secondPrimaries()).isEmpty();
        }
    }

    private static void write(TestLava lava, String through, String prefix) throws Exception {
        try (RemoteVolume volume = lava.volume(through)) {
            FileSystem session = volume.openSession("client", ChangeListener.NONE);
            LavaContent.write(session, prefix, FILES);
            session.close();
        }
    }
}
