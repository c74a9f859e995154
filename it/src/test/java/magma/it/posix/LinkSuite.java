package magma.it.posix;

import static magma.it.posix.User.OTHER;
import static magma.it.posix.User.OWNER;
import static magma.it.posix.User.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** link(2) and unlink(2). */
abstract class LinkSuite extends PosixSuite {

    @Test
    void allNamesAreOneFile() {
        for (String type : TYPES) {
            if (type.equals("dir")) {
                continue;
            }
            make(type, "one");
            expect("0", ROOT, "link one two");
            assertThat(stat("one").number("nlink")).isEqualTo(2);
            assertThat(stat("two")).isEqualTo(stat("one"));
            ok(ROOT, "mkdir d 0755 ; link two d/three");
            assertThat(stat("d/three").number("nlink")).isEqualTo(3);
            ok(ROOT, "lchown two 5 6");
            assertThat(stat("d/three").number("uid")).isEqualTo(5);
            assertThat(stat("one")).isEqualTo(stat("d/three"));
            ok(ROOT, "unlink one");
            assertThat(stat("two").number("nlink")).isEqualTo(2);
            ok(ROOT, "unlink d/three ; rmdir d");
            assertThat(stat("two").number("nlink")).isEqualTo(1);
            expect("0 ; ENOENT", ROOT, "unlink two ; unlink two");
        }
    }

    @Test
    void linkMarksFileAndParent() {
        make("regular", "f", "0644");
        marks("f", List.of("ctime"), OWNER, "link f a");
        marks(".", List.of("mtime", "ctime"), OWNER, "link f b");
        marks("f", List.of("ctime"), OWNER, "unlink a");
        marks(".", List.of("mtime", "ctime"), OWNER, "unlink b");
        refusedWithoutMark("f", "EEXIST", OWNER, "link f f");
        refusedWithoutMark(".", "ENOENT", OWNER, "unlink a");
    }

    @Test
    void directoriesAreNeitherLinkedNorUnlinked() {
        make("dir", "d");
        expect("EPERM", ROOT, "link d e");
        String result = run(ROOT, "unlink d");
        assertThat(result).as("Linux says EISDIR, POSIX EPERM").isIn("EISDIR", "EPERM");
        assertThat(stat("d").number("nlink")).isEqualTo(2);
    }

    @Test
    void whateverIsThereStays() {
        make("regular", "f");
        for (String type : TYPES) {
            make(type, "there");
            expect("EEXIST", ROOT, "link f there");
            remove(type, "there");
        }
        assertThat(stat("f").number("nlink")).isEqualTo(1);
    }

    @Test
    void symlinkItselfIsLinked() {
        ok(ROOT, "symlink missing l ; link l m");
        assertThat(stat("m").get("type")).isEqualTo("l");
        assertThat(stat("m").number("nlink")).isEqualTo(2);
    }

    @Test
    void badPathsAreRefused() {
        refusesBadPaths("link {} new");
        refusesBadPaths("unlink {}");
    }

    @Test
    void badNewPathsAreRefused() {
        make("regular", "f");
        ok(ROOT, "chmod f 0666");
        refusesBadPaths("link f {}");
        needsWritableDirectory("link f {}", "");
        expect("ENOENT", ROOT, "link missing new");
    }

    @Test
    void removalNeedsAWritableParent() {
        needsWritableDirectory("unlink {}", "regular");
    }

    @Test
    void permissionOnTheFileDoesNotMatterForRemoval() {
        for (String type : TYPES) {
            if (!type.equals("dir")) {
                make(type, "f");
                if (!type.equals("symlink")) {
                    ok(ROOT, "chmod f 0");
                }
                expect("0", OTHER, "unlink f");
            }
        }
    }

    @Test
    void stickyParentLetsOnlyOwnersRemove() {
        make("dir", "sticky", "01777");
        for (String type : List.of("regular", "fifo", "symlink", "socket")) {
            for (User user : List.of(OWNER, User.MEMBER, ROOT)) {
                make(type, "sticky/x");
                ok(ROOT, "lchown sticky/x " + User.MEMBER.uid() + " " + OTHER.gid());
                expect("EPERM", OTHER, "unlink sticky/x");
                expect("0", user, "unlink sticky/x");
            }
        }
    }

    @Test
    void openFileLivesOnWithoutAName() {
        List<String> results = ok(
                OWNER,
                "open f O_CREAT|O_RDWR 0644 ; write 0 hello ; unlink f ; fstat 0 ; pread 0 0 9 ; fchmod 0 0600 ; ftruncate 0 2 ; "
                        + "pwrite 0 5 xyz ; pread 0 0 20 ; fstat 0 ; list .");
        assertThat(results.get(3)).contains("nlink=0").contains("size=5");
        assertThat(results.get(4)).isEqualTo("=hello");
        assertThat(results.get(8)).isEqualTo("=he%00%00%00xyz");
        assertThat(results.get(9)).contains("nlink=0").contains("mode=0600").contains("size=8");
        assertThat(results.get(10)).isEqualTo("=");
    }

    @Test
    void anotherFileCanTakeTheName() {
        expect(
                "0 ; 3 ; 0 ; 1 ; 5 ; =old ; =newer",
                OWNER,
                "open f O_CREAT|O_RDWR 0644 ; write 0 old ; unlink f ; open f O_CREAT|O_RDWR 0644 ; write 1 newer ; pread 0 0 9 ; pread 1 0 9");
    }
}
