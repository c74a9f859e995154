package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** Names that come and go: link(2), unlink(2), rmdir(2), and the sticky bit. */
public abstract class LinkConformance extends FileSystemConformance {

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "DIRECTORY")
    void everythingButADirectoryCanHaveMoreNames(FlareType type) throws FsException {
        Key key = make(ALICE, type, "one", 0644);
        Key elsewhere = directory(ROOT, "d", 0755);
        assertThat(fs.link(ROOT, key, top, name("two")).links()).isEqualTo(2);
        Attributes linked = fs.link(ROOT, key, elsewhere, name("three"));
        assertThat(linked.links()).isEqualTo(3);
        assertThat(fs.lookup(ROOT, top, name("one"))).isEqualTo(linked);
        assertThat(fs.lookup(ROOT, top, name("two"))).isEqualTo(linked);
        assertThat(fs.lookup(ROOT, elsewhere, name("three"))).isEqualTo(linked);

        fs.unlink(ROOT, top, name("one"));
        assertThat(stat(key).links()).isEqualTo(2);
        fs.unlink(ROOT, elsewhere, name("three"));
        assertThat(stat(key).links()).isEqualTo(1);
        fs.unlink(ROOT, top, name("two"));
        assertGone(key);
    }

    @Test
    void allNamesShowTheSameContentAndAttributes() throws FsException {
        Key key = file("one", "content");
        fs.link(ROOT, key, top, name("two"));
        write(lookup("two"), 0, "CONTENT");
        chmod(lookup("one"), 0600);
        assertThat(read(lookup("one"))).isEqualTo("CONTENT");
        assertThat(stat(lookup("two")).mode()).isEqualTo(0600);
    }

    @Test
    void linkMarksFlareAndDirectoryChanged() throws FsException {
        Key key = file(ALICE, "one", 0644);
        Key directory = directory(ROOT, "d", 0755);
        Attributes before = stat(key);
        Instant tick = tick();
        Attributes after = fs.link(ROOT, key, directory, name("two"));
        assertThat(after.changed()).isAfterOrEqualTo(tick);
        assertThat(after.modified()).isEqualTo(before.modified());
        assertThat(after.accessed()).isEqualTo(before.accessed());
        assertThat(after.change()).isGreaterThan(before.change());
        assertThat(stat(directory).modified()).isAfterOrEqualTo(tick);
        assertThat(stat(directory).changed()).isAfterOrEqualTo(tick);
    }

    @Test
    void directoryCannotBeLinked() throws FsException {
        Key directory = directory(ROOT, "d", 0755);
        refused(Errno.EPERM, () -> fs.link(ROOT, directory, top, name("e")));
        assertThat(stat(directory).links()).isEqualTo(2);
        assertAbsent(top, "e");
    }

    @ParameterizedTest
    @EnumSource
    void linkNeverReplaces(FlareType standing) throws FsException {
        Key key = file(ROOT, "f", 0644);
        make(ROOT, standing, "taken", 0755);
        Attributes before = stat(key);
        refused(Errno.EEXIST, () -> fs.link(ROOT, key, top, name("taken")));
        refused(Errno.EEXIST, () -> fs.link(ROOT, key, top, name("f")));
        assertThat(stat(key)).isEqualTo(before);
    }

    @Test
    void linkNeedsADirectoryThatMayBeWritten() throws FsException {
        Key key = file(ROOT, "f", 0644);
        Key home = directory(ALICE, "home", 0755);
        refused(Errno.EACCES, () -> fs.link(MALLORY, key, home, name("x")));
        chmod(home, 0766);
        refused(Errno.EACCES, () -> fs.link(MALLORY, key, home, name("x")));
        refused(Errno.ENOTDIR, () -> fs.link(ROOT, key, key, name("x")));
        assertThat(stat(key).links()).isEqualTo(1);
        chmod(home, 0777);
        assertThat(fs.link(MALLORY, key, home, name("x")).links()).isEqualTo(2);
    }

    @Test
    void unlinkedFlareCannotBeLinkedAgain() throws FsException {
        try (OpenFile file = fs.create(ROOT, top, name("f"), 0644, true, BOTH).file()) {
            fs.unlink(ROOT, top, name("f"));
            refused(Errno.ENOENT, () -> fs.link(ROOT, file.flare(), top, name("g")));
        }
    }

    @Test
    void unlinkMarksFlareAndDirectoryChanged() throws FsException {
        Key key = file(ALICE, "one", 0644);
        fs.link(ROOT, key, top, name("two"));
        Attributes before = stat(key);
        Instant tick = tick();
        fs.unlink(ROOT, top, name("one"));
        Attributes after = stat(key);
        assertThat(after.changed()).isAfterOrEqualTo(tick);
        assertThat(after.modified()).isEqualTo(before.modified());
        assertThat(after.change()).isGreaterThan(before.change());
        assertThat(stat(top).modified()).isAfterOrEqualTo(tick);
        assertThat(stat(top).changed()).isAfterOrEqualTo(tick);
    }

    @Test
    void removeDirectoryMarksTheParentAndTakesItsLink() throws FsException {
        Key directory = directory(ROOT, "d", 0755);
        int links = stat(top).links();
        Instant tick = tick();
        fs.removeDirectory(ROOT, top, name("d"));
        assertThat(stat(top).links()).isEqualTo(links - 1);
        assertThat(stat(top).modified()).isAfterOrEqualTo(tick);
        assertThat(stat(top).changed()).isAfterOrEqualTo(tick);
        assertAbsent(top, "d");
        assertGone(directory);
    }

    @Test
    void eachIsRemovedInItsOwnWay() throws FsException {
        directory(ROOT, "d", 0755);
        file(ROOT, "f", 0644);
        make(ROOT, FlareType.SYMLINK, "l", 0777);
        refused(Errno.EISDIR, () -> fs.unlink(ROOT, top, name("d")));
        refused(Errno.ENOTDIR, () -> fs.removeDirectory(ROOT, top, name("f")));
        refused(Errno.ENOTDIR, () -> fs.removeDirectory(ROOT, top, name("l")));
        refused(Errno.ENOENT, () -> fs.unlink(ROOT, top, name("nothing")));
        refused(Errno.ENOENT, () -> fs.removeDirectory(ROOT, top, name("nothing")));
        refused(Errno.ENOTDIR, () -> fs.unlink(ROOT, lookup("f"), name("x")));
        refused(Errno.ENOTDIR, () -> fs.removeDirectory(ROOT, lookup("l"), name("x")));
        assertThat(list(top)).containsExactlyInAnyOrder("d", "f", "l");
    }

    @ParameterizedTest
    @EnumSource
    void directoryThatHoldsAnythingIsNotRemoved(FlareType type) throws FsException {
        Key directory = directory(ROOT, "d", 0755);
        make(ROOT, type, directory, "x", 0755);
        refused(Errno.ENOTEMPTY, () -> fs.removeDirectory(ROOT, top, name("d")));
        if (type == FlareType.DIRECTORY) {
            fs.removeDirectory(ROOT, directory, name("x"));
        } else {
            fs.unlink(ROOT, directory, name("x"));
        }
        fs.removeDirectory(ROOT, top, name("d"));
        assertAbsent(top, "d");
    }

    @Test
    void removingNeedsWriteAndSearchPermissionOnTheDirectoryAlone() throws FsException {
        Key home = directory(ALICE, "home", 0755);
        make(ALICE, FlareType.FILE, home, "f", 0777);
        make(ALICE, FlareType.DIRECTORY, home, "d", 0777);
        refused(Errno.EACCES, () -> fs.unlink(MALLORY, home, name("f")));
        refused(Errno.EACCES, () -> fs.removeDirectory(MALLORY, home, name("d")));
        chmod(home, 0766);
        refused(Errno.EACCES, () -> fs.unlink(MALLORY, home, name("f")));
        refused(Errno.EACCES, () -> fs.removeDirectory(MALLORY, home, name("d")));
        chmod(lookup(home, "f"), 0);
        chmod(lookup(home, "d"), 0);
        chmod(home, 0773);
        fs.unlink(MALLORY, home, name("f"));
        fs.removeDirectory(MALLORY, home, name("d"));
        assertThat(list(home)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void stickyDirectoryLetsOnlyOwnersRemove(FlareType type) throws FsException {
        Key sticky = directory(ALICE, "sticky", 0777);
        chmod(sticky, 01777);
        make(BOB, type, sticky, "x", 0777);
        refused(Errno.EPERM, () -> remove(MALLORY, type, sticky));
        refused(Errno.EPERM, () -> remove(CAROL, type, sticky));
        remove(BOB, type, sticky);
        make(BOB, type, sticky, "x", 0777);
        remove(ALICE, type, sticky);
        make(BOB, type, sticky, "x", 0777);
        remove(ROOT, type, sticky);
        assertThat(list(sticky)).isEmpty();
    }

    private void remove(Caller caller, FlareType type, Key directory) throws FsException {
        if (type == FlareType.DIRECTORY) {
            fs.removeDirectory(caller, directory, name("x"));
        } else {
            fs.unlink(caller, directory, name("x"));
        }
    }

    @Test
    void sameNameCanComeAndGoOften() throws FsException {
        for (int i = 0; i < 50; i++) {
            Key key = file(ROOT, "x", 0644);
            assertThat(lookup("x")).isEqualTo(key);
            fs.unlink(ROOT, top, name("x"));
            Key directory = directory(ROOT, "x", 0755);
            assertThat(lookup("x")).isEqualTo(directory);
            fs.removeDirectory(ROOT, top, name("x"));
        }
        assertThat(list(top)).isEmpty();
        assertThat(stat(top).links()).isEqualTo(2);
    }
}
