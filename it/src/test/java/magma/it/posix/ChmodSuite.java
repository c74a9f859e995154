package magma.it.posix;

import static magma.it.posix.User.MEMBER;
import static magma.it.posix.User.OTHER;
import static magma.it.posix.User.OWNER;
import static magma.it.posix.User.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** chmod(2), fchmod(2), and what write(2) takes from the mode. */
abstract class ChmodSuite extends PosixSuite {
    private static final List<String> CHANGEABLE =
            TYPES.stream().filter(type -> !type.equals("symlink")).toList();

    @Test
    void modeOfEveryTypeIsSet() {
        for (String type : CHANGEABLE) {
            make(type, "x", "0644");
            for (String mode : List.of("0", "0111", "0444", "0777", "01777", "04755")) {
                expect("0", OWNER, "chmod x " + mode);
                assertThat(Integer.parseInt(mode("x"), 8)).isEqualTo(Integer.parseInt(mode, 8));
            }
            expect("0", ROOT, "chmod x 0601");
            assertMode("x", "0601");
            remove(type, "x");
        }
    }

    @Test
    void modeIsSetThroughAnOpenFile() {
        make("regular", "f", "0644");
        expect("0 ; 0", OWNER, "open f O_RDONLY ; fchmod 0 0711");
        assertMode("f", "0711");
        expect("EBADF", OWNER, "fchmod 5 0644");
        ok(ROOT, "chmod f 0666");
        last("EPERM", OTHER, "open f O_RDWR ; fchmod 0 0777");
    }

    @Test
    void onlyOwnerAndSuperuserMay() {
        for (String type : CHANGEABLE) {
            make(type, "x", "0777");
            refusedWithoutMark("x", "EPERM", OTHER, "chmod x 0755");
            refusedWithoutMark("x", "EPERM", MEMBER, "chmod x 0777");
            assertMode("x", "0777");
            remove(type, "x");
        }
    }

    @Test
    void changeIsMarked() {
        for (String type : CHANGEABLE) {
            make(type, "x", "0644");
            marks("x", List.of("ctime"), OWNER, "chmod x 0600");
            marks("x", List.of("ctime"), OWNER, "chmod x 0600");
            remove(type, "x");
        }
    }

    @Test
    void linksAreFollowed() {
        make("regular", "f", "0644");
        ok(ROOT, "symlink f l");
        expect("0", OWNER, "chmod l 0600");
        assertMode("f", "0600");
    }

    @Test
    void setGroupIdForAForeignGroupIsDropped() {
        make("regular", "f", "0755");
        ok(ROOT, "chown f " + OWNER.uid() + " " + User.OWNERS_OTHER_GROUP);
        expect("0", OWNER, "chmod f 02755");
        assertMode("f", "2755");
        ok(ROOT, "chown f " + OWNER.uid() + " 4000");
        expect("0", OWNER, "chmod f 06755");
        assertMode("f", "4755");
        expect("0", ROOT, "chmod f 06755");
        assertMode("f", "6755");
    }

    @Test
    void stickyBitOfAFileIsKept() {
        make("regular", "f", "0644");
        expect("0", OWNER, "chmod f 01644");
        assertMode("f", "1644");
        make("dir", "d", "0755");
        expect("0", OWNER, "chmod d 01755");
        assertMode("d", "1755");
    }

    @Test
    void writeByOthersDropsSetIds() {
        for (String mode : List.of("04777", "02777", "06777")) {
            make("regular", "f", mode);
            ok(OTHER, "open f O_WRONLY ; write 0 x");
            assertMode("f", "0777");
            ok(ROOT, "chmod f " + mode);
            ok(OWNER, "open f O_WRONLY ; write 0 x");
            assertMode("f", "0777");
            ok(ROOT, "chmod f " + mode);
            ok(ROOT, "open f O_WRONLY ; write 0 x");
            assertMode("f", mode.substring(1));
            ok(ROOT, "unlink f");
        }
    }

    @Test
    void modeDecidesWhoMayDoWhat() {
        make("regular", "f", "0");
        for (int mode = 0; mode < 8; mode++) {
            for (int shift : new int[] {6, 3, 0}) {
                ok(ROOT, "chmod f 0" + Integer.toOctalString(mode << shift));
                User[] users = {OTHER, MEMBER, OWNER};
                for (int i = 0; i < users.length; i++) {
                    int granted = shift == 3 * i ? mode : 0;
                    expect((granted & 4) != 0 ? "0" : "EACCES", users[i], "access f R_OK");
                    expect((granted & 2) != 0 ? "0" : "EACCES", users[i], "open f O_WRONLY");
                    expect((granted & 1) != 0 ? "0" : "EACCES", users[i], "access f X_OK");
                    expect((granted & 6) == 6 ? "0" : "EACCES", users[i], "open f O_RDWR");
                }
            }
        }
    }

    @Test
    void revokedSearchPermissionHoldsAtOnce() {
        make("dir", "d", "0755");
        ok(ROOT, "mkdir d/e 0755 ; open d/e/f O_CREAT|O_WRONLY 0644");
        ok(OTHER, "stat d/e/f ; open d/e/f O_RDONLY");
        ok(ROOT, "chmod d 0700");
        expect("EACCES ; EACCES ; EACCES", OTHER, "stat d/e/f ; open d/e/f O_RDONLY ; chdir d/e");
        ok(ROOT, "chmod d 0755");
        ok(OTHER, "stat d/e/f ; chdir d/e");
    }

    @Test
    void badPathsAreRefused() {
        refusesBadPaths("chmod {} 0644");
        expect("ENOENT", ROOT, "chmod missing 0644");
        ok(ROOT, "symlink loop loop");
        expect("ELOOP", ROOT, "chmod loop 0644");
    }
}
