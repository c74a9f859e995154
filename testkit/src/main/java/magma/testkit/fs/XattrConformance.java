package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import magma.fs.AttributeChanges;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FileSystem.XattrMode;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Limits;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.fs.XattrName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Extended attributes as xattr(7) has them. */
public abstract class XattrConformance extends FileSystemConformance {

    private static XattrName xattr(String text) {
        try {
            return XattrName.of(text);
        } catch (FsException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static final XattrName COLOUR = xattr("user.colour");

    private void set(Key key, XattrName name, String value) throws FsException {
        fs.setXattr(ROOT, key, name, bytes(value), XattrMode.CREATE_OR_REPLACE);
    }

    private String get(Key key, XattrName name) throws FsException {
        return new String(fs.getXattr(ROOT, key, name), StandardCharsets.UTF_8);
    }

    @Test
    void valuesAreKeptReplacedAndRemoved() throws Exception {
        Key key = file(ROOT, "f", 0644);
        assertThat(fs.listXattrs(ROOT, key)).isEmpty();
        set(key, COLOUR, "red");
        set(key, xattr("trusted.x"), "");
        set(key, xattr("security.y"), "1");
        assertThat(fs.listXattrs(ROOT, key)).containsExactly(xattr("security.y"), xattr("trusted.x"), COLOUR);
        set(key, COLOUR, "blue");
        crash();
        assertThat(get(key, COLOUR)).isEqualTo("blue");
        assertThat(get(key, xattr("trusted.x"))).isEmpty();
        fs.removeXattr(ROOT, key, COLOUR);
        refused(Errno.ENODATA, () -> get(key, COLOUR));
        assertThat(fs.listXattrs(ROOT, key)).hasSize(2);
    }

    @Test
    void modesSayWhatMustBeThere() throws FsException {
        Key key = file(ROOT, "f", 0644);
        refused(Errno.ENODATA, () -> fs.setXattr(ROOT, key, COLOUR, bytes("x"), XattrMode.REPLACE));
        fs.setXattr(ROOT, key, COLOUR, bytes("x"), XattrMode.CREATE);
        refused(Errno.EEXIST, () -> fs.setXattr(ROOT, key, COLOUR, bytes("y"), XattrMode.CREATE));
        fs.setXattr(ROOT, key, COLOUR, bytes("z"), XattrMode.REPLACE);
        assertThat(get(key, COLOUR)).isEqualTo("z");
    }

    @Test
    void absentAttributeHasNoData() throws FsException {
        Key key = file(ROOT, "f", 0644);
        refused(Errno.ENODATA, () -> fs.getXattr(ROOT, key, COLOUR));
        refused(Errno.ENODATA, () -> fs.removeXattr(ROOT, key, COLOUR));
        refused(Errno.ENODATA, () -> fs.getXattr(ROOT, key, xattr("security.selinux")));
    }

    @ParameterizedTest
    @EnumSource
    void userAttributesAreForFilesAndDirectories(FlareType type) throws FsException {
        Key key = make(ROOT, type, "x", 0777);
        if (type == FlareType.FILE || type == FlareType.DIRECTORY) {
            set(key, COLOUR, "red");
            assertThat(get(key, COLOUR)).isEqualTo("red");
        } else {
            refused(Errno.EPERM, () -> set(key, COLOUR, "red"));
        }
        set(key, xattr("trusted.x"), "y");
        assertThat(get(key, xattr("trusted.x"))).isEqualTo("y");
    }

    @Test
    void userAttributesFollowReadAndWritePermission() throws FsException {
        Key key = file(ALICE, "f", 0640);
        fs.setXattr(ALICE, key, COLOUR, bytes("red"), XattrMode.CREATE);
        assertThat(fs.getXattr(CAROL, key, COLOUR)).isEqualTo(bytes("red"));
        refused(Errno.EACCES, () -> fs.setXattr(CAROL, key, COLOUR, bytes("x"), XattrMode.REPLACE));
        refused(Errno.EACCES, () -> fs.removeXattr(CAROL, key, COLOUR));
        refused(Errno.EACCES, () -> fs.getXattr(MALLORY, key, COLOUR));
        chmod(key, 0620);
        refused(Errno.EACCES, () -> fs.getXattr(CAROL, key, COLOUR));
        fs.setXattr(CAROL, key, COLOUR, bytes("blue"), XattrMode.REPLACE);
        fs.removeXattr(CAROL, key, COLOUR);
    }

    @Test
    void trustedAttributesAreTheSuperusers() throws FsException {
        Key key = file(ALICE, "f", 0666);
        XattrName secret = xattr("trusted.secret");
        set(key, secret, "x");
        set(key, COLOUR, "red");
        assertThat(fs.listXattrs(ALICE, key)).isEqualTo(List.of(COLOUR));
        assertThat(fs.listXattrs(ROOT, key)).containsExactly(secret, COLOUR);
        refused(Errno.EPERM, () -> fs.setXattr(ALICE, key, secret, bytes("y"), XattrMode.CREATE_OR_REPLACE));
        refused(Errno.EPERM, () -> fs.removeXattr(ALICE, key, secret));
        assertThat(catchThrowable(() -> fs.getXattr(ALICE, key, secret))).isInstanceOf(FsException.class);
        assertThat(get(key, secret)).isEqualTo("x");
    }

    /** Something that happens to a file. */
    @FunctionalInterface
    private interface Deed {
        void on(Key key) throws FsException;
    }

    private void truncate(Caller caller, Key key, long size) throws FsException {
        fs.setAttributes(caller, key, AttributeChanges.size(size), null);
    }

    private void through(Key key, Use use) throws FsException {
        try (OpenFile file = fs.open(ROOT, key, BOTH)) {
            use.of(file);
        }
    }

    /** What is done with an open file. */
    @FunctionalInterface
    private interface Use {
        void of(OpenFile file) throws FsException;
    }

    private Map<String, Deed> deedsThatTakeCapabilitiesOff() {
        return Map.ofEntries(
                Map.entry("write", key -> write(key, 1, "x")),
                Map.entry("append", key -> through(key, file -> file.append(ROOT, ByteBuffer.wrap(bytes("x"))))),
                Map.entry("large write", key -> write(key, 0, "x".repeat(100_000))),
                Map.entry("cut", key -> truncate(ROOT, key, 1)),
                Map.entry("cut to nothing", key -> truncate(ROOT, key, 0)),
                Map.entry("lengthening", key -> truncate(ROOT, key, 10_000)),
                Map.entry(
                        "cut to the same length",
                        key -> truncate(ROOT, key, stat(key).size())),
                Map.entry(
                        "cut while opening",
                        key -> fs.open(ROOT, key, FileSystem.options(OpenOption.WRITE, OpenOption.TRUNCATE))
                                .close()),
                Map.entry("hole", key -> through(key, file -> file.punch(ROOT, 0, 2))),
                Map.entry("allocation", key -> through(key, file -> file.allocate(ROOT, 0, 9000, false))),
                Map.entry("new owner", key -> chown(key, 5, 6)),
                Map.entry("new group", key -> fs.setAttributes(ALICE, key, AttributeChanges.owner(null, 3000), null)));
    }

    @Test
    void whateverChangesContentOrOwnerTakesCapabilitiesOffAndNothingElse() throws Exception {
        for (Map.Entry<String, Deed> deed : deedsThatTakeCapabilitiesOff().entrySet()) {
            Key key = file(ALICE, deed.getKey(), 0755);
            write(key, 0, "program");
            set(key, COLOUR, "red");
            set(key, XattrName.CAPABILITY, "cap");
            deed.getValue().on(key);
            assertThat(fs.listXattrs(ROOT, key)).as(deed.getKey()).containsExactly(COLOUR);
            refused(Errno.ENODATA, () -> get(key, XattrName.CAPABILITY));
            set(key, XattrName.CAPABILITY, "again");
            deed.getValue().on(key);
            assertThat(fs.listXattrs(ROOT, key)).as(deed.getKey() + " again").containsExactly(COLOUR);
            crash();
            assertThat(fs.listXattrs(ROOT, key))
                    .as(deed.getKey() + " after a restart")
                    .containsExactly(COLOUR);
        }
    }

    @Test
    void capabilitiesStayWhereNeitherContentNorOwnerChanges() throws Exception {
        Key key = file(ALICE, "f", 0755);
        try (OpenFile file = fs.open(ROOT, key, BOTH)) {
            file.write(ROOT, ByteBuffer.wrap(bytes("program")), 0);
            set(key, XattrName.CAPABILITY, "cap");
            assertThat(read(file, 0, 7)).isEqualTo("program");
            file.sync(true);
            chmod(key, 0711);
            fs.setXattr(ALICE, key, COLOUR, bytes("red"), XattrMode.CREATE);
            fs.link(ROOT, key, top, name("g"));
            rename(top, "f", top, "h");
            assertThat(get(key, XattrName.CAPABILITY)).isEqualTo("cap");
            assertThat(file.write(ROOT, ByteBuffer.allocate(0), 0)).isZero();
        }
        assertThat(get(key, XattrName.CAPABILITY)).isEqualTo("cap");
        Key directory = directory(ROOT, "d", 0755);
        set(directory, XattrName.CAPABILITY, "kept");
        chown(directory, 5, 6);
        assertThat(get(directory, XattrName.CAPABILITY)).isEqualTo("kept");
        crash();
        assertThat(get(key, XattrName.CAPABILITY)).isEqualTo("cap");
    }

    @Test
    void aWriteThroughAnOpenFileTakesOffWhatWasGivenMeanwhile() throws Exception {
        Key key = file(ALICE, "f", 0755);
        try (OpenFile file = fs.open(ALICE, key, BOTH);
                FileSystem other = session()) {
            for (int i = 0; i < 3; i++) {
                file.write(ALICE, ByteBuffer.wrap(bytes("x")), i);
                other.setXattr(ROOT, key, XattrName.CAPABILITY, bytes("cap"), XattrMode.CREATE);
                assertThat(other.getXattr(ROOT, key, XattrName.CAPABILITY)).isEqualTo(bytes("cap"));
                file.write(ALICE, ByteBuffer.wrap(bytes("y")), i);
                refused(Errno.ENODATA, () -> other.getXattr(ROOT, key, XattrName.CAPABILITY));
                refused(Errno.ENODATA, () -> other.removeXattr(ROOT, key, XattrName.CAPABILITY));
            }
        }
    }

    @Test
    void changesMarkTheFlareChanged() throws FsException {
        Key key = file(ROOT, "f", 0644);
        Attributes before = stat(key);
        Instant tick = tick();
        set(key, COLOUR, "red");
        Attributes set = stat(key);
        assertThat(set.changed()).isAfterOrEqualTo(tick);
        assertThat(set.modified()).isEqualTo(before.modified());
        assertThat(set.change()).isGreaterThan(before.change());
        tick = tick();
        fs.removeXattr(ROOT, key, COLOUR);
        assertThat(stat(key).changed()).isAfterOrEqualTo(tick);
    }

    @Test
    void largestValueIsKeptAndALargerRefused() throws Exception {
        Key key = file(ROOT, "f", 0644);
        byte[] value = new byte[Limits.XATTR_BYTES];
        new Random(1).nextBytes(value);
        fs.setXattr(ROOT, key, COLOUR, value, XattrMode.CREATE);
        refused(
                Errno.E2BIG,
                () -> fs.setXattr(ROOT, key, COLOUR, new byte[Limits.XATTR_BYTES + 1], XattrMode.CREATE_OR_REPLACE));
        crash();
        assertThat(fs.getXattr(ROOT, key, COLOUR)).isEqualTo(value);
    }

    @Test
    void allAttributesTogetherAreBounded() throws FsException {
        Key key = file(ROOT, "f", 0644);
        byte[] value = new byte[Limits.XATTR_BYTES];
        int fitting = 0;
        while (fitting < 100 && fits(key, xattr("user.n" + fitting), value)) {
            fitting++;
        }
        assertThat(fitting).isBetween(Limits.XATTRS_BYTES / Limits.XATTR_BYTES - 1, 16);
        fs.removeXattr(ROOT, key, xattr("user.n0"));
        assertThat(fits(key, xattr("user.again"), Arrays.copyOf(value, 1_000))).isTrue();
    }

    private boolean fits(Key key, XattrName name, byte[] value) throws FsException {
        try {
            fs.setXattr(ROOT, key, name, value, XattrMode.CREATE);
            return true;
        } catch (FsException e) {
            assertThat(e.errno()).isEqualTo(Errno.ENOSPC);
            return false;
        }
    }

    @Test
    void attributesBelongToTheFlareAndNotToAName() throws FsException {
        Key key = file(ROOT, "f", 0644);
        set(key, COLOUR, "red");
        fs.link(ROOT, key, top, name("g"));
        rename(top, "f", top, "h");
        fs.unlink(ROOT, top, name("h"));
        assertThat(get(lookup("g"), COLOUR)).isEqualTo("red");
        assertThat(fs.listXattrs(ROOT, file(ROOT, "f", 0644))).isEmpty();
    }
}
