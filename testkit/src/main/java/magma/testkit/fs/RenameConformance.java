package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import magma.fs.Attributes;
import magma.fs.Errno;
import magma.fs.FileSystem.RenameMode;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** rename(2) and renameat2(2): what moves, what is replaced and what is refused. Permissions have a suite of their own. */
public abstract class RenameConformance extends FileSystemConformance {

    @ParameterizedTest
    @EnumSource
    void renameKeepsTheFlare(FlareType type) throws FsException {
        Key key = make(ALICE, type, "old", 0640);
        Key elsewhere = directory(ROOT, "d", 0755);
        Attributes before = stat(key);
        rename(top, "old", top, "new");
        rename(top, "new", elsewhere, "newer");
        assertThat(lookup(elsewhere, "newer")).isEqualTo(key);
        assertAbsent(top, "old");
        assertAbsent(top, "new");
        Attributes after = stat(key);
        assertThat(after.links()).isEqualTo(before.links());
        assertThat(after.mode()).isEqualTo(before.mode());
        assertThat(after.uid()).isEqualTo(before.uid());
        assertThat(after.modified()).isEqualTo(before.modified());
    }

    @Test
    void renameMarksBothDirectoriesChanged() throws FsException {
        Key from = directory(ROOT, "from", 0755);
        Key to = directory(ROOT, "to", 0755);
        make(ROOT, FlareType.FILE, from, "x", 0644);
        Instant tick = tick();
        rename(from, "x", to, "y");
        for (Key directory : new Key[] {from, to}) {
            assertThat(stat(directory).modified()).isAfterOrEqualTo(tick);
            assertThat(stat(directory).changed()).isAfterOrEqualTo(tick);
        }
    }

    @Test
    void directoryTakesItsSubtreeAndItsLinkAlong() throws FsException {
        Key from = directory(ROOT, "from", 0755);
        Key to = directory(ROOT, "to", 0755);
        Key moved = make(ROOT, FlareType.DIRECTORY, from, "moved", 0755);
        Key below = make(ROOT, FlareType.FILE, moved, "below", 0644);
        rename(from, "moved", to, "moved");
        assertThat(stat(from).links()).isEqualTo(2);
        assertThat(stat(to).links()).isEqualTo(3);
        assertThat(fs.parent(moved)).isEqualTo(to);
        assertThat(lookup(moved, "below")).isEqualTo(below);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "DIRECTORY")
    void whatStandsAtTheNewNameGoes(FlareType standing) throws FsException {
        Key replaced = make(ROOT, standing, "there", 0644);
        Key key = file("f", "content");
        rename(top, "f", top, "there");
        assertThat(lookup("there")).isEqualTo(key);
        assertAbsent(top, "f");
        assertGone(replaced);
    }

    @Test
    void replacedFlareLosesOneLinkAndIsMarkedChanged() throws FsException {
        Key replaced = file("one", "content");
        fs.link(ROOT, replaced, top, name("two"));
        file(ROOT, "f", 0644);
        Instant tick = tick();
        rename(top, "f", top, "one");
        assertThat(stat(replaced).links()).isEqualTo(1);
        assertThat(stat(replaced).changed()).isAfterOrEqualTo(tick);
        assertThat(read(lookup("two"))).isEqualTo("content");
    }

    @Test
    void emptyDirectoryIsReplacedByADirectory() throws FsException {
        Key from = directory(ROOT, "from", 0755);
        Key moved = make(ROOT, FlareType.DIRECTORY, from, "d", 0755);
        make(ROOT, FlareType.FILE, moved, "below", 0644);
        Key replaced = directory(ROOT, "there", 0755);
        int links = stat(top).links();
        rename(from, "d", top, "there");
        assertThat(lookup("there")).isEqualTo(moved);
        assertThat(stat(top).links()).isEqualTo(links);
        assertThat(stat(from).links()).isEqualTo(2);
        assertGone(replaced);
    }

    @Test
    void emptyDirectoryIsReplacedWithinOneParent() throws FsException {
        Key moved = directory(ROOT, "d", 0755);
        directory(ROOT, "there", 0755);
        rename(top, "d", top, "there");
        assertThat(lookup("there")).isEqualTo(moved);
        assertThat(stat(top).links()).isEqualTo(3);
        assertThat(list(top)).containsExactly("there");
    }

    @Test
    void directoryAndOtherTypesDoNotReplaceEachOther() throws FsException {
        directory(ROOT, "d", 0755);
        for (FlareType type : FlareType.values()) {
            if (type != FlareType.DIRECTORY) {
                make(ROOT, type, "x", 0644);
                refused(Errno.ENOTDIR, () -> rename(top, "d", top, "x"));
                refused(Errno.EISDIR, () -> rename(top, "x", top, "d"));
                fs.unlink(ROOT, top, name("x"));
            }
        }
    }

    @Test
    void directoryThatHoldsSomethingIsNotReplaced() throws FsException {
        Key full = directory(ROOT, "full", 0755);
        make(ROOT, FlareType.FIFO, full, "x", 0644);
        directory(ROOT, "d", 0755);
        refused(Errno.ENOTEMPTY, () -> rename(top, "d", top, "full"));
        assertThat(list(top)).containsExactlyInAnyOrder("full", "d");
        assertThat(lookup("full")).isEqualTo(full);
    }

    @Test
    void twoNamesOfOneFlareStayBoth() throws FsException {
        Key key = file(ROOT, "one", 0644);
        Key elsewhere = directory(ROOT, "d", 0755);
        fs.link(ROOT, key, elsewhere, name("two"));
        Attributes before = stat(key);
        rename(top, "one", elsewhere, "two");
        rename(top, "one", top, "one");
        assertThat(lookup("one")).isEqualTo(key);
        assertThat(lookup(elsewhere, "two")).isEqualTo(key);
        assertThat(stat(key)).isEqualTo(before);
    }

    @Test
    void directoryOntoItselfDoesNothing() throws FsException {
        Key key = directory(ROOT, "d", 0755);
        rename(top, "d", top, "d");
        assertThat(lookup("d")).isEqualTo(key);
        assertThat(stat(top).links()).isEqualTo(3);
    }

    @Test
    void directoryCannotComeUnderItself() throws FsException {
        Key a = directory(ROOT, "a", 0755);
        Key b = make(ROOT, FlareType.DIRECTORY, a, "b", 0755);
        Key c = make(ROOT, FlareType.DIRECTORY, b, "c", 0755);
        for (RenameMode mode : new RenameMode[] {RenameMode.REPLACE, RenameMode.NO_REPLACE}) {
            refused(Errno.EINVAL, () -> fs.rename(ROOT, top, name("a"), a, name("x"), mode));
            refused(Errno.EINVAL, () -> fs.rename(ROOT, top, name("a"), b, name("x"), mode));
            refused(Errno.EINVAL, () -> fs.rename(ROOT, top, name("a"), c, name("x"), mode));
            refused(Errno.EINVAL, () -> fs.rename(ROOT, a, name("b"), c, name("x"), mode));
        }
        refused(Errno.EINVAL, () -> fs.rename(ROOT, top, name("a"), b, name("c"), RenameMode.EXCHANGE));
        refused(Errno.EINVAL, () -> fs.rename(ROOT, b, name("c"), top, name("a"), RenameMode.EXCHANGE));
        refused(Errno.ENOTEMPTY, () -> rename(b, "c", top, "a"));
        assertThat(fs.parent(c)).isEqualTo(b);
    }

    @Test
    void missingNamesAreRefused() throws FsException {
        Key file = file(ROOT, "f", 0644);
        refused(Errno.ENOENT, () -> rename(top, "nothing", top, "x"));
        refused(Errno.ENOENT, () -> rename(top, "nothing", top, "f"));
        refused(Errno.ENOTDIR, () -> rename(file, "x", top, "y"));
        refused(Errno.ENOTDIR, () -> rename(top, "f", file, "y"));
        assertThat(list(top)).containsExactly("f");
    }

    @ParameterizedTest
    @EnumSource
    void noReplaceLeavesWhatIsThere(FlareType standing) throws FsException {
        Key there = make(ROOT, standing, "there", 0755);
        Key key = file(ROOT, "f", 0644);
        Attributes before = stat(top);
        refused(Errno.EEXIST, () -> fs.rename(ROOT, top, name("f"), top, name("there"), RenameMode.NO_REPLACE));
        refused(Errno.EEXIST, () -> fs.rename(ROOT, top, name("f"), top, name("f"), RenameMode.NO_REPLACE));
        assertThat(stat(top)).isEqualTo(before);
        assertThat(lookup("there")).isEqualTo(there);
        fs.rename(ROOT, top, name("f"), top, name("free"), RenameMode.NO_REPLACE);
        assertThat(lookup("free")).isEqualTo(key);
    }

    @ParameterizedTest
    @EnumSource
    void exchangeSwapsAnythingWithAnything(FlareType type) throws FsException {
        Key left = directory(ROOT, "left", 0755);
        Key right = directory(ROOT, "right", 0755);
        Key other = make(ROOT, type, left, "x", 0755);
        Key directory = make(ROOT, FlareType.DIRECTORY, right, "y", 0755);
        make(ROOT, FlareType.FILE, directory, "below", 0644);
        Instant tick = tick();
        fs.rename(ROOT, left, name("x"), right, name("y"), RenameMode.EXCHANGE);
        assertThat(lookup(left, "x")).isEqualTo(directory);
        assertThat(lookup(right, "y")).isEqualTo(other);
        assertThat(fs.parent(directory)).isEqualTo(left);
        assertThat(stat(left).links()).isEqualTo(3);
        assertThat(stat(right).links()).isEqualTo(type == FlareType.DIRECTORY ? 3 : 2);
        assertThat(stat(left).modified()).isAfterOrEqualTo(tick);
        assertThat(stat(right).modified()).isAfterOrEqualTo(tick);
        if (type == FlareType.DIRECTORY) {
            assertThat(fs.parent(other)).isEqualTo(right);
        }
    }

    @Test
    void exchangeWithinOneDirectoryAndWithOneself() throws FsException {
        Key a = file(ROOT, "a", 0644);
        Key b = directory(ROOT, "b", 0755);
        fs.rename(ROOT, top, name("a"), top, name("b"), RenameMode.EXCHANGE);
        assertThat(lookup("a")).isEqualTo(b);
        assertThat(lookup("b")).isEqualTo(a);
        assertThat(stat(top).links()).isEqualTo(3);
        fs.rename(ROOT, top, name("a"), top, name("a"), RenameMode.EXCHANGE);
        assertThat(lookup("a")).isEqualTo(b);
    }

    @Test
    void exchangeNeedsBoth() throws FsException {
        file(ROOT, "f", 0644);
        refused(Errno.ENOENT, () -> fs.rename(ROOT, top, name("f"), top, name("no"), RenameMode.EXCHANGE));
        refused(Errno.ENOENT, () -> fs.rename(ROOT, top, name("no"), top, name("f"), RenameMode.EXCHANGE));
    }

    @Test
    void openFileSurvivesItsReplacement() throws FsException {
        Key replaced = file("there", "old content");
        try (OpenFile held = fs.open(ROOT, replaced, BOTH)) {
            file("f", "new content");
            rename(top, "f", top, "there");
            assertThat(read(held, 0, 100)).isEqualTo("old content");
            assertThat(stat(replaced).links()).isZero();
            assertThat(read(lookup("there"))).isEqualTo("new content");
        }
        assertGone(replaced);
    }

    @Test
    void chainOfRenamesThroughDeepDirectories() throws FsException {
        Key at = top;
        for (int depth = 0; depth < 30; depth++) {
            at = make(ROOT, FlareType.DIRECTORY, at, "d" + depth, 0755);
        }
        Key deepest = at;
        Key file = make(ROOT, FlareType.FILE, top, "f", 0644);
        rename(top, "f", deepest, "f");
        assertThat(lookup(deepest, "f")).isEqualTo(file);
        refused(Errno.EINVAL, () -> rename(top, "d0", deepest, "x"));
        rename(fs.parent(deepest), "d29", top, "up");
        assertThat(fs.parent(deepest)).isEqualTo(top);
        rename(top, "d0", deepest, "under");
        assertThat(fs.parent(lookup(deepest, "under"))).isEqualTo(deepest);
    }
}
