package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import magma.fs.Attributes;
import magma.fs.Errno;
import magma.fs.FileSystem.XattrMode;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Limits;
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
