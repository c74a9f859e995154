package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Instant;
import magma.fs.AttributeChanges;
import magma.fs.AttributeChanges.TimeChange;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenFile;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

/** chmod(2) and chown(2): who may, and what becomes of set-user-id, set-group-id and sticky. */
public abstract class AttributeConformance extends FileSystemConformance {

    private Attributes chmod(Caller caller, Key key, int mode) throws FsException {
        return fs.setAttributes(caller, key, AttributeChanges.mode(mode), null);
    }

    private Attributes chown(Caller caller, Key key, @Nullable Integer uid, @Nullable Integer gid) throws FsException {
        return fs.setAttributes(caller, key, AttributeChanges.owner(uid, gid), null);
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "SYMLINK")
    void ownerAndSuperuserChangeTheMode(FlareType type) throws FsException {
        Key key = make(ALICE, type, "x", 0644);
        Attributes before = stat(key);
        Instant tick = tick();
        assertThat(chmod(ALICE, key, 0711).mode()).isEqualTo(0711);
        Attributes after = stat(key);
        assertThat(after.mode()).isEqualTo(0711);
        assertThat(after.changed()).isAfterOrEqualTo(tick);
        assertThat(after.modified()).isEqualTo(before.modified());
        assertThat(after.accessed()).isEqualTo(before.accessed());
        assertThat(after.change()).isGreaterThan(before.change());
        assertThat(chmod(ROOT, key, 0600).mode()).isEqualTo(0600);
        chmod(ROOT, key, 0777);
        refused(Errno.EPERM, () -> chmod(MALLORY, key, 0600));
        refused(Errno.EPERM, () -> chmod(CAROL, key, 0777));
        assertThat(stat(key).mode()).isEqualTo(0777);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 0111, 0644, 0755, 0777, 01777, 02755, 04755, 06755, 07777})
    void everyModeIsKept(int mode) throws FsException {
        Key file = file(ALICE, "f", 0600);
        Key directory = directory(ALICE, "d", 0700);
        assertThat(chmod(ROOT, file, mode).mode()).isEqualTo(mode);
        assertThat(chmod(ALICE, file, mode).mode()).isEqualTo(mode);
        assertThat(chmod(ROOT, directory, mode).mode()).isEqualTo(mode);
        assertThat(stat(directory).mode()).isEqualTo(mode);
    }

    @Test
    void setGroupIdForAForeignGroupIsDroppedByChmod() throws FsException {
        Key key = file(ALICE, "f", 0755);
        chown(key, ALICE.uid(), 3000);
        assertThat(chmod(ALICE, key, 02755).mode()).isEqualTo(02755);
        chown(key, ALICE.uid(), 4000);
        assertThat(chmod(ALICE, key, 02755).mode()).isEqualTo(0755);
        assertThat(chmod(ALICE, key, 06755).mode()).isEqualTo(04755);
        assertThat(chmod(ROOT, key, 06755).mode()).isEqualTo(06755);
    }

    @ParameterizedTest
    @EnumSource
    void superuserGivesFlaresAway(FlareType type) throws FsException {
        Key key = make(ALICE, type, "x", 0644);
        Attributes before = stat(key);
        Instant tick = tick();
        Attributes after = chown(ROOT, key, 7001, 7002);
        assertThat(after.uid()).isEqualTo(7001);
        assertThat(after.gid()).isEqualTo(7002);
        assertThat(after.changed()).isAfterOrEqualTo(tick);
        assertThat(after.modified()).isEqualTo(before.modified());
        assertThat(chown(ROOT, key, 7003, null).gid()).isEqualTo(7002);
        assertThat(chown(ROOT, key, null, 7004).uid()).isEqualTo(7003);
        assertThat(stat(key).gid()).isEqualTo(7004);
    }

    @Test
    void largestIdsAreKept() throws FsException {
        Key key = file(ROOT, "f", 0644);
        int nobody = 0xffff_fffe;
        Attributes after = chown(ROOT, key, nobody, nobody);
        assertThat(after.uid()).isEqualTo(nobody);
        assertThat(stat(key).gid()).isEqualTo(nobody);
    }

    @Test
    void ownerGivesOnlyToGroupsTheyAreIn() throws FsException {
        Key key = file(ALICE, "f", 0644);
        assertThat(chown(ALICE, key, null, 3000).gid()).isEqualTo(3000);
        assertThat(chown(ALICE, key, ALICE.uid(), 2001).gid()).isEqualTo(2001);
        refused(Errno.EPERM, () -> chown(ALICE, key, null, 4000));
        refused(Errno.EPERM, () -> chown(ALICE, key, BOB.uid(), null));
        refused(Errno.EPERM, () -> chown(ALICE, key, BOB.uid(), 3000));
        chown(ROOT, key, ALICE.uid(), 4000);
        assertThat(chown(ALICE, key, ALICE.uid(), 4000).gid()).isEqualTo(4000);
    }

    @Test
    void othersGiveNothing() throws FsException {
        Key key = file(ALICE, "f", 0777);
        refused(Errno.EPERM, () -> chown(BOB, key, BOB.uid(), null));
        refused(Errno.EPERM, () -> chown(BOB, key, null, 3000));
        refused(Errno.EPERM, () -> chown(BOB, key, ALICE.uid(), null));
        refused(Errno.EPERM, () -> chown(CAROL, key, null, 2001));
        assertThat(stat(key).gid()).isEqualTo(2001);
    }

    @Test
    void chownOfAFileDropsSetIds() throws FsException {
        for (Caller caller : new Caller[] {ALICE, ROOT}) {
            Key key = file(ROOT, "f", 0755);
            chown(ROOT, key, ALICE.uid(), 2001);
            chmod(ROOT, key, 06755);
            assertThat(chown(caller, key, null, 3000).mode()).isEqualTo(0755);
            chmod(ROOT, key, 06755);
            assertThat(chown(caller, key, ALICE.uid(), null).mode()).isEqualTo(0755);
            chmod(ROOT, key, 04644);
            assertThat(chown(caller, key, null, 2001).mode()).isEqualTo(0644);
            fs.unlink(ROOT, top, name("f"));
        }
    }

    @Test
    void chownOfADirectoryKeepsSetGroupIdAndSticky() throws FsException {
        Key key = directory(ALICE, "d", 0755);
        chmod(ROOT, key, 03755);
        assertThat(chown(ALICE, key, null, 3000).mode()).isEqualTo(03755);
        assertThat(chown(ROOT, key, 7, 8).mode()).isEqualTo(03755);
    }

    @Test
    void chownKeepsSticky() throws FsException {
        Key key = file(ALICE, "f", 0644);
        chmod(ROOT, key, 01644);
        assertThat(chown(ALICE, key, null, 3000).mode()).isEqualTo(01644);
    }

    @Test
    void writeByOthersThanTheSuperuserDropsSetIds() throws FsException {
        Key key = file(ALICE, "f", 0777);
        chmod(ROOT, key, 06777);
        try (OpenFile file = fs.open(MALLORY, key, WRITE)) {
            file.write(ROOT, ByteBuffer.wrap(bytes("x")), 0);
            assertThat(stat(key).mode()).isEqualTo(06777);
            file.write(MALLORY, ByteBuffer.wrap(bytes("x")), 0);
            assertThat(stat(key).mode()).isEqualTo(0777);
            chmod(ROOT, key, 06777);
            file.append(ALICE, ByteBuffer.wrap(bytes("x")));
            assertThat(stat(key).mode()).isEqualTo(0777);
        }
    }

    @Test
    void truncateByOthersThanTheSuperuserDropsSetIds() throws FsException {
        Key key = file("f", "content");
        chmod(ROOT, key, 06777);
        fs.setAttributes(ROOT, key, AttributeChanges.size(3), null);
        assertThat(stat(key).mode()).isEqualTo(06777);
        assertThat(fs.setAttributes(MALLORY, key, AttributeChanges.size(2), null)
                        .mode())
                .isEqualTo(0777);
    }

    @Test
    void allOrNothingIsChanged() throws FsException {
        Key key = file(ALICE, "f", 0644);
        Attributes before = stat(key);
        AttributeChanges changes = new AttributeChanges(0600, null, 4000, null, null, null);
        refused(Errno.EPERM, () -> fs.setAttributes(ALICE, key, changes, null));
        AttributeChanges resize =
                new AttributeChanges(0600, null, null, -1L, new TimeChange.Now(), new TimeChange.Now());
        refused(Errno.EINVAL, () -> fs.setAttributes(ALICE, key, resize, null));
        assertThat(stat(key)).isEqualTo(before);
    }

    @Test
    void manyChangesAreMadeAtOnce() throws FsException {
        Key key = file("f", "content");
        Instant time = Instant.ofEpochSecond(1_000_000, 5_000);
        Attributes after = fs.setAttributes(
                ROOT,
                key,
                new AttributeChanges(0600, 5, 6, 3L, new TimeChange.At(time), new TimeChange.At(time)),
                null);
        assertThat(after.mode()).isEqualTo(0600);
        assertThat(after.uid()).isEqualTo(5);
        assertThat(after.gid()).isEqualTo(6);
        assertThat(after.size()).isEqualTo(3);
        assertThat(after.modified()).isEqualTo(time);
        assertThat(after.accessed()).isEqualTo(time);
        assertThat(stat(key)).isEqualTo(after);
    }

    @Test
    void changingNothingChangesNothing() throws FsException {
        Key key = file(ALICE, "f", 0644);
        Attributes before = stat(key);
        tick();
        assertThat(fs.setAttributes(ALICE, key, AttributeChanges.NONE, null)).isEqualTo(before);
        assertThat(stat(key)).isEqualTo(before);
    }
}
