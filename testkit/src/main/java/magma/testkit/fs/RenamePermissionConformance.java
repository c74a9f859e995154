package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;

import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem.RenameMode;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who may rename what: directory permissions, the sticky bit on either side, and directories that change their parent. */
public abstract class RenamePermissionConformance extends FileSystemConformance {

    private void move(Caller caller, Key from, Key to) throws FsException {
        move(caller, from, to, RenameMode.REPLACE);
    }

    private void move(Caller caller, Key from, Key to, RenameMode mode) throws FsException {
        fs.rename(caller, from, name("x"), to, name("x"), mode);
    }

    @Test
    void bothDirectoriesMustBeWritableAndSearchable() throws FsException {
        Key from = directory(ALICE, "from", 0777);
        Key to = directory(ALICE, "to", 0777);
        Key key = make(ALICE, FlareType.FILE, from, "x", 0644);
        for (int mode : new int[] {0775, 0776, 0774, 0770}) {
            chmod(from, mode);
            refused(Errno.EACCES, () -> move(MALLORY, from, to));
            chmod(from, 0777);
            chmod(to, mode);
            refused(Errno.EACCES, () -> move(MALLORY, from, to));
            chmod(to, 0777);
        }
        assertThat(lookup(from, "x")).isEqualTo(key);
        chmod(from, 0773);
        chmod(to, 0773);
        move(MALLORY, from, to);
        assertThat(lookup(to, "x")).isEqualTo(key);
    }

    @Test
    void superuserNeedsNoPermission() throws FsException {
        Key from = directory(ALICE, "from", 0);
        Key to = directory(ALICE, "to", 01000);
        make(ROOT, FlareType.FILE, from, "x", 0);
        make(ROOT, FlareType.FILE, to, "x", 0);
        move(ROOT, from, to);
        assertThat(list(from)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void stickySourceLetsOnlyOwnersMove(FlareType type) throws FsException {
        Key from = directory(ALICE, "from", 0777);
        Key to = directory(ROOT, "to", 0777);
        chmod(from, 01777);
        make(BOB, type, from, "x", 0777);
        refused(Errno.EPERM, () -> move(MALLORY, from, to));
        refused(Errno.EPERM, () -> move(MALLORY, from, to, RenameMode.NO_REPLACE));
        refused(Errno.EPERM, () -> fs.rename(MALLORY, from, name("x"), from, name("y"), RenameMode.REPLACE));
        move(BOB, from, to);
        move(ROOT, to, from);
        move(ALICE, from, to);
        move(ROOT, to, from);
        move(ROOT, from, to);
    }

    @Test
    void stickyTargetLetsOnlyOwnersReplace() throws FsException {
        Key from = directory(ROOT, "from", 0777);
        Key to = directory(ALICE, "to", 0777);
        chmod(to, 01777);
        make(BOB, FlareType.FILE, to, "x", 0777);
        make(MALLORY, FlareType.FILE, from, "x", 0777);
        refused(Errno.EPERM, () -> move(MALLORY, from, to));
        move(BOB, from, to);
        make(MALLORY, FlareType.FILE, from, "x", 0777);
        move(ALICE, from, to);
        make(BOB, FlareType.FILE, from, "x", 0777);
        move(MALLORY, from, to);
        fs.rename(BOB, to, name("x"), to, name("y"), RenameMode.NO_REPLACE);
        make(MALLORY, FlareType.FILE, from, "x", 0777);
        move(MALLORY, from, to);
    }

    @Test
    void stickyCountsOnBothSidesOfAnExchange() throws FsException {
        Key left = directory(ALICE, "left", 0777);
        Key right = directory(ALICE, "right", 0777);
        make(BOB, FlareType.FILE, left, "x", 0777);
        make(MALLORY, FlareType.FILE, right, "x", 0777);
        chmod(left, 01777);
        refused(Errno.EPERM, () -> move(MALLORY, left, right, RenameMode.EXCHANGE));
        refused(Errno.EPERM, () -> move(MALLORY, right, left, RenameMode.EXCHANGE));
        move(BOB, left, right, RenameMode.EXCHANGE);
        move(ALICE, left, right, RenameMode.EXCHANGE);
    }

    @Test
    void directoryThatChangesItsParentMustBeWritable() throws FsException {
        Key from = directory(ROOT, "from", 0777);
        Key to = directory(ROOT, "to", 0777);
        Key moved = make(ALICE, FlareType.DIRECTORY, from, "x", 0755);
        refused(Errno.EACCES, () -> move(MALLORY, from, to));
        fs.rename(MALLORY, from, name("x"), from, name("y"), RenameMode.REPLACE);
        fs.rename(MALLORY, from, name("y"), from, name("x"), RenameMode.REPLACE);
        move(ALICE, from, to);
        chmod(moved, 0555);
        refused(Errno.EACCES, () -> move(ALICE, to, from));
        move(ROOT, to, from);
        chmod(moved, 0757);
        move(MALLORY, from, to);
        assertThat(fs.parent(moved)).isEqualTo(to);
    }

    @Test
    void exchangedDirectoriesMustBothBeWritable() throws FsException {
        Key left = directory(ROOT, "left", 0777);
        Key right = directory(ROOT, "right", 0777);
        make(MALLORY, FlareType.DIRECTORY, left, "x", 0755);
        Key other = make(ALICE, FlareType.DIRECTORY, right, "x", 0755);
        refused(Errno.EACCES, () -> move(MALLORY, left, right, RenameMode.EXCHANGE));
        refused(Errno.EACCES, () -> move(MALLORY, right, left, RenameMode.EXCHANGE));
        chmod(other, 0777);
        move(MALLORY, left, right, RenameMode.EXCHANGE);
        assertThat(lookup(left, "x")).isEqualTo(other);
    }

    @Test
    void permissionOnWhatIsMovedOrReplacedDoesNotMatter() throws FsException {
        Key from = directory(ROOT, "from", 0777);
        Key to = directory(ROOT, "to", 0777);
        Key key = make(ALICE, FlareType.FILE, from, "x", 0);
        Key replaced = make(BOB, FlareType.FILE, to, "x", 0);
        move(MALLORY, from, to);
        assertThat(lookup(to, "x")).isEqualTo(key);
        assertGone(replaced);
    }
}
