package magma.it.posix;

import static magma.it.posix.User.OWNER;
import static magma.it.posix.User.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** mkdir(2) and rmdir(2). */
abstract class MkdirSuite extends PosixSuite {

    @Test
    void modeIsWhatIsAskedForLessTheUmask() {
        for (String[] each : new String[][] {
            {"0755", "0", "0755"},
            {"0151", "0", "0151"},
            {"0151", "077", "0100"},
            {"0345", "070", "0305"},
            {"0345", "0501", "0244"},
            {"01777", "0", "01777"},
            {"0", "0", "0"}
        }) {
            User user = OWNER.withUmask(Integer.parseInt(each[1], 8));
            expect("0", user, "mkdir d " + each[0]);
            assertThat(Integer.parseInt(mode("d"), 8)).as(each[0]).isEqualTo(Integer.parseInt(each[2], 8));
            expect("0", ROOT, "rmdir d");
        }
    }

    @Test
    void ownerAndGroupAreTheCallers() {
        ok(OWNER, "mkdir d 0755");
        assertThat(stat("d").number("uid")).isEqualTo(OWNER.uid());
        assertThat(stat("d").number("gid")).isEqualTo(OWNER.gid());
        assertThat(stat("d").get("type")).isEqualTo("d");
        assertThat(stat("d").number("nlink")).isEqualTo(2);
    }

    @Test
    void setGroupIdOfTheParentIsInherited() {
        ok(ROOT, "chown . 0 777 ; chmod . 02777");
        ok(OWNER, "mkdir d 0755 ; mkdir d/e 0700");
        assertThat(stat("d").number("gid")).isEqualTo(777);
        assertMode("d", "2755");
        assertMode("d/e", "2700");
    }

    @Test
    void parentIsMarkedChanged() {
        marks(".", List.of("mtime", "ctime"), OWNER, "mkdir d 0755");
        assertThat(stat(".").number("nlink")).isEqualTo(3);
        marks(".", List.of("mtime", "ctime"), OWNER, "rmdir d");
        assertThat(stat(".").number("nlink")).isEqualTo(2);
    }

    @Test
    void failureLeavesTheParentAsItWas() {
        make("regular", "there");
        refusedWithoutMark(".", "EEXIST", ROOT, "mkdir there 0755");
        refusedWithoutMark(".", "ENOTDIR", ROOT, "rmdir there");
        refusedWithoutMark(".", "ENOENT", ROOT, "rmdir missing");
    }

    @Test
    void whateverIsThereStays() {
        for (String type : TYPES) {
            make(type, "there");
            expect("EEXIST", ROOT, "mkdir there 0755");
            expect("EEXIST", OWNER, "mkdir there 0755");
            remove(type, "there");
        }
        expect("EEXIST", ROOT, "mkdir . 0755");
        expect("EEXIST", ROOT, "mkdir .. 0755");
    }

    @Test
    void badPathsAreRefused() {
        refusesBadPaths("mkdir {} 0755");
        refusesBadPaths("rmdir {}");
        needsWritableDirectory("mkdir {} 0755", "");
    }

    @Test
    void removalNeedsAWritableParent() {
        needsWritableDirectory("rmdir {}", "dir");
    }

    @Test
    void longestNameIsTaken() {
        ok(OWNER, "mkdir " + LONGEST + " 0755 ; rmdir " + LONGEST);
    }

    @Test
    void onlyEmptyDirectoriesAreRemoved() {
        for (String type : TYPES) {
            make("dir", "d");
            make(type, "d/x");
            String result = run(ROOT, "rmdir d");
            assertThat(result).as("POSIX allows both").isIn("ENOTEMPTY", "EEXIST");
            remove(type, "d/x");
            expect("0", ROOT, "rmdir d");
        }
        for (String type : TYPES) {
            if (!type.equals("dir")) {
                make(type, "x");
                expect("ENOTDIR", ROOT, "rmdir x");
                remove(type, "x");
            }
        }
    }

    @Test
    void dotAndDotDotAreNotRemoved() {
        ok(ROOT, "mkdir d 0755 ; mkdir d/e 0755");
        expect("EINVAL", ROOT, "rmdir d/e/.");
        assertThat(run(ROOT, "rmdir d/e/..")).isIn("ENOTEMPTY", "EEXIST", "EINVAL");
        expect("0 ; ENOENT", ROOT, "rmdir d/e ; rmdir d/e");
    }

    @Test
    void stickyParentLetsOnlyOwnersRemove() {
        make("dir", "sticky", "01777");
        for (User user : List.of(OWNER, User.MEMBER, ROOT)) {
            ok(User.MEMBER, "mkdir sticky/d 0777");
            expect("EPERM", User.OTHER, "rmdir sticky/d");
            expect("0", user, "rmdir sticky/d");
        }
    }

    @Test
    void removedWorkingDirectoryTakesNothing() {
        ok(ROOT, "mkdir d 0777");
        expect(
                "0 ; 0 ; ENOENT ; ENOENT ; ENOENT",
                ROOT,
                "chdir d ; rmdir ../d ; mkdir x 0755 ; open y O_CREAT|O_RDWR 0644 ; stat ../d");
    }
}
