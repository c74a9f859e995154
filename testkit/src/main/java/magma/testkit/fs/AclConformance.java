package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import magma.fs.AccessMode;
import magma.fs.Acl;
import magma.fs.Acl.Entry;
import magma.fs.Acl.Kind;
import magma.fs.Acl.Tag;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Access control lists as acl(5) has them: what they let in, what chmod makes of them, and what is inherited. */
public abstract class AclConformance extends FileSystemConformance {
    private static final AccessMode R = AccessMode.READ;
    private static final AccessMode W = AccessMode.WRITE;

    private static Acl acl(int user, int group, int other, Entry... more) {
        List<Entry> entries = new ArrayList<>(List.of(more));
        entries.add(new Entry(Tag.USER_OBJECT, -1, user));
        entries.add(new Entry(Tag.GROUP_OBJECT, -1, group));
        entries.add(new Entry(Tag.OTHER, -1, other));
        return new Acl(entries);
    }

    private static Entry user(Caller caller, int permissions) {
        return new Entry(Tag.USER, caller.uid(), permissions);
    }

    private static Entry group(int gid, int permissions) {
        return new Entry(Tag.GROUP, gid, permissions);
    }

    private static Entry mask(int permissions) {
        return new Entry(Tag.MASK, -1, permissions);
    }

    private void set(Key key, Kind kind, @Nullable Acl acl) throws FsException {
        fs.setAcl(ROOT, key, kind, acl);
    }

    private void allows(Caller caller, Key key, AccessMode... modes) throws FsException {
        fs.access(caller, key, Set.of(modes));
    }

    private void denies(Caller caller, Key key, AccessMode... modes) {
        refused(Errno.EACCES, () -> fs.access(caller, key, Set.of(modes)));
    }

    @Test
    void newFlareHasNoList() throws FsException {
        for (FlareType type : EnumSet.complementOf(EnumSet.of(FlareType.SYMLINK))) {
            Key key = make(ALICE, type, type.name(), 0640);
            assertThat(fs.getAcl(key, Kind.ACCESS)).isEmpty();
            assertThat(fs.getAcl(key, Kind.DEFAULT)).isEmpty();
        }
    }

    @Test
    void namedUsersAndGroupsAreLetInAsFarAsTheMaskGoes() throws FsException {
        Key key = file(ALICE, "f", 0600);
        set(key, Kind.ACCESS, acl(6, 0, 0, user(MALLORY, 6), group(3000, 4), mask(7)));
        allows(MALLORY, key, R, W);
        allows(BOB, key, R);
        denies(BOB, key, W);
        denies(CAROL, key, R);
        allows(ALICE, key, R, W);
        set(key, Kind.ACCESS, acl(6, 0, 0, user(MALLORY, 6), group(3000, 4), mask(4)));
        allows(MALLORY, key, R);
        denies(MALLORY, key, W);
        assertThat(stat(key).mode()).isEqualTo(0640);
    }

    @Test
    void ownerIsJudgedByTheirEntryAlone() throws FsException {
        Key key = file(ALICE, "f", 0600);
        set(key, Kind.ACCESS, acl(0, 7, 7, user(ALICE, 7), group(3000, 7), mask(7)));
        denies(ALICE, key, R);
        allows(MALLORY, key, R, W);
    }

    @Test
    void namedUserIsJudgedByTheirEntryAlone() throws FsException {
        Key key = file(ALICE, "f", 0600);
        set(key, Kind.ACCESS, acl(6, 6, 6, user(CAROL, 0), mask(7)));
        denies(CAROL, key, R);
        allows(MALLORY, key, R);
    }

    @Test
    void oneMatchingGroupMustGrantAll() throws FsException {
        Caller member = Caller.of(1009, 5001, Set.of(5002), 0);
        Key key = file(ALICE, "f", 0600);
        set(key, Kind.ACCESS, acl(6, 0, 7, group(5001, 4), group(5002, 2), mask(7)));
        allows(member, key, R);
        allows(member, key, W);
        denies(member, key, R, W);
        set(key, Kind.ACCESS, acl(6, 0, 7, group(5001, 0), mask(7)));
        denies(member, key, R);
        allows(MALLORY, key, R, W);
    }

    @Test
    void superuserIsLetIn() throws FsException {
        Key key = file(ALICE, "f", 0);
        set(key, Kind.ACCESS, acl(0, 0, 0, user(MALLORY, 0), mask(0)));
        allows(ROOT, key, R, W);
        denies(ROOT, key, AccessMode.EXECUTE);
    }

    @Test
    void listGuardsEveryOperation() throws FsException {
        Key directory = directory(ALICE, "d", 0700);
        refused(Errno.EACCES, () -> make(MALLORY, FlareType.FILE, directory, "x", 0644));
        set(directory, Kind.ACCESS, acl(7, 0, 0, user(MALLORY, 7), mask(7)));
        make(MALLORY, FlareType.FILE, directory, "x", 0644);
        fs.openDirectory(MALLORY, directory).close();
        chmod(directory, 0750);
        refused(Errno.EACCES, () -> fs.unlink(MALLORY, directory, name("x")));
        assertThat(fs.lookup(MALLORY, directory, name("x")).uid()).isEqualTo(MALLORY.uid());
    }

    @Test
    void settingAListSetsTheMode() throws FsException {
        Key key = file(ALICE, "f", 0600);
        chmod(key, 05600);
        set(key, Kind.ACCESS, acl(7, 5, 4));
        assertThat(stat(key).mode()).isEqualTo(05754);
        assertThat(fs.getAcl(key, Kind.ACCESS)).isEmpty();
        Acl extended = acl(6, 4, 1, user(BOB, 7), mask(3));
        set(key, Kind.ACCESS, extended);
        assertThat(stat(key).mode()).isEqualTo(05631);
        assertThat(fs.getAcl(key, Kind.ACCESS)).contains(extended);
    }

    @Test
    void listWithNoMoreThanAMaskIsKept() throws FsException {
        Key key = file(ALICE, "f", 0600);
        Acl masked = acl(6, 6, 0, mask(4));
        set(key, Kind.ACCESS, masked);
        assertThat(fs.getAcl(key, Kind.ACCESS)).contains(masked);
        assertThat(stat(key).mode()).isEqualTo(0640);
        denies(CAROL, key, W);
    }

    @Test
    void chmodGoesToTheClasses() throws FsException {
        Key key = file(ALICE, "f", 0600);
        set(key, Kind.ACCESS, acl(6, 4, 0, user(BOB, 6), mask(6)));
        chmod(key, 0705);
        assertThat(fs.getAcl(key, Kind.ACCESS)).contains(acl(7, 4, 5, user(BOB, 6), mask(0)));
        denies(BOB, key, R);
        chmod(key, 0777);
        allows(BOB, key, R, W);
        denies(BOB, key, AccessMode.EXECUTE);
        denies(CAROL, key, W);
    }

    @Test
    void removingTheListLeavesTheMode() throws FsException {
        Key key = file(ALICE, "f", 0600);
        set(key, Kind.ACCESS, acl(6, 0, 0, user(BOB, 6), mask(4)));
        set(key, Kind.ACCESS, null);
        assertThat(fs.getAcl(key, Kind.ACCESS)).isEmpty();
        assertThat(stat(key).mode()).isEqualTo(0640);
        set(key, Kind.ACCESS, null);
    }

    @Test
    void onlyOwnerAndSuperuserSetLists() throws FsException {
        Key key = directory(ALICE, "d", 0777);
        refused(Errno.EPERM, () -> fs.setAcl(MALLORY, key, Kind.ACCESS, acl(7, 7, 7)));
        refused(Errno.EPERM, () -> fs.setAcl(CAROL, key, Kind.DEFAULT, acl(7, 7, 7)));
        refused(Errno.EPERM, () -> fs.setAcl(BOB, key, Kind.DEFAULT, null));
        fs.setAcl(ALICE, key, Kind.DEFAULT, acl(7, 5, 5));
        assertThat(fs.getAcl(key, Kind.DEFAULT)).contains(acl(7, 5, 5));
    }

    @Test
    void settingAListMarksTheFlareChanged() throws FsException {
        Key key = directory(ALICE, "d", 0777);
        for (Kind kind : Kind.values()) {
            Attributes before = stat(key);
            Instant tick = tick();
            set(key, kind, acl(7, 5, 5, user(BOB, 7), mask(7)));
            assertThat(stat(key).changed()).isAfterOrEqualTo(tick);
            assertThat(stat(key).modified()).isEqualTo(before.modified());
            assertThat(stat(key).change()).isGreaterThan(before.change());
        }
    }

    @ParameterizedTest
    @EnumSource
    void defaultListsAreForDirectoriesAndNoneForSymlinks(FlareType type) throws FsException {
        Key key = make(ALICE, type, "x", 0640);
        if (type == FlareType.SYMLINK) {
            refused(Errno.EOPNOTSUPP, () -> fs.getAcl(key, Kind.ACCESS));
            refused(Errno.EOPNOTSUPP, () -> fs.setAcl(ROOT, key, Kind.ACCESS, acl(7, 5, 5)));
        } else if (type == FlareType.DIRECTORY) {
            set(key, Kind.DEFAULT, acl(7, 5, 5));
            set(key, Kind.DEFAULT, null);
            assertThat(fs.getAcl(key, Kind.DEFAULT)).isEmpty();
        } else {
            refused(Errno.EACCES, () -> fs.setAcl(ROOT, key, Kind.DEFAULT, acl(7, 5, 5)));
            set(key, Kind.ACCESS, acl(6, 0, 0, user(BOB, 4), mask(4)));
            allows(BOB, key, R);
        }
    }

    @Test
    void settingAListDropsSetGroupIdForAForeignGroup() throws FsException {
        Key key = file(ALICE, "f", 0755);
        chown(key, ALICE.uid(), 4000);
        chmod(key, 02755);
        fs.setAcl(ALICE, key, Kind.ACCESS, acl(7, 7, 5));
        assertThat(stat(key).mode()).isEqualTo(0775);
        chmod(key, 02755);
        set(key, Kind.ACCESS, acl(7, 7, 5));
        assertThat(stat(key).mode()).isEqualTo(02775);
    }

    @Test
    void defaultListTakesThePlaceOfTheUmask() throws FsException {
        Caller strict = Caller.of(1001, 2001, Set.of(), 077);
        Key directory = directory(ROOT, "d", 0777);
        set(directory, Kind.DEFAULT, acl(7, 7, 5));
        Key file = fs.makeNode(strict, directory, name("f"), FlareType.FILE, 0666, 0)
                .key();
        assertThat(stat(file).mode()).isEqualTo(0664);
        assertThat(fs.getAcl(file, Kind.ACCESS)).isEmpty();
        assertThat(fs.getAcl(file, Kind.DEFAULT)).isEmpty();
    }

    @Test
    void newFlaresInheritTheDefaultList() throws FsException {
        Key directory = directory(ROOT, "d", 0777);
        Acl defaults = acl(7, 6, 4, user(BOB, 7), group(3000, 6), mask(7));
        set(directory, Kind.DEFAULT, defaults);
        Key file = make(ALICE, FlareType.FILE, directory, "f", 0640);
        assertThat(fs.getAcl(file, Kind.ACCESS)).contains(acl(6, 6, 0, user(BOB, 7), group(3000, 6), mask(4)));
        assertThat(stat(file).mode()).isEqualTo(0640);
        Key below = make(ALICE, FlareType.DIRECTORY, directory, "d", 0755);
        assertThat(fs.getAcl(below, Kind.DEFAULT)).contains(defaults);
        assertThat(fs.getAcl(below, Kind.ACCESS)).contains(acl(7, 6, 4, user(BOB, 7), group(3000, 6), mask(5)));
        assertThat(stat(below).mode()).isEqualTo(0754);
        Key link = make(ALICE, FlareType.SYMLINK, directory, "l", 0777);
        assertThat(stat(link).mode()).isEqualTo(0777);
        try (var created = fs.create(ALICE, below, name("c"), 0600, true, BOTH).file()) {
            assertThat(stat(created.flare()).mode()).isEqualTo(0600);
            assertThat(fs.getAcl(created.flare(), Kind.ACCESS)).isPresent();
        }
    }

    @Test
    void linkAndRenameInheritNothing() throws FsException {
        Key directory = directory(ROOT, "d", 0777);
        set(directory, Kind.DEFAULT, acl(7, 7, 7, user(BOB, 7), mask(7)));
        Key key = file(ALICE, "f", 0600);
        fs.link(ROOT, key, directory, name("l"));
        rename(top, "f", directory, "r");
        assertThat(fs.getAcl(key, Kind.ACCESS)).isEmpty();
        assertThat(stat(key).mode()).isEqualTo(0600);
    }

    @Test
    void largestListIsKept() throws Exception {
        Entry[] users = new Entry[Acl.MAX_ENTRIES - 4];
        for (int i = 0; i < users.length; i++) {
            users[i] = new Entry(Tag.USER, 10_000 + i, i & 7);
        }
        users[0] = new Entry(Tag.USER, 0xffff_fffe, 7);
        List<Entry> all = new ArrayList<>(List.of(users));
        all.add(mask(7));
        Acl large = acl(7, 7, 7, all.toArray(new Entry[0]));
        Key key = file(ALICE, "f", 0600);
        set(key, Kind.ACCESS, large);
        crash();
        assertThat(fs.getAcl(key, Kind.ACCESS)).contains(large);
    }
}
