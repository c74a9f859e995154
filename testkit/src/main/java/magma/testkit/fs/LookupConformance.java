package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import magma.fs.AccessMode;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Statistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Finding what is there: the root, lookup, parent, attributes, statistics, and the end of a session. */
public abstract class LookupConformance extends FileSystemConformance {

    @Test
    void rootIsADirectoryOfTheSuperuser() throws FsException {
        Attributes root = stat(fs.root());
        assertThat(root.type()).isEqualTo(FlareType.DIRECTORY);
        assertThat(root.uid()).isZero();
        assertThat(root.gid()).isZero();
        assertThat(root.mode()).isEqualTo(0755);
        assertThat(root.links()).isEqualTo(3);
        assertThat(fs.parent(fs.root())).isEqualTo(fs.root());
    }

    @Test
    void rootIsTheSameForAllSessions() throws FsException {
        try (FileSystem other = session()) {
            assertThat(other.root()).isEqualTo(fs.root());
        }
    }

    @ParameterizedTest
    @EnumSource
    void lookupGivesTheAttributes(FlareType type) throws FsException {
        Key key = make(ALICE, type, "x", 0640);
        assertThat(fs.lookup(ROOT, top, name("x"))).isEqualTo(stat(key));
    }

    @Test
    void lookupOfNothingIsRefused() throws FsException {
        refused(Errno.ENOENT, () -> fs.lookup(ROOT, top, name("nothing")));
        file(ROOT, "file", 0644);
        refused(Errno.ENOENT, () -> fs.lookup(ROOT, top, name("fil")));
        refused(Errno.ENOENT, () -> fs.lookup(ROOT, top, name("FILE")));
        refused(Errno.ENOENT, () -> fs.lookup(ROOT, top, name("filee")));
    }

    @Test
    void lookupNeedsSearchPermissionAndNoOther() throws FsException {
        Key home = directory(ALICE, "home", 0711);
        make(ALICE, FlareType.FILE, home, "x", 0);
        assertThat(fs.lookup(MALLORY, home, name("x")).mode()).isZero();
        chmod(home, 0766);
        refused(Errno.EACCES, () -> fs.lookup(MALLORY, home, name("x")));
        refused(Errno.EACCES, () -> fs.lookup(MALLORY, home, name("nothing")));
        assertThat(fs.lookup(ROOT, home, name("x")).mode()).isZero();
    }

    @Test
    void parentOfADirectoryFollowsIt() throws FsException {
        Key a = directory(ROOT, "a", 0755);
        Key b = make(ROOT, FlareType.DIRECTORY, a, "b", 0755);
        assertThat(fs.parent(b)).isEqualTo(a);
        rename(a, "b", top, "b");
        assertThat(fs.parent(b)).isEqualTo(top);
        assertThat(fs.parent(a)).isEqualTo(top);
        assertThat(fs.parent(top)).isEqualTo(fs.root());
    }

    @Test
    void onlyDirectoriesHaveAParent() throws FsException {
        Key file = file(ROOT, "f", 0644);
        refused(Errno.ENOTDIR, () -> fs.parent(file));
        Key directory = directory(ROOT, "d", 0755);
        try (var held = fs.openDirectory(ROOT, directory)) {
            fs.removeDirectory(ROOT, top, name("d"));
            assertThat(held.flare()).isEqualTo(directory);
            refused(Errno.ENOENT, () -> fs.parent(directory));
        }
    }

    @Test
    void keyOfNoFlareIsRefused() throws FsException {
        Key gone = file(ROOT, "f", 0644);
        fs.unlink(ROOT, top, name("f"));
        assertGone(gone);
        assertGone(new Key(1, 2, 3));
        Key directory = directory(ROOT, "d", 0755);
        fs.removeDirectory(ROOT, top, name("d"));
        assertGone(directory);
    }

    @Test
    void attributesNeedNoPermission() throws FsException {
        Key home = directory(ALICE, "home", 0700);
        Key key = make(ALICE, FlareType.FILE, home, "secret", 0);
        assertThat(stat(key).uid()).isEqualTo(ALICE.uid());
    }

    @Test
    void accessAnswersForEveryoneAndEveryMode() throws FsException {
        Key key = file(ALICE, "f", 0);
        for (int mode : new int[] {0, 0700, 0070, 0007, 0421, 0124, 0642, 0777, 0640}) {
            chmod(key, mode);
            for (Set<AccessMode> wanted : allModes()) {
                int bits = wanted.stream().mapToInt(AccessMode::bit).sum();
                assertAccess((mode >> 6 & bits) == bits, ALICE, key, wanted);
                assertAccess((mode >> 3 & bits) == bits, CAROL, key, wanted);
                assertAccess((mode & bits) == bits, MALLORY, key, wanted);
                boolean mayExecute = !wanted.contains(AccessMode.EXECUTE) || (mode & 0111) != 0;
                assertAccess(mayExecute, ROOT, key, wanted);
            }
        }
    }

    private static Set<Set<AccessMode>> allModes() {
        Set<Set<AccessMode>> all = new HashSet<>();
        for (int bits = 0; bits < 8; bits++) {
            Set<AccessMode> modes = EnumSet.noneOf(AccessMode.class);
            for (AccessMode mode : AccessMode.values()) {
                if ((bits & mode.bit()) != 0) {
                    modes.add(mode);
                }
            }
            all.add(modes);
        }
        return all;
    }

    private void assertAccess(boolean allowed, Caller caller, Key key, Set<AccessMode> wanted) throws FsException {
        if (allowed) {
            fs.access(caller, key, wanted);
        } else {
            refused(Errno.EACCES, () -> fs.access(caller, key, wanted));
        }
    }

    @Test
    void superuserSearchesAnyDirectory() throws FsException {
        Key directory = directory(ALICE, "d", 0);
        fs.access(ROOT, directory, EnumSet.allOf(AccessMode.class));
        refused(Errno.EACCES, () -> fs.access(ALICE, directory, EnumSet.of(AccessMode.EXECUTE)));
    }

    @Test
    void groupClassCoversSupplementaryGroups() throws FsException {
        Key key = file(ALICE, "f", 0640);
        chown(key, ALICE.uid(), 3000);
        fs.access(BOB, key, EnumSet.of(AccessMode.READ));
        refused(Errno.EACCES, () -> fs.access(CAROL, key, EnumSet.of(AccessMode.READ)));
        chmod(key, 0604);
        refused(Errno.EACCES, () -> fs.access(BOB, key, EnumSet.of(AccessMode.READ)));
        fs.access(CAROL, key, EnumSet.of(AccessMode.READ));
    }

    @Test
    void statisticsAreConsistentAndCountFlares() throws FsException {
        Statistics before = fs.statistics();
        assertThat(before.blockBytes()).isPositive();
        assertThat(before.totalBytes()).isGreaterThanOrEqualTo(before.freeBytes());
        assertThat(before.freeBytes()).isGreaterThanOrEqualTo(before.availableBytes());
        assertThat(before.availableBytes()).isPositive();
        assertThat(before.flares()).isGreaterThanOrEqualTo(3);
        file(ROOT, "f", 0644);
        directory(ROOT, "d", 0755);
        assertThat(fs.statistics().flares()).isEqualTo(before.flares() + 2);
    }

    @Test
    void closedSessionAnswersNothing() throws FsException {
        FileSystem other = session();
        Key root = other.root();
        var file = other.create(ROOT, top, name("f"), 0644, true, BOTH).file();
        other.close();
        other.close();
        refused(Errno.ENOTCONN, () -> other.getAttributes(root));
        refused(Errno.ENOTCONN, () -> other.lookup(ROOT, top, name("f")));
        refused(Errno.ENOTCONN, other::statistics);
        assertThat(catchThrowable(() -> read(file, 0, 1))).isInstanceOf(FsException.class);
        assertThat(stat(lookup("f")).links()).isEqualTo(1);
    }
}
