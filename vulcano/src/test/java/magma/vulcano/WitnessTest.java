package magma.vulcano;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import magma.dht.council.CouncilState;
import magma.dht.council.Member;
import magma.dht.council.MemberKind;
import magma.dht.council.VotingRole;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.netty.RemoteVolume;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two vulcanos that store, and one that only votes. */
class WitnessTest {
    private static final int FILES = 6;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path top;

    @SuppressWarnings("NullAway.Init")
    private TestLava lava;

    @BeforeEach
    void make() {
        lava = new TestLava(top);
    }

    @AfterEach
    void close() {
        lava.close();
    }

    @Test
    void twoVulcanosAndAWitnessGoOnWhenOneVulcanoIsGone() throws Exception {
        Vulcano unused = lava.found("first");
        unused = lava.join("second");
        Vulcano witness = lava.join("witness", VulcanoSettings::asWitness);
        VulcanoId id = lava.node("witness").id();
        CouncilState whole = lava.when("first", TestLava.inSync(2).and(state -> voters(state) == 3));
        assertThat(whole.slices().values())
                .noneMatch(config -> config.replicas().contains(id));
        assertThat(lava.data("witness").resolve("storage")).doesNotExist();
        try (VulcanoClient client = lava.operator()) {
            assertThat(client.lava().vulcanos())
                    .filteredOn(each -> each.kind().equals("witness"))
                    .singleElement()
                    .satisfies(each -> {
                        assertThat(each.id()).isEqualTo(id.toString());
                        assertThat(each.state()).isEqualTo("up");
                        assertThat(each.council()).isIn("voter", "leader");
                        assertThat(each.storedBytes()).isEqualTo(-1);
                    });
        }
        try (RemoteVolume volume = lava.volume("witness")) {
            FileSystem session = volume.openSession("through the witness", ChangeListener.NONE);
            LavaContent.write(session, "before", FILES);
            assertThat(session.statistics().totalBytes()).isPositive();
            lava.stop("first");
            CouncilState alone = lava.when("second", TestLava.inSync(1));
            assertThat(alone.slices().values())
                    .allSatisfy(config -> assertThat(config.primary())
                            .isEqualTo(lava.node("second").id()));
            LavaContent.write(session, "after", FILES);
            LavaContent.assertHolds(session, "before", FILES);
            LavaContent.assertHolds(session, "after", FILES);
            session.close();
        }
        // The vote and the kind are on disk.
        lava.stop("witness");
        Vulcano again = lava.restart("witness");
        assertThat(again.address()).isEqualTo(witness.address());
        Vulcano back = lava.restart("first");
        assertThat(lava.when("first", TestLava.inSync(2)).member(id))
                .extracting(Member::kind)
                .isEqualTo(MemberKind.WITNESS);
        try (RemoteVolume volume = lava.volume("first")) {
            FileSystem session = volume.openSession("at the first", ChangeListener.NONE);
            LavaContent.assertHolds(session, "after", FILES);
            session.close();
        }
        assertThat(back.address()).isNotEmpty();
        assertThat(lava.secondPrimaries()).isEmpty();
    }

    private static long voters(CouncilState state) {
        return state.members().values().stream()
                .filter(member -> member.role() == VotingRole.VOTER)
                .count();
    }

    @Test
    void aVulcanoThatStoresCannotBecomeAWitness() throws Exception {
        Vulcano unused = lava.found("first");
        lava.stop("first");
        VulcanoSettings settings = lava.settings("first").asWitness();
        assertThatThrownBy(() -> Vulcano.start(settings, lava.around()))
                .isInstanceOf(RefusalException.class)
                .hasMessageContaining("cannot become a witness");
        assertThatThrownBy(() -> VulcanoSettings.of(lava.data("second"), true, "lava", "127.0.0.1:0", null)
                        .asWitness())
                .hasMessageContaining("a witness stores nothing");
    }
}
