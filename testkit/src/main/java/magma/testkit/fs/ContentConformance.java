package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import magma.fs.AttributeChanges;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Limits;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written is read: write, append, truncate, copy, open and its permissions. */
public abstract class ContentConformance extends FileSystemConformance {

    private OpenFile opened() throws FsException {
        return fs.create(ROOT, top, name("f"), 0644, true, BOTH).file();
    }

    private static int write(OpenFile file, long offset, byte[] bytes) throws FsException {
        return file.write(ROOT, ByteBuffer.wrap(bytes), offset);
    }

    private static byte[] readAll(OpenFile file, int length) throws FsException {
        ByteBuffer buffer = ByteBuffer.allocate(length + 1);
        int count = file.read(buffer, 0);
        return Arrays.copyOf(buffer.array(), count);
    }

    @Test
    void readStopsAtTheEnd() throws FsException {
        try (OpenFile file = opened()) {
            assertThat(read(file, 0, 10)).isEmpty();
            write(file, 0, bytes("0123456789"));
            assertThat(read(file, 0, 10)).isEqualTo("0123456789");
            assertThat(read(file, 7, 10)).isEqualTo("789");
            assertThat(read(file, 10, 10)).isEmpty();
            assertThat(read(file, 1_000_000_000_000L, 10)).isEmpty();
            assertThat(read(file, 3, 0)).isEmpty();
            assertThat(stat(file.flare()).size()).isEqualTo(10);
        }
    }

    @Test
    void writeGoesWhereItIsTold() throws FsException {
        try (OpenFile file = opened()) {
            write(file, 0, bytes("0123456789"));
            write(file, 3, bytes("abc"));
            assertThat(read(file, 0, 20)).isEqualTo("012abc6789");
            write(file, 12, bytes("end"));
            assertThat(read(file, 0, 20)).isEqualTo("012abc6789\0\0end");
        }
    }

    @Test
    void buffersKeepTheirOwnBounds() throws FsException {
        try (OpenFile file = opened()) {
            ByteBuffer from = ByteBuffer.allocateDirect(10)
                    .put(bytes("..abcd...."))
                    .position(2)
                    .limit(6);
            assertThat(file.write(ROOT, from, 0)).isEqualTo(4);
            assertThat(from.position()).isEqualTo(6);
            assertThat(stat(file.flare()).size()).isEqualTo(4);
            ByteBuffer to = ByteBuffer.allocateDirect(10).position(3).limit(6);
            assertThat(file.read(to, 1)).isEqualTo(3);
            assertThat(to.position()).isEqualTo(6);
            assertThat(to.get(3)).isEqualTo((byte) 'b');
            assertThat(to.get(2)).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4095, 4096, 4097, 65_536, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_500_000})
    void contentOfEverySizeComesBack(int length) throws Exception {
        byte[] content = new byte[length];
        new Random(length).nextBytes(content);
        Key key;
        try (OpenFile file = opened()) {
            assertThat(write(file, 0, content)).isEqualTo(length);
            assertThat(readAll(file, length)).isEqualTo(content);
            key = file.flare();
        }
        assertThat(stat(key).size()).isEqualTo(length);
        crash();
        try (OpenFile file = fs.open(ROOT, key, READ)) {
            assertThat(readAll(file, length)).isEqualTo(content);
        }
    }

    @Test
    void overlappingWritesAtRandomLeaveTheLastOfEachByte() throws FsException {
        Random random = new Random(7);
        byte[] expected = new byte[5 << 20];
        int size = 0;
        try (OpenFile file = opened()) {
            for (int i = 0; i < 300; i++) {
                byte[] part = new byte[1 + random.nextInt(random.nextBoolean() ? 5_000 : 300_000)];
                random.nextBytes(part);
                int offset = random.nextInt(expected.length - part.length);
                write(file, offset, part);
                System.arraycopy(part, 0, expected, offset, part.length);
                size = Math.max(size, offset + part.length);
                if (i % 50 == 49) {
                    assertThat(readAll(file, size)).isEqualTo(Arrays.copyOf(expected, size));
                }
            }
        }
    }

    @Test
    void appendGoesToTheEnd() throws FsException {
        try (OpenFile file = opened();
                OpenFile other = fs.open(ROOT, file.flare(), WRITE)) {
            assertThat(file.append(ROOT, ByteBuffer.wrap(bytes("abc")))).isZero();
            assertThat(other.append(ROOT, ByteBuffer.wrap(bytes("def")))).isEqualTo(3);
            assertThat(file.append(ROOT, ByteBuffer.wrap(bytes("ghi")))).isEqualTo(6);
            assertThat(read(file, 0, 20)).isEqualTo("abcdefghi");
        }
    }

    @Test
    void truncationCutsAndGrowsWithZeros() throws FsException {
        try (OpenFile file = opened()) {
            write(file, 0, bytes("0123456789"));
            resize(file, 4);
            assertThat(read(file, 0, 20)).isEqualTo("0123");
            resize(file, 8);
            assertThat(read(file, 0, 20)).isEqualTo("0123\0\0\0\0");
            resize(file, 0);
            resize(file, 3);
            assertThat(read(file, 0, 20)).isEqualTo("\0\0\0");
        }
    }

    private void resize(OpenFile file, long size) throws FsException {
        assertThat(fs.setAttributes(ROOT, file.flare(), AttributeChanges.size(size), file)
                        .size())
                .isEqualTo(size);
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 5_000, 70_000, 2_500_000})
    void whatWasCutNeverComesBack(int cut) throws FsException {
        byte[] content = new byte[3_000_000];
        Arrays.fill(content, (byte) 'x');
        try (OpenFile file = opened()) {
            write(file, 0, content);
            resize(file, cut);
            write(file, content.length, bytes("y"));
            byte[] now = readAll(file, content.length + 1);
            assertThat(now).hasSize(content.length + 1);
            Arrays.fill(content, cut, content.length, (byte) 0);
            assertThat(Arrays.copyOf(now, content.length)).isEqualTo(content);
        }
    }

    @Test
    void truncationNeedsWritePermissionOrAnOpenFile() throws FsException {
        Key key = file(ALICE, "f", 0666);
        try (OpenFile file = fs.open(MALLORY, key, WRITE);
                OpenFile reading = fs.open(MALLORY, key, READ)) {
            chmod(key, 0600);
            refused(Errno.EACCES, () -> fs.setAttributes(MALLORY, key, AttributeChanges.size(5), null));
            Throwable thrown = catchThrowable(() -> fs.setAttributes(MALLORY, key, AttributeChanges.size(5), reading));
            assertThat(errnoOf(thrown)).as("ftruncate(2) allows both").isIn(Errno.EBADF, Errno.EINVAL);
            assertThat(fs.setAttributes(MALLORY, key, AttributeChanges.size(5), file)
                            .size())
                    .isEqualTo(5);
        }
    }

    @ParameterizedTest
    @EnumSource
    void onlyFilesHaveASizeToSet(FlareType type) throws FsException {
        Key key = make(ROOT, type, "x", 0644);
        switch (type) {
            case FILE -> {
                refused(Errno.EINVAL, () -> fs.setAttributes(ROOT, key, AttributeChanges.size(-1), null));
                refused(
                        Errno.EFBIG,
                        () -> fs.setAttributes(ROOT, key, AttributeChanges.size(Limits.FILE_BYTES + 1), null));
            }
            case DIRECTORY -> refused(Errno.EISDIR, () -> fs.setAttributes(ROOT, key, AttributeChanges.size(0), null));
            default -> refused(Errno.EINVAL, () -> fs.setAttributes(ROOT, key, AttributeChanges.size(0), null));
        }
    }

    @Test
    void aProgramIsOpenedByWhoMayRunItAndNotReadIt() throws FsException {
        Key key = file(ALICE, "f", 0111);
        write(key, 0, "program");
        Set<OpenOption> running = FileSystem.options(OpenOption.EXECUTE);
        refused(Errno.EACCES, () -> fs.open(MALLORY, key, READ));
        refused(Errno.EACCES, () -> fs.open(MALLORY, key, FileSystem.options(OpenOption.READ, OpenOption.EXECUTE)));
        try (OpenFile program = fs.open(MALLORY, key, running)) {
            assertThat(read(program, 0, 7)).isEqualTo("program");
            refused(Errno.EBADF, () -> program.write(MALLORY, ByteBuffer.wrap(bytes("x")), 0));
        }
        chmod(key, 0744);
        refused(Errno.EACCES, () -> fs.open(MALLORY, key, running));
        chmod(key, 0644);
        refused(Errno.EACCES, () -> fs.open(ROOT, key, running));
    }

    @Test
    void openChecksPermissionOnce() throws FsException {
        Key key = file(ALICE, "f", 0640);
        refused(Errno.EACCES, () -> fs.open(MALLORY, key, READ));
        refused(Errno.EACCES, () -> fs.open(CAROL, key, WRITE));
        refused(Errno.EACCES, () -> fs.open(CAROL, key, BOTH));
        Set<OpenOption> truncating = FileSystem.options(OpenOption.READ, OpenOption.TRUNCATE);
        refused(Errno.EACCES, () -> fs.open(CAROL, key, truncating));
        fs.open(ROOT, key, BOTH).close();
        try (OpenFile file = fs.open(CAROL, key, READ);
                OpenFile writing = fs.open(ALICE, key, WRITE)) {
            chmod(key, 0);
            assertThat(writing.write(ALICE, ByteBuffer.wrap(bytes("abc")), 0)).isEqualTo(3);
            assertThat(read(file, 0, 3)).isEqualTo("abc");
        }
    }

    @Test
    void openFileDoesOnlyWhatItIsOpenFor() throws FsException {
        Key key = file("f", "abc");
        OpenFile reading = fs.open(ROOT, key, READ);
        OpenFile writing = fs.open(ROOT, key, WRITE);
        OpenFile holding = fs.open(MALLORY, key, Set.of());
        refused(Errno.EBADF, () -> write(reading, 0, bytes("x")));
        refused(Errno.EBADF, () -> reading.append(ROOT, ByteBuffer.wrap(bytes("x"))));
        refused(Errno.EBADF, () -> reading.allocate(ROOT, 0, 10, false));
        refused(Errno.EBADF, () -> reading.punch(ROOT, 0, 10));
        refused(Errno.EBADF, () -> read(writing, 0, 1));
        refused(Errno.EBADF, () -> read(holding, 0, 1));
        refused(Errno.EBADF, () -> write(holding, 0, bytes("x")));
        refused(Errno.EBADF, () -> writing.copyRange(ROOT, 0, writing, 10, 1));
        refused(Errno.EBADF, () -> reading.copyRange(ROOT, 0, reading, 10, 1));
        reading.close();
        reading.close();
        writing.close();
        holding.close();
        refused(Errno.EBADF, () -> read(reading, 0, 1));
        refused(Errno.EBADF, () -> write(writing, 0, bytes("x")));
        refused(Errno.EBADF, writing::flush);
        refused(Errno.EBADF, () -> writing.sync(true));
        assertThat(read(key)).isEqualTo("abc");
    }

    @Test
    void offsetsBeyondAllBoundsAreRefused() throws FsException {
        try (OpenFile file = opened()) {
            refused(Errno.EINVAL, () -> write(file, -1, bytes("x")));
            refused(Errno.EINVAL, () -> read(file, -1, 1));
            refused(Errno.EFBIG, () -> write(file, Limits.FILE_BYTES, bytes("x")));
            refused(Errno.EFBIG, () -> write(file, Long.MAX_VALUE, bytes("x")));
            refused(Errno.EFBIG, () -> file.allocate(ROOT, Limits.FILE_BYTES, 1, false));
            assertThat(stat(file.flare()).size()).isZero();
            write(file, Limits.FILE_BYTES - 1, bytes("x"));
            assertThat(stat(file.flare()).size()).isEqualTo(Limits.FILE_BYTES);
            assertThat(read(file, Limits.FILE_BYTES - 2, 5)).isEqualTo("\0x");
            refused(Errno.EFBIG, () -> file.append(ROOT, ByteBuffer.wrap(bytes("x"))));
        }
    }

    @Test
    void copyRangeCopiesUpToTheEndOfTheSource() throws FsException {
        Key source = file("source", "0123456789");
        Key target = file("target", "abcdefghij");
        try (OpenFile from = fs.open(ROOT, source, BOTH);
                OpenFile to = fs.open(ROOT, target, BOTH)) {
            assertThat(from.copyRange(ROOT, 2, to, 5, 3)).isEqualTo(3);
            assertThat(read(target)).isEqualTo("abcde234ij");
            assertThat(from.copyRange(ROOT, 6, to, 12, 100)).isEqualTo(4);
            assertThat(read(target)).isEqualTo("abcde234ij\0\0006789");
            assertThat(from.copyRange(ROOT, 10, to, 0, 100)).isZero();
            assertThat(from.copyRange(ROOT, 0, from, 10, 10)).isEqualTo(10);
            assertThat(read(source)).isEqualTo("01234567890123456789");
            refused(Errno.EINVAL, () -> from.copyRange(ROOT, 0, from, 5, 10));
            refused(Errno.EINVAL, () -> from.copyRange(ROOT, -1, to, 5, 10));
        }
    }

    @Test
    void copyRangeOfMegabytesIsExact() throws FsException {
        byte[] content = new byte[5_000_001];
        new Random(3).nextBytes(content);
        try (OpenFile from = opened();
                OpenFile to = fs.create(ROOT, top, name("to"), 0644, true, BOTH).file()) {
            write(from, 0, content);
            write(to, 0, bytes("ab"));
            long done = 0;
            while (done < content.length) {
                done += from.copyRange(ROOT, done, to, 2 + done, content.length - done);
            }
            byte[] copied = readAll(to, content.length + 2);
            assertThat(copied).startsWith(bytes("ab"));
            assertThat(Arrays.copyOfRange(copied, 2, copied.length)).isEqualTo(content);
        }
    }
}
