package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;
import magma.fs.AttributeChanges;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.OpenFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Holes: fallocate(2), lseek(2) with SEEK_DATA and SEEK_HOLE. Data and holes of these tests are whole and aligned mebibytes, since
 * an implementation may take smaller holes for data.
 */
public abstract class SparseConformance extends FileSystemConformance {
    private static final int MIB = 1 << 20;

    private OpenFile file;

    @SuppressWarnings("NullAway.Init")
    protected SparseConformance() {}

    @BeforeEach
    void openFile() throws FsException {
        file = fs.create(ROOT, top, name("f"), 0644, true, BOTH).file();
    }

    @AfterEach
    void closeFile() throws FsException {
        file.close();
    }

    private void fill(long mebibyte) throws FsException {
        byte[] data = new byte[MIB];
        Arrays.fill(data, (byte) 'x');
        assertThat(file.write(ROOT, ByteBuffer.wrap(data), mebibyte * MIB)).isEqualTo(MIB);
    }

    private long size() throws FsException {
        return stat(file.flare()).size();
    }

    private long allocated() throws FsException {
        file.flush();
        return stat(file.flare()).allocated();
    }

    private void assertZeros(long offset, int length) throws FsException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        assertThat(file.read(buffer, offset)).isEqualTo(length);
        assertThat(buffer.array()).containsOnly(0);
    }

    @Test
    void seekFindsDataAndHoles() throws FsException {
        fill(2);
        fill(3);
        fill(6);
        fs.setAttributes(ROOT, file.flare(), AttributeChanges.size(9L * MIB), file);
        assertThat(file.seekData(0)).isEqualTo(2 * MIB);
        assertThat(file.seekHole(0)).isZero();
        assertThat(file.seekData(2 * MIB + 5)).isEqualTo(2 * MIB + 5);
        assertThat(file.seekHole(2 * MIB + 5)).isEqualTo(4 * MIB);
        assertThat(file.seekData(4 * MIB)).isEqualTo(6 * MIB);
        assertThat(file.seekHole(4 * MIB + 1)).isEqualTo(4 * MIB + 1);
        assertThat(file.seekHole(6 * MIB)).isEqualTo(7 * MIB);
        refused(Errno.ENXIO, () -> file.seekData(7 * MIB));
        refused(Errno.ENXIO, () -> file.seekData(9 * MIB));
        refused(Errno.ENXIO, () -> file.seekHole(9 * MIB));
        refused(Errno.ENXIO, () -> file.seekData(-1));
        refused(Errno.ENXIO, () -> file.seekHole(-1));
    }

    @Test
    void endOfTheFileIsAHole() throws FsException {
        refused(Errno.ENXIO, () -> file.seekData(0));
        refused(Errno.ENXIO, () -> file.seekHole(0));
        file.write(ROOT, ByteBuffer.wrap(bytes("abc")), 0);
        assertThat(file.seekData(0)).isZero();
        assertThat(file.seekData(2)).isEqualTo(2);
        assertThat(file.seekHole(0)).isEqualTo(3);
        assertThat(file.seekHole(2)).isEqualTo(3);
        refused(Errno.ENXIO, () -> file.seekHole(3));
    }

    @Test
    void holesTakeNoStorage() throws FsException {
        fill(1_000_000);
        assertThat(size()).isEqualTo(1_000_001L * MIB);
        assertThat(allocated()).isBetween((long) MIB, 4L * MIB);
        assertThat(allocated() % 512).isZero();
        assertZeros(500_000L * MIB, 100_000);
        assertThat(file.seekData(0)).isEqualTo(1_000_000L * MIB);
    }

    /** What takes time in proportion to the holes would take years here. */
    @Test
    void holesMayBeOfAnySize() throws FsException {
        long last = 1L << 40;
        fill(0);
        fill(5_000);
        fill(last);
        assertThat(size()).isEqualTo((last + 1) * MIB);
        assertThat(file.seekHole(0)).isEqualTo(MIB);
        assertThat(file.seekData(MIB)).isEqualTo(5_000L * MIB);
        assertThat(file.seekData(5_001L * MIB)).isEqualTo(last * MIB);
        assertThat(file.seekHole(last * MIB)).isEqualTo((last + 1) * MIB);
        file.punch(ROOT, MIB, last / 2 * MIB);
        assertThat(file.seekData(MIB)).isEqualTo(last * MIB);
        assertZeros(5_000L * MIB, MIB);
        fill(last / 2);
        file.punch(ROOT, MIB / 2, Long.MAX_VALUE - MIB);
        refused(Errno.ENXIO, () -> file.seekData(MIB));
        assertThat(allocated()).isLessThanOrEqualTo(MIB);
        fill(last / 4);
        fs.setAttributes(ROOT, file.flare(), AttributeChanges.size(last / 8 * MIB), file);
        fs.setAttributes(ROOT, file.flare(), AttributeChanges.size(last * MIB), file);
        refused(Errno.ENXIO, () -> file.seekData(MIB));
        assertZeros(last / 4 * MIB, MIB);
        assertThat(read(file, 0, 1)).isEqualTo("x");
    }

    @Test
    void punchMakesAHole() throws FsException {
        for (int i = 0; i < 8; i++) {
            fill(i);
        }
        file.punch(ROOT, 2 * MIB, 4 * MIB);
        assertThat(size()).isEqualTo(8 * MIB);
        assertZeros(2 * MIB, 4 * MIB);
        assertThat(read(file, 2 * MIB - 2, 4)).isEqualTo("xx\0\0");
        assertThat(read(file, 6 * MIB - 2, 4)).isEqualTo("\0\0xx");
        assertThat(file.seekHole(0)).isEqualTo(2 * MIB);
        assertThat(file.seekData(2 * MIB)).isEqualTo(6 * MIB);
        assertThat(allocated()).isBetween(4L * MIB, 6L * MIB);
    }

    @Test
    void punchIsExactToTheByte() throws FsException {
        fill(0);
        fill(1);
        file.punch(ROOT, 5_000, 3);
        assertThat(read(file, 4_998, 7)).isEqualTo("xx\0\0\0xx");
        file.punch(ROOT, MIB - 1, 2);
        assertThat(read(file, MIB - 3, 6)).isEqualTo("xx\0\0xx");
        file.punch(ROOT, 10_000, 100_000);
        assertThat(read(file, 9_999, 2)).isEqualTo("x\0");
        assertThat(read(file, 109_999, 2)).isEqualTo("\0x");
        assertZeros(10_000, 100_000);
    }

    @Test
    void punchNeverGrowsTheFile() throws FsException {
        file.write(ROOT, ByteBuffer.wrap(bytes("0123456789")), 0);
        file.punch(ROOT, 5, 1_000_000);
        assertThat(read(file, 0, 20)).isEqualTo("01234\0\0\0\0\0");
        file.punch(ROOT, 100, 10);
        file.punch(ROOT, 0, Long.MAX_VALUE);
        assertThat(size()).isEqualTo(10);
        assertZeros(0, 10);
    }

    @Test
    void badRangesAreRefused() {
        refused(Errno.EINVAL, () -> file.punch(ROOT, -1, 5));
        refused(Errno.EINVAL, () -> file.punch(ROOT, 0, 0));
        refused(Errno.EINVAL, () -> file.punch(ROOT, 0, -1));
        refused(Errno.EINVAL, () -> file.allocate(ROOT, -1, 5, false));
        refused(Errno.EINVAL, () -> file.allocate(ROOT, 0, 0, false));
        refused(Errno.EINVAL, () -> file.allocate(ROOT, 0, -1, true));
    }

    @Test
    void allocateGrowsAndKeepsWhatIsThere() throws FsException {
        file.write(ROOT, ByteBuffer.wrap(bytes("abc")), 0);
        file.allocate(ROOT, 1, 1_000_000, false);
        assertThat(size()).isEqualTo(1_000_001);
        assertThat(read(file, 0, 5)).isEqualTo("abc\0\0");
        assertZeros(3, 999_998);
        file.allocate(ROOT, 0, 10, false);
        assertThat(size()).isEqualTo(1_000_001);
    }

    @Test
    void allocateCanKeepTheSize() throws FsException {
        file.write(ROOT, ByteBuffer.wrap(bytes("abc")), 0);
        file.allocate(ROOT, 0, 1_000_000, true);
        assertThat(size()).isEqualTo(3);
        assertThat(read(file, 0, 10)).isEqualTo("abc");
        fs.setAttributes(ROOT, file.flare(), AttributeChanges.size(10), file);
        assertThat(read(file, 0, 20)).isEqualTo("abc\0\0\0\0\0\0\0");
    }

    @Test
    void allocateBeyondAllStorageIsRefused() throws FsException {
        long tooMuch = fs.statistics().totalBytes() + 1;
        refused(Errno.ENOSPC, () -> file.allocate(ROOT, 0, tooMuch, false));
        assertThat(size()).isZero();
    }

    @Test
    void truncationGivesStorageBack() throws FsException {
        for (int i = 0; i < 4; i++) {
            fill(i);
        }
        fs.setAttributes(ROOT, file.flare(), AttributeChanges.size(MIB), file);
        assertThat(allocated()).isBetween((long) MIB, 2L * MIB);
        fs.setAttributes(ROOT, file.flare(), AttributeChanges.size(0), file);
        assertThat(allocated()).isZero();
        fs.setAttributes(ROOT, file.flare(), AttributeChanges.size(1L << 40), file);
        assertThat(allocated()).isZero();
        refused(Errno.ENXIO, () -> file.seekData(0));
    }

    @Test
    void copyRangeKeepsHoles() throws FsException {
        fill(0);
        fill(9);
        try (OpenFile to = fs.create(ROOT, top, name("to"), 0644, true, BOTH).file()) {
            long done = 0;
            while (done < 10L * MIB) {
                done += file.copyRange(ROOT, done, to, done, 10L * MIB - done);
            }
            to.flush();
            assertThat(stat(to.flare()).size()).isEqualTo(10L * MIB);
            ByteBuffer copied = ByteBuffer.allocate(10 * MIB);
            ByteBuffer original = ByteBuffer.allocate(10 * MIB);
            to.read(copied, 0);
            file.read(original, 0);
            assertThat(copied.array()).isEqualTo(original.array());
        }
    }
}
