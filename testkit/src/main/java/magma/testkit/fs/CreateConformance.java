package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Set;
import magma.fs.AttributeChanges;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Limits;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The making of flares of all types: open(2) with O_CREAT, mkdir(2), mknod(2), mkfifo(3), symlink(2). */
public abstract class CreateConformance extends FileSystemConformance {

    @ParameterizedTest
    @EnumSource
    void newFlareBelongsToItsMaker(FlareType type) throws FsException {
        Instant before = tick();
        Key key = make(ALICE, type, "new", 0751);
        Attributes attributes = stat(key);
        assertThat(attributes.key()).isEqualTo(key);
        assertThat(attributes.type()).isEqualTo(type);
        assertThat(attributes.uid()).isEqualTo(ALICE.uid());
        assertThat(attributes.gid()).isEqualTo(ALICE.gid());
        assertThat(attributes.mode()).isEqualTo(type == FlareType.SYMLINK ? 0777 : 0751);
        assertThat(attributes.links()).isEqualTo(type == FlareType.DIRECTORY ? 2 : 1);
        assertThat(attributes.device()).isEqualTo(type.isDevice() ? 0x103 : 0);
        assertThat(attributes.accessed()).isAfterOrEqualTo(before);
        assertThat(attributes.modified()).isEqualTo(attributes.accessed());
        assertThat(attributes.changed()).isAfterOrEqualTo(before);
        assertThat(attributes.created()).isAfterOrEqualTo(before);
        assertThat(lookup("new")).isEqualTo(key);
    }

    @ParameterizedTest
    @EnumSource
    void makingMarksTheDirectoryChanged(FlareType type) throws FsException {
        Attributes before = stat(top);
        Instant tick = tick();
        make(ROOT, type, "new", 0644);
        Attributes after = stat(top);
        assertThat(after.modified()).isAfterOrEqualTo(tick);
        assertThat(after.changed()).isAfterOrEqualTo(tick);
        assertThat(after.accessed()).isEqualTo(before.accessed());
        assertThat(after.change()).isGreaterThan(before.change());
        assertThat(after.links()).isEqualTo(before.links() + (type == FlareType.DIRECTORY ? 1 : 0));
    }

    @ParameterizedTest
    @EnumSource
    void nameThatIsTakenByAnyTypeIsRefused(FlareType standing) throws FsException {
        make(ROOT, standing, "taken", 0755);
        Attributes before = stat(top);
        refused(Errno.EEXIST, () -> fs.makeDirectory(ROOT, top, name("taken"), 0755));
        refused(Errno.EEXIST, () -> fs.makeNode(ROOT, top, name("taken"), FlareType.FIFO, 0644, 0));
        refused(Errno.EEXIST, () -> fs.symlink(ROOT, top, name("taken"), bytes("x")));
        refused(Errno.EEXIST, () -> fs.create(ROOT, top, name("taken"), 0644, true, READ));
        assertThat(stat(top)).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource
    void directoryIsNeededToMakeIn(FlareType type) throws FsException {
        if (type == FlareType.DIRECTORY) {
            return;
        }
        Key other = make(ROOT, type, "other", 0777);
        refused(Errno.ENOTDIR, () -> fs.makeDirectory(ROOT, other, name("x"), 0755));
        refused(Errno.ENOTDIR, () -> fs.makeNode(ROOT, other, name("x"), FlareType.SOCKET, 0755, 0));
        refused(Errno.ENOTDIR, () -> fs.symlink(ROOT, other, name("x"), bytes("x")));
        refused(Errno.ENOTDIR, () -> fs.create(ROOT, other, name("x"), 0644, false, READ));
        refused(Errno.ENOTDIR, () -> fs.lookup(ROOT, other, name("x")));
    }

    @ParameterizedTest
    @EnumSource
    void writeAndSearchPermissionAreNeeded(FlareType type) throws FsException {
        if (type.isDevice()) {
            return;
        }
        Key directory = directory(ALICE, "home", 0755);
        refused(Errno.EACCES, () -> make(MALLORY, type, directory, "x", 0644));
        chmod(directory, 0757 & ~1);
        refused(Errno.EACCES, () -> make(MALLORY, type, directory, "x", 0644));
        chmod(directory, 0757);
        make(MALLORY, type, directory, "x", 0644);
        chmod(directory, 0557);
        refused(Errno.EACCES, () -> make(ALICE, type, directory, "y", 0644));
        make(ROOT, type, directory, "y", 0644);
    }

    @Test
    void takenNameIsToldBeforeMissingWritePermission() throws FsException {
        Key directory = directory(ALICE, "home", 0755);
        make(ALICE, FlareType.DIRECTORY, directory, "x", 0755);
        refused(Errno.EEXIST, () -> fs.makeDirectory(MALLORY, directory, name("x"), 0755));
    }

    @Test
    void umaskIsTakenFromTheMode() throws FsException {
        Caller caller = Caller.of(1001, 2001, Set.of(), 027);
        assertThat(fs.makeDirectory(caller, top, name("d"), 01777).mode()).isEqualTo(01750);
        assertThat(fs.makeNode(caller, top, name("f"), FlareType.FIFO, 0666, 0).mode())
                .isEqualTo(0640);
        try (OpenFile file = create(caller, "c", 06777)) {
            assertThat(stat(file.flare()).mode()).isEqualTo(06750);
        }
        assertThat(fs.symlink(caller, top, name("l"), bytes("x")).mode()).isEqualTo(0777);
    }

    private OpenFile create(Caller caller, String name, int mode) throws FsException {
        return fs.create(caller, top, name(name), mode, true, BOTH).file();
    }

    @ParameterizedTest
    @EnumSource
    void setGroupIdOfTheDirectoryGivesItsGroup(FlareType type) throws FsException {
        if (type.isDevice()) {
            return;
        }
        Key directory = directory(ROOT, "shared", 0777);
        chown(directory, 0, 3000);
        chmod(directory, 02777);
        Attributes made = stat(make(MALLORY, type, directory, "x", 0644));
        assertThat(made.gid()).isEqualTo(3000);
        assertThat(made.uid()).isEqualTo(MALLORY.uid());
        assertThat(made.mode() & 02000).isEqualTo(type == FlareType.DIRECTORY ? 02000 : 0);
    }

    @Test
    void setGroupIdOfAnExecutableForAForeignGroupIsDropped() throws FsException {
        Key directory = directory(ROOT, "shared", 0777);
        chown(directory, 0, 3000);
        chmod(directory, 02777);
        assertThat(stat(make(MALLORY, FlareType.FILE, directory, "a", 02775)).mode())
                .isEqualTo(0775);
        assertThat(stat(make(BOB, FlareType.FILE, directory, "b", 02775)).mode())
                .isEqualTo(02775);
        assertThat(stat(make(ROOT, FlareType.FILE, directory, "c", 02775)).mode())
                .isEqualTo(02775);
    }

    @Test
    void onlyTheSuperuserMakesDevices() throws FsException {
        refused(Errno.EPERM, () -> fs.makeNode(ALICE, top, name("c"), FlareType.CHARACTER_DEVICE, 0600, 0x103));
        refused(Errno.EPERM, () -> fs.makeNode(ALICE, top, name("b"), FlareType.BLOCK_DEVICE, 0600, 0x800));
        long device = 0x1234_5678_9abcL;
        Attributes made = fs.makeNode(ROOT, top, name("c"), FlareType.CHARACTER_DEVICE, 0600, device);
        assertThat(made.device()).isEqualTo(device);
        assertThat(stat(made.key()).device()).isEqualTo(device);
    }

    @Test
    void nodesAreNeitherDirectoriesNorSymlinks() {
        refused(Errno.EINVAL, () -> fs.makeNode(ROOT, top, name("x"), FlareType.DIRECTORY, 0755, 0));
        refused(Errno.EINVAL, () -> fs.makeNode(ROOT, top, name("x"), FlareType.SYMLINK, 0755, 0));
    }

    @Test
    void creatorOfAFileNeedsNoPermissionOnIt() throws FsException {
        try (OpenFile file = create(ALICE, "f", 0)) {
            assertThat(file.write(ALICE, ByteBuffer.wrap(bytes("abc")), 0)).isEqualTo(3);
            assertThat(read(file, 0, 10)).isEqualTo("abc");
        }
        refused(Errno.EACCES, () -> fs.open(ALICE, lookup("f"), READ));
    }

    @Test
    void createOpensWhatIsThere() throws FsException {
        Key key = file("f", "content");
        FileSystem.Created created = fs.create(ROOT, top, name("f"), 0600, false, READ);
        try (OpenFile file = created.file()) {
            assertThat(created.isNew()).isFalse();
            assertThat(file.flare()).isEqualTo(key);
            assertThat(created.attributes().mode()).isEqualTo(0644);
            assertThat(read(file, 0, 10)).isEqualTo("content");
        }
        refused(Errno.EACCES, () -> fs.create(MALLORY, top, name("f"), 0600, false, WRITE));
    }

    @Test
    void createWithTruncateEmptiesWhatIsThere() throws FsException {
        Key key = file("f", "content");
        Set<OpenOption> options = FileSystem.options(OpenOption.WRITE, OpenOption.TRUNCATE);
        refused(Errno.EACCES, () -> fs.create(MALLORY, top, name("f"), 0600, false, options));
        assertThat(read(key)).isEqualTo("content");
        try (OpenFile file =
                fs.create(ROOT, top, name("f"), 0600, false, options).file()) {
            assertThat(stat(file.flare()).size()).isZero();
        }
        assertThat(stat(key).mode()).isEqualTo(0644);
    }

    @Test
    void createNeedsNoWritePermissionOnTheDirectoryForWhatIsThere() throws FsException {
        Key directory = directory(ALICE, "home", 0755);
        make(ALICE, FlareType.FILE, directory, "f", 0666);
        fs.create(MALLORY, directory, name("f"), 0600, false, WRITE).file().close();
        refused(Errno.EACCES, () -> fs.create(MALLORY, directory, name("g"), 0600, false, WRITE));
    }

    @ParameterizedTest
    @EnumSource
    void createOpensNothingButFiles(FlareType type) throws FsException {
        make(ROOT, type, "there", 0777);
        Errno errno = switch (type) {
            case FILE -> null;
            case DIRECTORY -> Errno.EISDIR;
            case SYMLINK -> Errno.ELOOP;
            default -> Errno.ENXIO;
        };
        if (errno != null) {
            refused(errno, () -> fs.create(ROOT, top, name("there"), 0644, false, BOTH));
            refused(errno, () -> fs.open(ROOT, lookup("there"), BOTH));
        }
    }

    @Test
    void symlinkKeepsItsTarget() throws FsException {
        String longest = "t".repeat(Limits.SYMLINK_BYTES);
        Attributes made = fs.symlink(ROOT, top, name("l"), bytes(longest));
        assertThat(made.size()).isEqualTo(Limits.SYMLINK_BYTES);
        assertThat(fs.readLink(made.key())).isEqualTo(bytes(longest));
        byte[] odd = {(byte) 0xff, '/', '/', '.', (byte) 0x80, '\n'};
        assertThat(fs.readLink(fs.symlink(ROOT, top, name("odd"), odd).key())).isEqualTo(odd);
    }

    @Test
    void badTargetOfASymlinkIsRefused() {
        refused(Errno.ENOENT, () -> fs.symlink(ROOT, top, name("l"), new byte[0]));
        refused(
                Errno.ENAMETOOLONG,
                () -> fs.symlink(ROOT, top, name("l"), bytes("t".repeat(Limits.SYMLINK_BYTES + 1))));
        refused(Errno.EINVAL, () -> fs.symlink(ROOT, top, name("l"), new byte[] {'a', 0, 'b'}));
        assertAbsent(top, "l");
    }

    @ParameterizedTest
    @EnumSource
    void onlySymlinksHaveATarget(FlareType type) throws FsException {
        Key key = make(ROOT, type, "x", 0644);
        if (type == FlareType.SYMLINK) {
            assertThat(fs.readLink(key)).isEqualTo(bytes("target"));
        } else {
            refused(Errno.EINVAL, () -> fs.readLink(key));
        }
    }

    @Test
    void removedDirectoryTakesNothingNew() throws FsException {
        Key directory = directory(ROOT, "d", 0755);
        try (var held = fs.openDirectory(ROOT, directory)) {
            fs.removeDirectory(ROOT, top, name("d"));
            refused(Errno.ENOENT, () -> fs.makeDirectory(ROOT, directory, name("x"), 0755));
            refused(Errno.ENOENT, () -> fs.makeNode(ROOT, directory, name("x"), FlareType.FILE, 0644, 0));
            refused(Errno.ENOENT, () -> fs.symlink(ROOT, directory, name("x"), bytes("x")));
            refused(Errno.ENOENT, () -> fs.create(ROOT, directory, name("x"), 0644, false, BOTH));
            refused(Errno.ENOENT, () -> fs.link(ROOT, file("f", ""), directory, name("x")));
            refused(Errno.ENOENT, () -> rename(top, "f", directory, "x"));
            assertThat(held.list(0, 10, false).entries()).isEmpty();
        }
    }

    @Test
    void longestNamesAndOddBytesAreKept() throws FsException {
        Name longest = name("n".repeat(Name.MAX_BYTES));
        fs.makeNode(ROOT, top, longest, FlareType.FILE, 0644, 0);
        Name odd = Name.of(new byte[] {(byte) 0xff, '\n', ' ', (byte) 0xc3, '*'});
        Key key = fs.makeDirectory(ROOT, top, odd, 0755).key();
        assertThat(fs.lookup(ROOT, top, odd).key()).isEqualTo(key);
        assertThat(fs.lookup(ROOT, top, longest).type()).isEqualTo(FlareType.FILE);
        assertThat(list(top)).hasSize(2);
    }

    @Test
    void keysAndInodesOfFlaresDiffer() throws FsException {
        Key a = file(ROOT, "a", 0644);
        Key b = file(ROOT, "b", 0644);
        fs.unlink(ROOT, top, name("a"));
        Key again = file(ROOT, "a", 0644);
        assertThat(Set.of(a, b, again)).hasSize(3);
        fs.setAttributes(ROOT, again, AttributeChanges.mode(0600), null);
        assertThat(lookup("a")).isEqualTo(again);
    }
}
