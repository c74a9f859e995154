package magma.it.posix;

import static magma.it.posix.User.OTHER;
import static magma.it.posix.User.OWNER;
import static magma.it.posix.User.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** truncate(2), ftruncate(2), posix_fallocate(3), fallocate(2). */
abstract class TruncateSuite extends PosixSuite {

    @Test
    void filesAreCutAndGrown() {
        ok(OWNER, "open f O_CREAT|O_WRONLY 0644 ; write 0 0123456789");
        last("=01234", OWNER, "truncate f 5 ; open f O_RDONLY ; pread 0 0 99");
        last("=01234%00%00%00", OWNER, "truncate f 8 ; open f O_RDONLY ; pread 0 0 99");
        last("=01", OWNER, "open f O_RDWR ; ftruncate 0 2 ; pread 0 0 99");
        last("=01%00", OWNER, "open f O_RDWR ; ftruncate 0 3 ; pread 0 0 99");
        ok(OWNER, "truncate f 123456789012");
        assertThat(stat("f").number("size")).isEqualTo(123_456_789_012L);
        assertThat(stat("f").number("blocks")).isLessThan(1_000);
    }

    @Test
    void changesAreMarked() {
        make("regular", "f", "0644");
        marks("f", List.of("mtime", "ctime"), OWNER, "truncate f 10");
        marks("f", List.of("mtime", "ctime"), OWNER, "truncate f 5");
        marks("f", List.of("mtime", "ctime"), OWNER, "open f O_RDWR ; ftruncate 0 10");
        marks("f", List.of("mtime", "ctime"), OWNER, "open f O_RDWR ; ftruncate 0 5");
        marks("f", List.of("mtime", "ctime"), OWNER, "open f O_RDWR ; ftruncate 0 5");
        refusedWithoutMark("f", "EACCES", OTHER, "truncate f 0");
        refusedWithoutMark("f", "EINVAL", OWNER, "truncate f -1");
    }

    @Test
    void writePermissionIsNeeded() {
        make("regular", "f", "0644");
        expect("EACCES", OTHER, "truncate f 5");
        expect("EACCES", User.MEMBER, "truncate f 5");
        ok(ROOT, "chmod f 0466");
        expect("EACCES", OWNER, "truncate f 5");
        expect("0", OTHER, "truncate f 5");
        expect("0", ROOT, "truncate f 5");
        ok(ROOT, "chmod f 0444");
        assertThat(run(OTHER, "open f O_RDONLY ; ftruncate 0 5")).isIn("0 ; EINVAL", "0 ; EBADF");
        ok(ROOT, "chmod f 0666");
        last("0", OTHER, "open f O_RDWR ; ftruncate 0 7");
    }

    @Test
    void openFileIsCutWhateverTheModeSaysNow() {
        make("regular", "f", "0666");
        last("0", OWNER, "open f O_RDWR ; chmod f 0 ; ftruncate 0 9");
        assertThat(stat("f").number("size")).isEqualTo(9);
    }

    @Test
    void setIdsAreDroppedForOthers() {
        make("regular", "f", "06777");
        ok(ROOT, "truncate f 5");
        assertMode("f", "6777");
        ok(OTHER, "truncate f 6");
        assertMode("f", "0777");
        ok(ROOT, "chmod f 06777");
        ok(OWNER, "open f O_WRONLY|O_TRUNC");
        assertMode("f", "0777");
    }

    @Test
    void onlyFilesAreCut() {
        make("dir", "d");
        expect("EISDIR", ROOT, "truncate d 0");
        make("fifo", "p");
        expect("EINVAL", ROOT, "truncate p 0");
        make("socket", "s");
        expect("EINVAL", ROOT, "truncate s 0");
        expect("EBADF", ROOT, "ftruncate 5 0");
        make("regular", "f");
        expect("EINVAL", ROOT, "truncate f -1");
        last("EINVAL", ROOT, "open f O_RDWR ; ftruncate 0 -1");
        assertThat(run(ROOT, "truncate f 9223372036854775807")).isIn("EFBIG", "EINVAL");
    }

    @Test
    void badPathsAreRefused() {
        refusesBadPaths("truncate {} 5");
        expect("ENOENT", ROOT, "truncate missing 5");
        ok(ROOT, "symlink loop loop");
        expect("ELOOP", ROOT, "truncate loop 5");
    }

    @Test
    void posixFallocateMakesTheFileLargeEnough() {
        ok(OWNER, "open f O_CREAT|O_RDWR 0644 ; write 0 abc ; posix_fallocate 0 1 1000");
        assertThat(stat("f").number("size")).isEqualTo(1_001);
        last("=abc%00%00", OWNER, "open f O_RDONLY ; pread 0 0 5");
        last("0", OWNER, "open f O_RDWR ; posix_fallocate 0 0 10");
        assertThat(stat("f").number("size")).isEqualTo(1_001);
        marks("f", List.of("mtime", "ctime"), OWNER, "open f O_RDWR ; posix_fallocate 0 1001 1000");
    }

    @Test
    void badRangesAndFilesAreRefused() {
        make("regular", "f", "0644");
        last("EINVAL", OWNER, "open f O_RDWR ; posix_fallocate 0 -1 10");
        last("EINVAL", OWNER, "open f O_RDWR ; posix_fallocate 0 0 0");
        last("EINVAL", OWNER, "open f O_RDWR ; posix_fallocate 0 5 -1");
        last("EBADF", OWNER, "open f O_RDONLY ; posix_fallocate 0 0 10");
        expect("EBADF", OWNER, "posix_fallocate 3 0 10");
        last("EFBIG", OWNER, "open f O_RDWR ; posix_fallocate 0 9223372036854775800 7");
        assertThat(stat("f").number("size")).isZero();
    }

    @Test
    void fallocateKeepsTheSizeAndPunchesHoles() {
        ok(OWNER, "open f O_CREAT|O_RDWR 0644 ; write 0 0123456789 ; fallocate 0 KEEP_SIZE 0 100000");
        assertThat(stat("f").number("size")).isEqualTo(10);
        ok(OWNER, "open f O_RDWR ; fallocate 0 PUNCH_HOLE|KEEP_SIZE 2 5");
        last("=01%00%00%00%00%00789", OWNER, "open f O_RDONLY ; pread 0 0 99");
        ok(OWNER, "open f O_RDWR ; fallocate 0 0 0 20");
        assertThat(stat("f").number("size")).isEqualTo(20);
        last("EOPNOTSUPP", OWNER, "open f O_RDWR ; fallocate 0 PUNCH_HOLE 2 5");
    }

    @Test
    void fileSizeNeverShowsWhatWasCut() {
        ok(OWNER, "open f O_CREAT|O_RDWR 0644 ; write 0 secret ; ftruncate 0 2 ; pwrite 0 9 x");
        last("=se%00%00%00%00%00%00%00x", OWNER, "open f O_RDONLY ; pread 0 0 99");
    }
}
