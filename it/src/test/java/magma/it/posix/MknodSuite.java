package magma.it.posix;

import static magma.it.posix.User.OWNER;
import static magma.it.posix.User.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** mkfifo(3), mknod(2), and bind(2) of a local socket. */
abstract class MknodSuite extends PosixSuite {

    @Test
    void modeIsWhatIsAskedForLessTheUmask() {
        for (String[] each : new String[][] {
            {"0755", "0", "0755"},
            {"0151", "0", "0151"},
            {"0151", "077", "0100"},
            {"0345", "070", "0305"},
            {"0345", "0501", "0244"}
        }) {
            User user = OWNER.withUmask(Integer.parseInt(each[1], 8));
            for (String call : List.of(
                    "mkfifo x " + each[0],
                    "mknod x p " + each[0] + " 0 0",
                    "mknod x - " + each[0] + " 0 0",
                    "mknod x s " + each[0] + " 0 0")) {
                expect("0", user, call);
                assertMode("x", each[2]);
                assertThat(stat("x").number("uid")).isEqualTo(OWNER.uid());
                assertThat(stat("x").number("gid")).isEqualTo(OWNER.gid());
                expect("0", user, "unlink x");
            }
        }
    }

    @Test
    void typesAreKept() {
        ok(ROOT, "mkfifo p 0644 ; bind s ; mknod f - 0644 0 0 ; mknod c c 0644 1 3 ; mknod b b 0600 259 77777");
        assertThat(stat("p").get("type")).isEqualTo("p");
        assertThat(stat("s").get("type")).isEqualTo("s");
        assertThat(stat("f").get("type")).isEqualTo("-");
        assertThat(stat("c").get("type")).isEqualTo("c");
        assertThat(stat("c").get("major") + ":" + stat("c").get("minor")).isEqualTo("1:3");
        assertThat(stat("b").get("type")).isEqualTo("b");
        assertThat(stat("b").get("major") + ":" + stat("b").get("minor")).isEqualTo("259:77777");
        for (String name : List.of("p", "s", "f", "c", "b")) {
            assertThat(stat(name).number("nlink")).isEqualTo(1);
            assertThat(stat(name).number("size")).isZero();
        }
    }

    @Test
    void onlyTheSuperuserMakesDevices() {
        expect("EPERM", OWNER, "mknod c c 0644 1 3");
        expect("EPERM", OWNER, "mknod b b 0644 7 1");
        expect("0", OWNER, "mknod p p 0644 0 0");
    }

    @Test
    void parentIsMarkedChanged() {
        marks(".", List.of("mtime", "ctime"), OWNER, "mkfifo a 0644");
        marks(".", List.of("mtime", "ctime"), OWNER, "mknod b - 0644 0 0");
        marks(".", List.of("mtime", "ctime"), ROOT, "mknod c c 0644 1 3");
        marks(".", List.of("mtime", "ctime"), OWNER, "bind d");
        refusedWithoutMark(".", "EEXIST", ROOT, "mkfifo a 0644");
        refusedWithoutMark(".", "EPERM", OWNER, "mknod x c 0644 1 3");
    }

    @Test
    void whateverIsThereStays() {
        for (String type : TYPES) {
            make(type, "there");
            expect("EEXIST", ROOT, "mkfifo there 0644");
            expect("EEXIST", ROOT, "mknod there - 0644 0 0");
            expect("EEXIST", ROOT, "mknod there c 0644 1 3");
            expect("EADDRINUSE", ROOT, "bind there");
            remove(type, "there");
        }
    }

    @Test
    void badPathsAreRefusedByMkfifo() {
        refusesBadPaths("mkfifo {} 0644");
        needsWritableDirectory("mkfifo {} 0644", "");
    }

    @Test
    void badPathsAreRefusedByMknod() {
        refusesBadPaths("mknod {} - 0644 0 0");
        needsWritableDirectory("mknod {} - 0644 0 0", "");
    }

    @Test
    void longestNameIsTaken() {
        ok(OWNER, "mkfifo " + LONGEST + " 0644 ; unlink " + LONGEST);
        ok(OWNER, "mknod " + LONGEST + " - 0644 0 0 ; unlink " + LONGEST);
    }

    @Test
    void devicesAndFifosWork() {
        ok(ROOT, "mknod null c 0666 1 3 ; mknod zero c 0666 1 5");
        expect("0 ; 5 ; =", OWNER, "open null O_RDWR ; write 0 hello ; pread 0 0 5");
        expect("0 ; =%00%00%00", OWNER, "open zero O_RDWR ; pread 0 0 3");
        expect("0 ; 0 ; 1 ; 2", OWNER, "mkfifo p 0600 ; open p O_RDONLY|O_NONBLOCK ; open p O_WRONLY ; write 1 hi");
        expect("ENXIO", OWNER, "open p O_WRONLY|O_NONBLOCK");
        ok(OWNER, "bind s");
        expect("ENXIO", OWNER, "open s O_RDWR");
    }
}
