package magma.it.posix;

import static magma.it.posix.User.MEMBER;
import static magma.it.posix.User.OTHER;
import static magma.it.posix.User.OWNER;
import static magma.it.posix.User.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** rename(2) and renameat2(2). */
abstract class RenameSuite extends PosixSuite {

    @Test
    void objectOfEveryTypeKeepsItsIdentity() {
        ok(ROOT, "mkdir d 0755");
        for (String type : TYPES) {
            make(type, "old");
            Fields before = stat("old");
            expect("0", ROOT, "rename old new");
            expect("ENOENT", ROOT, "lstat old");
            expect("0", ROOT, "rename new d/newer");
            Fields after = stat("d/newer");
            for (String field : List.of("ino", "type", "mode", "nlink", "uid", "gid", "size", "mtime")) {
                assertThat(after.get(field)).as(field + " of " + type).isEqualTo(before.get(field));
            }
            remove(type, "d/newer");
        }
    }

    @Test
    void bothParentsAreMarkedChanged() {
        ok(ROOT, "mkdir a 0777 ; mkdir b 0777");
        for (String type : TYPES) {
            make(type, "a/x");
            marks("a", List.of("mtime", "ctime"), ROOT, "rename a/x b/x");
            marks("a", List.of("mtime", "ctime"), ROOT, "rename b/x a/x");
            remove(type, "a/x");
        }
        make("regular", "a/x");
        refusedWithoutMark("a", "ENOENT", ROOT, "rename a/missing b/x");
        refusedWithoutMark("a", "ENOTDIR", ROOT, "rename b a/x");
    }

    @Test
    void directoryTakesItsLinkAlong() {
        ok(ROOT, "mkdir a 0755 ; mkdir b 0755 ; mkdir a/d 0755 ; mkdir a/d/e 0755 ; rename a/d b/d");
        assertThat(stat("a").number("nlink")).isEqualTo(2);
        assertThat(stat("b").number("nlink")).isEqualTo(3);
        assertThat(stat("b/d").number("nlink")).isEqualTo(3);
        assertThat(stat("b/d/..").get("ino")).isEqualTo(stat("b").get("ino"));
        assertThat(stat("b/d/e/../..").get("ino")).isEqualTo(stat("b").get("ino"));
    }

    @Test
    void whatStandsThereIsReplaced() {
        for (String from : TYPES) {
            for (String to : TYPES) {
                make(from, "from");
                make(to, "to");
                String inode = stat("from").get("ino");
                String expected =
                        from.equals("dir") == to.equals("dir") ? "0" : from.equals("dir") ? "ENOTDIR" : "EISDIR";
                expect(expected, ROOT, "rename from to");
                if (expected.equals("0")) {
                    assertThat(stat("to").get("ino")).isEqualTo(inode);
                    expect("ENOENT", ROOT, "lstat from");
                    remove(from, "to");
                } else {
                    remove(from, "from");
                    remove(to, "to");
                }
            }
        }
    }

    @Test
    void replacedFileLosesALinkAndIsMarkedChanged() {
        ok(ROOT, "open one O_CREAT|O_WRONLY 0644 ; link one two ; open f O_CREAT|O_WRONLY 0644");
        Fields before = stat("two");
        tick();
        ok(ROOT, "rename f one");
        assertThat(stat("two").number("nlink")).isEqualTo(1);
        assertMarked("two", before, List.of("ctime"), "rename f one");
    }

    @Test
    void onlyEmptyDirectoriesAreReplaced() {
        ok(ROOT, "mkdir d 0755");
        for (String type : TYPES) {
            make("dir", "full");
            make(type, "full/x");
            assertThat(run(ROOT, "rename d full")).isIn("ENOTEMPTY", "EEXIST");
            remove(type, "full/x");
            remove("dir", "full");
        }
        ok(ROOT, "mkdir empty 0755 ; rename d empty");
        assertThat(stat(".").number("nlink")).isEqualTo(3);
    }

    @Test
    void directoryDoesNotComeUnderItself() {
        ok(ROOT, "mkdir a 0755 ; mkdir a/b 0755 ; mkdir a/b/c 0755");
        expect("EINVAL", ROOT, "rename a a/x");
        expect("EINVAL", ROOT, "rename a a/b/x");
        expect("EINVAL", ROOT, "rename a a/b/c");
        assertThat(run(ROOT, "rename a/b/c a")).isIn("ENOTEMPTY", "EEXIST");
        assertThat(run(ROOT, "rename a/b/. x")).isIn("EINVAL", "EBUSY");
        assertThat(run(ROOT, "rename a/b/.. x")).isIn("EINVAL", "EBUSY");
    }

    @Test
    void namesOfOneFileStayBoth() {
        ok(ROOT, "open one O_CREAT|O_WRONLY 0644 ; link one two");
        expect("0", ROOT, "rename one two");
        expect("0", ROOT, "rename one one");
        assertThat(stat("one").number("nlink")).isEqualTo(2);
        assertThat(stat("two").get("ino")).isEqualTo(stat("one").get("ino"));
    }

    @Test
    void badOldPathsAreRefused() {
        refusesBadPaths("rename {} new");
        needsWritableDirectory("rename {} new", "regular");
    }

    @Test
    void badNewPathsAreRefused() {
        make("regular", "f");
        ok(ROOT, "chmod . 0777");
        refusesBadPaths("rename f {}");
        needsWritableDirectory("rename f {}", "");
    }

    @Test
    void longestNamesAreTaken() {
        ok(ROOT, "open f O_CREAT|O_WRONLY 0644 ; rename f " + LONGEST + " ; rename " + LONGEST + " f");
    }

    @Test
    void stickySourceAndTargetLetOnlyOwnersPass() {
        make("dir", "sticky", "01777");
        make("dir", "open", "0777");
        for (String type : TYPES) {
            for (User user : List.of(OWNER, MEMBER, ROOT)) {
                make(type, "sticky/x");
                ok(ROOT, "lchown sticky/x " + MEMBER.uid() + " 1");
                if (type.equals("dir")) {
                    ok(ROOT, "chmod sticky/x 0777");
                }
                expect("EPERM", OTHER, "rename sticky/x open/x");
                expect("0", user, "rename sticky/x open/x");
                remove(type, "open/x");
            }
        }
        make("regular", "sticky/x");
        make("regular", "open/x");
        ok(ROOT, "chown sticky/x " + MEMBER.uid() + " 1 ; chown open/x " + OTHER.uid() + " 1");
        expect("EPERM", OTHER, "rename open/x sticky/x");
        expect("0", MEMBER, "rename open/x sticky/x");
    }

    @Test
    void directoryThatChangesItsParentMustBeWritable() {
        ok(ROOT, "mkdir a 0777 ; chmod a 0777 ; mkdir b 0777 ; chmod b 0777");
        make("dir", "a/d", "0755");
        expect("EACCES", OTHER, "rename a/d b/d");
        expect("0 ; 0", OTHER, "rename a/d a/e ; rename a/e a/d");
        expect("0", OWNER, "rename a/d b/d");
    }

    @Test
    void noReplaceLeavesWhatIsThere() {
        make("regular", "f");
        for (String type : TYPES) {
            make(type, "there");
            expect("EEXIST", ROOT, "renameat2 f there NOREPLACE");
            remove(type, "there");
        }
        expect("0", ROOT, "renameat2 f g NOREPLACE");
        expect("ENOENT", ROOT, "renameat2 f h NOREPLACE");
    }

    @Test
    void exchangeSwapsEveryType() {
        ok(ROOT, "mkdir a 0755 ; mkdir b 0755");
        for (String left : TYPES) {
            for (String right : List.of("regular", "dir", "symlink")) {
                make(left, "a/x");
                make(right, "b/y");
                String inode = stat("a/x").get("ino");
                expect("0", ROOT, "renameat2 a/x b/y EXCHANGE");
                assertThat(stat("b/y").get("ino")).isEqualTo(inode);
                remove(right, "a/x");
                remove(left, "b/y");
                assertThat(stat("a").number("nlink")).isEqualTo(2);
                assertThat(stat("b").number("nlink")).isEqualTo(2);
            }
        }
        make("regular", "f");
        expect("ENOENT", ROOT, "renameat2 f missing EXCHANGE");
        expect("ENOENT", ROOT, "renameat2 missing f EXCHANGE");
        ok(ROOT, "mkdir a/c 0755");
        expect("EINVAL", ROOT, "renameat2 a a/c EXCHANGE");
        expect("EINVAL", ROOT, "renameat2 f f EXCHANGE|NOREPLACE");
    }
}
