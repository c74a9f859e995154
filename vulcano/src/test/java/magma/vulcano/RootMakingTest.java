package magma.vulcano;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import magma.dht.transport.NoContactException;
import magma.fs.Errno;
import magma.fs.FsException;
import org.junit.jupiter.api.Test;

/** A vulcano that starts before those who have the slice of the root. */
class RootMakingTest {
    private final FsException unserved =
            new FsException(Errno.EIO, "slice 3 is not served now", new NoContactException(false, "no answer"));
    private long now;
    private int tried;
    private final RootMaking making = new RootMaking(() -> now, () -> "slice 3");

    private void fail(int times, FsException failure) throws FsException {
        now += 30_000_000_000L;
        if (++tried <= times) {
            throw failure;
        }
    }

    @Test
    void theStartWaitsUntilTheSliceIsServed() throws Exception {
        making.run(() -> fail(15, unserved), () -> {});
        assertThat(tried).isEqualTo(16);
    }

    @Test
    void afterTenMinutesTheStartFailsAndSaysForWhatItWaited() {
        assertThatThrownBy(() -> making.run(() -> fail(1_000, unserved), () -> {}))
                .hasMessageContaining("10 minutes for slice 3")
                .hasMessageContaining("not served");
        assertThat(tried).isEqualTo(21);
    }

    @Test
    void whatElseGoesWrongIsNotWaitedFor() {
        FsException damaged = new FsException(Errno.EIO, "damaged");
        assertThatThrownBy(() -> making.run(() -> fail(1, damaged), () -> {})).isSameAs(damaged);
    }

    @Test
    void oneThatIsExpelledMeanwhileWaitsNoMore() {
        RefusalException refused = new RefusalException("expelled");
        assertThatThrownBy(() -> making.run(() -> fail(1_000, unserved), () -> {
                    throw refused;
                }))
                .isSameAs(refused);
    }
}
