package magma.testkit.lava;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import magma.dht.record.FeatureLevel;
import magma.dht.record.RecordKind;
import magma.fs.AttributeChanges;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Limits;
import org.junit.jupiter.api.Test;

/** Which spans of a file have chunks is recorded, so that a hole costs as much as what lies around it. */
class LargeHolesTest extends OneFile {
    private static final long GIB = 1L << 30;

    private void write(long offset) throws Exception {
        assertThat(file.write(ROOT, ByteBuffer.wrap(new byte[100_000]), offset)).isEqualTo(100_000);
        file.flush();
    }

    @Test
    void whatIsLookedAtDoesNotGrowWithTheHole() throws Exception {
        write(0);
        write(1L << 60);
        long before = slices.scans.get();
        assertThat(file.seekData(GIB / 2)).isEqualTo(1L << 60);
        file.punch(ROOT, 0, 1L << 61);
        assertThat(slices.scans.get() - before).isLessThan(1_000);
    }

    @Test
    void aFileMayBeAsLongAsFilesMay() throws Exception {
        long last = Limits.FILE_BYTES - 100_000;
        write(0);
        write(last);
        restart(FeatureLevel.LATEST);
        assertThat(file.seekData(GIB)).isEqualTo(last);
        assertThat(file.seekHole(last)).isEqualTo(Limits.FILE_BYTES);
        file.punch(ROOT, GIB, Limits.FILE_BYTES - GIB);
        assertThat(catchThrowableOfType(FsException.class, () -> file.seekData(GIB))
                        .errno())
                .isEqualTo(Errno.ENXIO);
        assertThat(all(RecordKind.CHUNK)).hasSize(1);
    }

    @Test
    void spansAreKnownAfterADeath() throws Exception {
        write(7 * GIB);
        write((1L << 50) - 1_000);
        restart(FeatureLevel.LATEST);
        assertThat(all(RecordKind.SPAN)).hasSize(3);
        assertThat(file.seekData(0)).isEqualTo(7 * GIB);
        assertThat(file.seekData(8 * GIB)).isEqualTo((1L << 50) - 1_000);
        file.punch(ROOT, 0, 1L << 60);
        assertThat(all(RecordKind.CHUNK).size()).isLessThanOrEqualTo(3);
        write(9 * GIB);
        assertThat(file.seekData(0)).isEqualTo(9 * GIB);
    }

    @Test
    void manyShortWritesFarApartAreFound() throws Exception {
        for (long i = 1; i <= 600; i++) {
            file.write(ROOT, ByteBuffer.wrap(new byte[] {1}), i * i * GIB);
        }
        file.flush();
        long at = 0;
        for (long i = 1; i <= 600; i++) {
            at = file.seekData(at);
            assertThat(at).isEqualTo(i * i * GIB);
            at = file.seekHole(at);
        }
        assertThat(all(RecordKind.SPAN)).hasSize(600);
    }

    @Test
    void spansGoWithTheFile() throws Exception {
        for (long i = 0; i < 1_100; i++) {
            file.write(ROOT, ByteBuffer.wrap(new byte[] {1}), i * GIB);
        }
        remove();
        awaitCleaned();
        assertThat(all(RecordKind.SPAN)).isEmpty();
        assertThat(all(RecordKind.CHUNK)).isEmpty();
    }

    @Test
    void spansGoWhenNoChunkIsLeftAndComeAgain() throws Exception {
        write(3 * GIB);
        fs.setAttributes(ROOT, file.flare(), AttributeChanges.size(0), file);
        awaitCleaned();
        assertThat(all(RecordKind.SPAN)).isEmpty();
        write(3 * GIB);
        assertThat(all(RecordKind.SPAN)).hasSize(1);
        assertThat(file.seekData(0)).isEqualTo(3 * GIB);
    }

    @Test
    void aFileOfAnEarlierBuildHasNoneAndIsWholeAllTheSame() throws Exception {
        slices.featureLevel = FeatureLevel.FIRST;
        write(20 * GIB);
        assertThat(all(RecordKind.SPAN)).isEmpty();
        restart(FeatureLevel.LATEST);
        write(10 * GIB);
        assertThat(all(RecordKind.SPAN)).isEmpty();
        assertThat(file.seekData(0)).isEqualTo(10 * GIB);
        assertThat(file.seekData(11 * GIB)).isEqualTo(20 * GIB);
        file.punch(ROOT, 0, 15 * GIB);
        assertThat(file.seekData(0)).isEqualTo(20 * GIB);
        fs.setAttributes(ROOT, file.flare(), AttributeChanges.size(0), file);
        awaitCleaned();
        write(5 * GIB);
        assertThat(all(RecordKind.SPAN)).hasSize(1);
        remove();
        awaitCleaned();
        assertThat(all(RecordKind.CHUNK)).isEmpty();
    }

    @Test
    void chunksOfAnEarlierBuildGoWithTheirFile() throws Exception {
        slices.featureLevel = FeatureLevel.FIRST;
        write(20 * GIB);
        restart(FeatureLevel.LATEST);
        remove();
        awaitCleaned();
        assertThat(all(RecordKind.CHUNK)).isEmpty();
    }
}
