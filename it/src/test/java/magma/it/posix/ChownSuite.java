package magma.it.posix;

import static magma.it.posix.User.MEMBER;
import static magma.it.posix.User.OTHER;
import static magma.it.posix.User.OWNER;
import static magma.it.posix.User.ROOT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** chown(2), lchown(2), fchown(2). */
abstract class ChownSuite extends PosixSuite {
    private static final int OTHER_GROUP = User.OWNERS_OTHER_GROUP;

    private void assertOwner(String path, long uid, long gid) {
        assertThat(stat(path).number("uid")).as(path).isEqualTo(uid);
        assertThat(stat(path).number("gid")).as(path).isEqualTo(gid);
    }

    @Test
    void superuserGivesEveryTypeAway() {
        for (String type : TYPES) {
            make(type, "x", "0644");
            expect("0", ROOT, "lchown x 123 456");
            assertOwner("x", 123, 456);
            expect("0", ROOT, "lchown x -1 789");
            assertOwner("x", 123, 789);
            expect("0", ROOT, "lchown x 321 -1");
            assertOwner("x", 321, 789);
            expect("0", ROOT, "lchown x 4294967294 4294967294");
            assertOwner("x", 4_294_967_294L, 4_294_967_294L);
            remove(type, "x");
        }
    }

    @Test
    void ownerGivesToTheirGroupsOnly() {
        for (String type : TYPES) {
            make(type, "x", "0644");
            expect("0", OWNER, "lchown x -1 " + OTHER_GROUP);
            assertOwner("x", OWNER.uid(), OTHER_GROUP);
            expect("0", OWNER, "lchown x " + OWNER.uid() + " " + OWNER.gid());
            assertOwner("x", OWNER.uid(), OWNER.gid());
            refusedWithoutMark("x", "EPERM", OWNER, "lchown x -1 4000");
            refusedWithoutMark("x", "EPERM", OWNER, "lchown x " + OTHER.uid() + " -1");
            refusedWithoutMark("x", "EPERM", OWNER, "lchown x " + OTHER.uid() + " " + OTHER_GROUP);
            remove(type, "x");
        }
    }

    @Test
    void othersGiveNothing() {
        for (String type : TYPES) {
            make(type, "x", "0777");
            expect("EPERM", OTHER, "lchown x " + OTHER.uid() + " " + OTHER.gid());
            expect("EPERM", OTHER, "lchown x -1 " + OTHER.gid());
            expect("EPERM", MEMBER, "lchown x -1 " + OWNER.gid());
            expect("EPERM", MEMBER, "lchown x " + OWNER.uid() + " -1");
            assertOwner("x", OWNER.uid(), OWNER.gid());
            remove(type, "x");
        }
    }

    @Test
    void changeIsMarked() {
        for (String type : TYPES) {
            make(type, "x", "0644");
            marks("x", List.of("ctime"), ROOT, "lchown x 5 6");
            marks("x", List.of("ctime"), ROOT, "lchown x 5 6");
            remove(type, "x");
        }
    }

    @Test
    void linksAreFollowedOrNot() {
        make("regular", "f", "0644");
        ok(ROOT, "symlink f l ; chown l 5 6");
        assertOwner("f", 5, 6);
        assertOwner("l", 0, 0);
        ok(ROOT, "lchown l 7 8");
        assertOwner("f", 5, 6);
        assertOwner("l", 7, 8);
        ok(ROOT, "symlink missing m ; lchown m 7 8");
        expect("ENOENT", ROOT, "chown m 7 8");
    }

    @Test
    void openFileIsGivenAway() {
        make("regular", "f", "0666");
        ok(OWNER, "open f O_RDONLY ; fchown 0 -1 " + OTHER_GROUP);
        assertOwner("f", OWNER.uid(), OTHER_GROUP);
        last("EPERM", OTHER, "open f O_RDONLY ; fchown 0 -1 " + OTHER.gid());
        expect("EBADF", OWNER, "fchown 7 -1 " + OTHER_GROUP);
    }

    @Test
    void setIdsOfFilesAreDropped() {
        for (User user : List.of(OWNER, ROOT)) {
            make("regular", "f", "06755");
            expect("0", user, "chown f -1 " + OTHER_GROUP);
            assertMode("f", "0755");
            ok(ROOT, "chmod f 06755");
            expect("0", user, "chown f " + OWNER.uid() + " -1");
            assertMode("f", "0755");
            ok(ROOT, "chmod f 04644");
            expect("0", user, "chown f -1 " + OWNER.gid());
            assertMode("f", "0644");
            ok(ROOT, "unlink f");
        }
    }

    @Test
    void setIdsOfSpecialFilesAreDroppedAsLinuxDoes() {
        for (String type : List.of("fifo", "char", "block", "socket")) {
            make(type, "x", "06755");
            expect("0", OWNER, "chown x -1 " + OTHER_GROUP);
            assertMode("x", "0755");
            remove(type, "x");
        }
    }

    @Test
    void setGroupIdOfDirectoriesStays() {
        make("dir", "d", "0755");
        ok(ROOT, "chmod d 03755");
        expect("0", OWNER, "chown d -1 " + OTHER_GROUP);
        assertMode("d", "3755");
        expect("0", ROOT, "chown d 5 6");
        assertMode("d", "3755");
    }

    @Test
    void badPathsAreRefused() {
        refusesBadPaths("chown {} 5 6");
        refusesBadPaths("lchown {} 5 6");
        expect("ENOENT ; ENOENT", ROOT, "chown missing 5 6 ; lchown missing 5 6");
        ok(ROOT, "symlink loop loop ; lchown loop 5 6");
        expect("ELOOP", ROOT, "chown loop 5 6");
    }

    @Test
    void newOwnerHasTheOwnersRights() {
        make("regular", "f", "0600");
        expect("EACCES", OTHER, "open f O_RDONLY");
        ok(ROOT, "chown f " + OTHER.uid() + " " + OTHER.gid());
        ok(OTHER, "open f O_RDWR ; chmod f 0400");
        expect("EACCES", OWNER, "open f O_RDONLY");
        expect("EPERM", OWNER, "chmod f 0777");
    }
}
