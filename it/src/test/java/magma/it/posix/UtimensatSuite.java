package magma.it.posix;

import static magma.it.posix.User.MEMBER;
import static magma.it.posix.User.OTHER;
import static magma.it.posix.User.OWNER;
import static magma.it.posix.User.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** utimensat(2) and futimens(3). */
abstract class UtimensatSuite extends PosixSuite {

    private void assertTimes(String path, String accessed, String modified) {
        assertThat(stat(path).get("atime")).isEqualTo(accessed);
        assertThat(stat(path).get("mtime")).isEqualTo(modified);
    }

    @Test
    void givenTimesAreKeptForEveryType() {
        for (String type : TYPES) {
            make(type, "x", "0644");
            expect("0", OWNER, "lutimens x 1900000000.123456789 1950000000.987654321");
            assertTimes("x", "1900000000.123456789", "1950000000.987654321");
            remove(type, "x");
        }
    }

    @Test
    void timesOfAllAgesAreKept() {
        make("regular", "f", "0644");
        for (String seconds : List.of("0", "1", "2147483647", "2147483648", "4294967296", "-1", "-1000000")) {
            ok(OWNER, "utimens f " + seconds + ".000000000 " + seconds + ".500000000");
            assertTimes("f", seconds + ".000000000", seconds + ".500000000");
        }
    }

    @Test
    void changeTimeIsMarked() {
        for (String type : TYPES) {
            make(type, "x", "0644");
            Fields before = stat("x");
            tick();
            ok(OWNER, "lutimens x 1000.0 2000.0");
            assertThat(stat("x").time("ctime")).isGreaterThan(before.time("ctime"));
            remove(type, "x");
        }
    }

    @Test
    void nowAndOmit() {
        make("regular", "f", "0644");
        ok(OWNER, "utimens f 1000.5 2000.5");
        Fields before = stat("f");
        tick();
        ok(OWNER, "utimens f now omit");
        assertThat(stat("f").time("atime")).isGreaterThan(before.time("ctime"));
        assertThat(stat("f").get("mtime")).isEqualTo("2000.000000005");
        ok(OWNER, "utimens f omit 3000.000000007");
        assertThat(stat("f").get("mtime")).isEqualTo("3000.000000007");
        ok(OWNER, "utimens f omit now");
        assertThat(stat("f").time("mtime")).isGreaterThan(before.time("ctime"));
        Fields unchanged = stat("f");
        tick();
        ok(OTHER, "utimens f omit omit");
        assertThat(stat("f")).isEqualTo(unchanged);
    }

    @Test
    void touchIsForAllWhoMayWrite() {
        make("regular", "f", "0644");
        ok(OWNER, "touch f ; utimens f now now");
        expect("EACCES ; EACCES", OTHER, "touch f ; utimens f now now");
        expect("EACCES", MEMBER, "touch f");
        ok(ROOT, "chmod f 0444");
        ok(OWNER, "touch f");
        ok(ROOT, "touch f ; chmod f 0464");
        ok(MEMBER, "touch f ; utimens f now now");
        ok(ROOT, "chmod f 0446");
        ok(OTHER, "touch f");
        expect("EACCES", MEMBER, "touch f");
    }

    @Test
    void givenTimesAreForOwnerAndSuperuser() {
        make("regular", "f", "0666");
        for (String times : List.of("1000.0 2000.0", "now 2000.0", "1000.0 omit", "now omit", "omit now")) {
            expect("EPERM", OTHER, "utimens f " + times);
            expect("EPERM", MEMBER, "utimens f " + times);
            expect("0", OWNER, "utimens f " + times);
            expect("0", ROOT, "utimens f " + times);
        }
    }

    @Test
    void linksAreFollowedOrNot() {
        make("regular", "f", "0644");
        ok(ROOT, "symlink f l ; utimens f 1.0 2.0 ; lutimens l 3.0 4.0 ; utimens l 5.0 6.0");
        assertTimes("f", "5.000000000", "6.000000000");
        assertThat(stat("l").get("mtime")).as("following is an access only").isEqualTo("4.000000000");
    }

    @Test
    void openFilesToo() {
        make("regular", "f", "0666");
        ok(OWNER, "open f O_RDONLY ; futimens 0 7.0 8.0");
        assertTimes("f", "7.000000000", "8.000000000");
        last("EPERM", OTHER, "open f O_RDWR ; futimens 0 7.0 8.0");
        last("0", OTHER, "open f O_RDWR ; futimens 0 now now");
        expect("EBADF", OWNER, "futimens 4 7.0 8.0");
    }

    @Test
    void writeAfterwardsMarksAgain() {
        make("regular", "f", "0644");
        ok(OWNER, "open f O_RDWR ; write 0 abc ; futimens 0 1000.0 2000.0 ; close 0");
        assertTimes("f", "1000.000000000", "2000.000000000");
        marks("f", List.of("mtime", "ctime"), OWNER, "open f O_WRONLY ; write 0 abc");
    }

    @Test
    void badPathsAndTimesAreRefused() {
        refusesBadPaths("utimens {} 1.0 2.0");
        refusesBadPaths("lutimens {} 1.0 2.0");
        expect("ENOENT", ROOT, "utimens missing 1.0 2.0");
        make("regular", "f");
        expect("EINVAL", ROOT, "utimens f 1.1000000000 2.0");
        expect("EINVAL", ROOT, "utimens f 1.0 2.1999999999");
    }
}
