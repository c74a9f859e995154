package magma.it.posix;

import static magma.it.posix.User.MEMBER;
import static magma.it.posix.User.OTHER;
import static magma.it.posix.User.OWNER;
import static magma.it.posix.User.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** open(2), and what is done through an open file. */
abstract class OpenSuite extends PosixSuite {

    @Test
    void modeOfANewFileIsWhatIsAskedForLessTheUmask() {
        for (String[] each : new String[][] {
            {"0755", "0", "0755"},
            {"0151", "0", "0151"},
            {"0151", "077", "0100"},
            {"0345", "070", "0305"},
            {"0345", "0501", "0244"},
            {"04755", "0", "4755"},
            {"0", "0", "0000"}
        }) {
            User user = OWNER.withUmask(Integer.parseInt(each[1], 8));
            ok(user, "open f O_CREAT|O_WRONLY " + each[0]);
            assertMode("f", each[2]);
            assertThat(stat("f").number("uid")).isEqualTo(OWNER.uid());
            assertThat(stat("f").number("gid")).isEqualTo(OWNER.gid());
            assertThat(stat("f").number("size")).isZero();
            ok(user, "unlink f");
        }
    }

    @Test
    void creatorNeedsNoPermissionOnTheFile() {
        expect("0 ; 5 ; =hello", OWNER, "open f O_CREAT|O_RDWR 0 ; write 0 hello ; pread 0 0 9");
        expect("EACCES", OWNER, "open f O_RDONLY");
    }

    @Test
    void newFileMarksTheParentAndAnOldOneDoesNot() {
        marks(".", List.of("mtime", "ctime"), OWNER, "open f O_CREAT|O_WRONLY 0644");
        marks(".", List.of(), OWNER, "open f O_CREAT|O_WRONLY 0644");
        marks("f", List.of(), OWNER, "open f O_CREAT|O_RDWR 0644");
        refusedWithoutMark(".", "EEXIST", OWNER, "open f O_CREAT|O_EXCL|O_WRONLY 0644");
    }

    @Test
    void truncationEmptiesAndMarks() {
        make("regular", "f", "0644");
        ok(OWNER, "open f O_WRONLY ; write 0 content");
        marks("f", List.of("mtime", "ctime"), OWNER, "open f O_WRONLY|O_TRUNC");
        assertThat(stat("f").number("size")).isZero();
        marks("f", List.of("mtime", "ctime"), OWNER, "open f O_WRONLY|O_TRUNC");
        ok(ROOT, "chmod f 0444");
        expect("EACCES", OWNER, "open f O_RDONLY|O_TRUNC");
        expect("EACCES", OTHER, "open f O_WRONLY|O_TRUNC");
    }

    @Test
    void permissionOfEachClassIsAskedFor() {
        for (String[] each : new String[][] {
            {"0477", "O_WRONLY"}, {"0477", "O_RDWR"}, {"0277", "O_RDONLY"}, {"0277", "O_RDWR"}, {"0077", "O_RDONLY"}
        }) {
            make("regular", "f", each[0]);
            expect("EACCES", OWNER, "open f " + each[1]);
            expect("0", OTHER, "open f " + each[1]);
            expect("0", MEMBER, "open f " + each[1]);
            String forGroup = "0" + each[0].charAt(2) + each[0].charAt(1) + "7";
            ok(ROOT, "chmod f " + forGroup);
            expect("EACCES", MEMBER, "open f " + each[1]);
            expect("0", OWNER, "open f " + each[1]);
            String forOthers = "077" + each[0].charAt(1);
            ok(ROOT, "chmod f " + forOthers);
            expect("EACCES", OTHER, "open f " + each[1]);
            expect("0", MEMBER, "open f " + each[1]);
            expect("0", ROOT, "open f " + each[1]);
            ok(ROOT, "unlink f");
        }
    }

    @Test
    void badPathsAreRefused() {
        refusesBadPaths("open {} O_RDONLY");
        refusesBadPaths("open {} O_CREAT|O_WRONLY 0644");
        expect("ENOENT", ROOT, "open missing O_RDWR");
        needsWritableDirectory("open {} O_CREAT|O_WRONLY 0644", "");
    }

    @Test
    void exclusiveCreationRefusesWhateverIsThere() {
        for (String type : TYPES) {
            make(type, "there");
            expect("EEXIST", ROOT, "open there O_CREAT|O_EXCL|O_RDWR 0644");
            remove(type, "there");
        }
    }

    @Test
    void directoriesAreOpenedForReadingOnly() {
        make("dir", "d");
        expect("EISDIR", ROOT, "open d O_WRONLY");
        expect("EISDIR", ROOT, "open d O_RDWR");
        expect("EISDIR", ROOT, "open d O_RDONLY|O_CREAT 0644");
        expect("0 ; EISDIR", ROOT, "open d O_RDONLY|O_DIRECTORY ; pread 0 0 5");
        make("regular", "f");
        expect("ENOTDIR", ROOT, "open f O_RDONLY|O_DIRECTORY");
        ok(ROOT, "chmod d 0311");
        expect("EACCES", OTHER, "open d O_RDONLY|O_DIRECTORY");
        expect("EACCES", OTHER, "list d");
    }

    @Test
    void linksAndSocketsAreNotOpened() {
        ok(ROOT, "symlink missing l ; bind s");
        expect("ELOOP", ROOT, "open l O_RDONLY|O_NOFOLLOW");
        expect("ENXIO", ROOT, "open s O_RDONLY");
        expect("ENOENT", ROOT, "open l O_RDONLY");
    }

    @Test
    void appendGoesToTheEndWhoeverWroteInBetween() {
        expect(
                "0 ; 1 ; 3 ; 3 ; 2 ; =abcdefgh",
                OWNER,
                "open f O_CREAT|O_RDWR|O_APPEND 0644 ; open f O_WRONLY|O_APPEND ; write 0 abc ; write 1 def ; write 0 gh ; pread 0 0 99");
    }

    @Test
    void openFileDoesOnlyWhatItIsOpenFor() {
        make("regular", "f", "0644");
        expect("0 ; EBADF", OWNER, "open f O_RDONLY ; write 0 x");
        expect("0 ; EBADF", OWNER, "open f O_WRONLY ; pread 0 0 1");
        expect("0 ; EBADF ; EBADF", OWNER, "open f O_PATH ; pread 0 0 1 ; fchmod 0 0600");
        last("0", OWNER, "open f O_RDONLY ; fstat 0 ; close 0");
    }

    @Test
    void permissionIsCheckedAtOpeningOnly() {
        make("regular", "f", "0600");
        last("=hi", OWNER, "open f O_RDWR ; chmod f 0 ; write 0 hi ; pread 0 0 5");
    }

    @Test
    void writesMarkAndReadsDoNot() {
        make("regular", "f", "0644");
        marks("f", List.of("mtime", "ctime"), OWNER, "open f O_WRONLY ; write 0 content ; fsync 0");
        marks("f", List.of(), OWNER, "open f O_RDONLY ; pread 0 0 3");
    }

    @Test
    void readRenewsAnOldAccessTime() {
        make("regular", "f", "0644");
        ok(OWNER, "open f O_WRONLY ; write 0 content");
        ok(ROOT, "utimens f 1000.0 2000.0");
        Fields before = stat("f");
        tick();
        ok(OWNER, "open f O_RDONLY ; pread 0 0 3");
        assertThat(stat("f").time("atime")).isGreaterThan(before.time("ctime"));
        assertMarked("f", before, List.of(), "read");
    }

    @Test
    void holesReadAsZeros() {
        expect(
                "0 ; 3 ; =%00%00abc ; 5",
                OWNER, "open f O_CREAT|O_RDWR 0644 ; pwrite 0 2 abc ; pread 0 0 9 ; lseek 0 0 SEEK_END");
        expect(
                "0 ; 3 ; =xyz ; = ; EINVAL",
                OWNER,
                "open g O_CREAT|O_RDWR 0644 ; pwrite 0 5000000000 xyz ; pread 0 5000000000 9 ; pread 0 6000000000 9 ; pread 0 -1 1");
        assertThat(stat("g").number("size")).isEqualTo(5_000_000_003L);
        assertThat(stat("g").number("blocks")).isLessThan(10_000);
    }

    @Test
    void dataAndHolesAreFound() {
        ok(OWNER, "open f O_CREAT|O_RDWR 0644 ; ftruncate 0 8388608 ; pwrite 0 4194304 data");
        List<String> found =
                ok(OWNER, "open f O_RDONLY ; lseek 0 0 SEEK_DATA ; lseek 0 0 SEEK_HOLE ; lseek 0 4194305 SEEK_DATA");
        assertThat(Long.parseLong(found.get(1))).isBetween(1L, 4_194_304L);
        assertThat(found.get(2)).isEqualTo("0");
        assertThat(found.get(3)).isEqualTo("4194305");
        last("ENXIO", OWNER, "open f O_RDONLY ; lseek 0 8388608 SEEK_DATA");
        last("ENXIO", OWNER, "open f O_RDONLY ; lseek 0 8388608 SEEK_HOLE");
    }

    @Test
    void namesAreAtMost255Bytes() {
        ok(OWNER, "open " + LONGEST + " O_CREAT|O_WRONLY 0644 ; stat " + LONGEST + " ; unlink " + LONGEST);
        assertThat(run(ROOT, "statvfs .")).contains("namemax=255");
        ok(OWNER, "open %FF%FE%0A O_CREAT|O_WRONLY 0644 ; stat %FF%FE%0A ; unlink %FF%FE%0A");
    }
}
