package magma.vulcano;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.RemoteVolume;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A short run of what scripts/fuzz does at length, in this process. */
@Timeout(300)
class FuzzTest {
    private static final long SEED = 20261129;
    private static final long FRAMES = 3_000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path top;

    @Test
    void aVulcanoAnswersOrClosesWhateverItIsSentAndServesOthers() throws Exception {
        try (TestLava lava = new TestLava(top)) {
            Vulcano vulcano = lava.found("first");
            Path identity = lava.people().findDefault().orElseThrow().directory();
            Path member = Fuzzer.addMember(lava.settings("member"), lava.around(), lava.invite());
            Fuzzer fuzzer = new Fuzzer(NetAddress.parse(vulcano.address()), identity, member, FuzzMain.GOLDEN);
            fuzzer.run(SEED, FRAMES);
            assertThat(fuzzer.failures()).isEmpty();
            assertThat(fuzzer.frames()).isGreaterThanOrEqualTo(FRAMES);
            try (RemoteVolume volume = lava.volume("first")) {
                FileSystem session = volume.openSession("well behaved", ChangeListener.NONE);
                LavaContent.write(session, "after", 2);
                LavaContent.assertHolds(session, "after", 2);
                session.close();
            }
        }
    }
}
