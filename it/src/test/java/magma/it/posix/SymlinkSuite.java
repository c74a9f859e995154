package magma.it.posix;

import static magma.it.posix.User.OTHER;
import static magma.it.posix.User.OWNER;
import static magma.it.posix.User.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** symlink(2), readlink(2), and the following of links. */
abstract class SymlinkSuite extends PosixSuite {

    @Test
    void targetIsKeptAsItIs() {
        for (String target : List.of("x", "/absolute/path", "../up", "a//b/./c/", "t".repeat(4_095))) {
            ok(OWNER, "symlink " + target + " l");
            expect("=" + target, OTHER, "readlink l");
            Fields link = stat("l");
            assertThat(link.get("type")).isEqualTo("l");
            assertThat(link.number("size")).isEqualTo(target.length());
            assertThat(link.number("uid")).isEqualTo(OWNER.uid());
            assertThat(link.get("mode")).isEqualTo("0777");
            assertThat(link.number("nlink")).isEqualTo(1);
            ok(OWNER, "unlink l");
        }
        ok(OWNER, "symlink %FF%0A%20%3B odd");
        expect("=%FF%0A%20%3B", OWNER, "readlink odd");
    }

    @Test
    void badTargetsAreRefused() {
        expect("ENOENT", OWNER, "symlink % l");
        expect("ENAMETOOLONG", OWNER, "symlink " + "t".repeat(4_096) + " l");
    }

    @Test
    void linksAreFollowedOrNot() {
        ok(
                ROOT,
                "mkdir d 0755 ; open d/f O_CREAT|O_WRONLY 0640 ; symlink d toD ; symlink d/f toF ; symlink missing toNothing");
        expect("0", ROOT, "chmod toF 0600");
        assertMode("d/f", "0600");
        assertMode("toF", "0777");
        assertThat(run(ROOT, "stat toF")).startsWith("type=-");
        expect("ENOENT", ROOT, "stat toNothing");
        assertThat(stat("toNothing").get("type")).isEqualTo("l");
        expect("ELOOP", ROOT, "open toF O_RDONLY|O_NOFOLLOW");
        expect("0", ROOT, "open toD/f O_RDONLY|O_NOFOLLOW");
        expect("ENOTDIR", ROOT, "open toD O_RDONLY|O_NOFOLLOW|O_DIRECTORY");
        expect("0", ROOT, "open toNothing O_CREAT|O_WRONLY 0644");
        assertThat(stat("missing").get("type")).isEqualTo("-");
        expect("EEXIST", ROOT, "open toF O_CREAT|O_EXCL|O_WRONLY 0644");
        expect("ENOTDIR", ROOT, "rmdir toD");
        expect("EEXIST", ROOT, "mkdir toNothing 0755");
    }

    @Test
    void loopsAreFound() {
        ok(ROOT, "symlink a b ; symlink b a ; symlink self self");
        for (String call : List.of(
                "stat a",
                "open self O_RDONLY",
                "chmod a 0644",
                "chown a 1 1",
                "truncate a 0",
                "chdir a",
                "stat self/x",
                "open a O_CREAT|O_WRONLY 0644")) {
            expect("ELOOP", ROOT, call);
        }
        StringBuilder calls = new StringBuilder("mkdir d0 0755");
        for (int i = 1; i <= 41; i++) {
            calls.append(" ; symlink d").append(i - 1).append(" d").append(i);
        }
        ok(ROOT, calls.toString());
        assertThat(run(ROOT, "stat d40")).startsWith("type=d");
        expect("ELOOP", ROOT, "stat d41");
    }

    @Test
    void parentIsMarkedChanged() {
        marks(".", List.of("mtime", "ctime"), OWNER, "symlink target l");
        refusedWithoutMark(".", "EEXIST", ROOT, "symlink other l");
    }

    @Test
    void whateverIsThereStays() {
        for (String type : TYPES) {
            make(type, "there");
            expect("EEXIST", ROOT, "symlink target there");
            remove(type, "there");
        }
    }

    @Test
    void badPathsAreRefused() {
        refusesBadPaths("symlink target {}");
        refusesBadPaths("readlink {}");
        needsWritableDirectory("symlink target {}", "");
    }

    @Test
    void onlyLinksAreRead() {
        for (String type : TYPES) {
            if (!type.equals("symlink")) {
                make(type, "x");
                expect("EINVAL", ROOT, "readlink x");
                remove(type, "x");
            }
        }
    }

    @Test
    void longestNameIsTaken() {
        ok(OWNER, "symlink target " + LONGEST + " ; readlink " + LONGEST + " ; unlink " + LONGEST);
    }
}
