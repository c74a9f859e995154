package magma.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import magma.fs.Acl.Entry;
import magma.fs.Acl.Tag;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PermissionsTest {
    private static final int OWNER = 10;
    private static final int GROUP = 20;

    private static Caller caller(int uid, int gid, Integer... groups) {
        return Caller.of(uid, gid, Set.of(groups), 0);
    }

    private static boolean allow(Caller caller, int mode, @Nullable Acl acl, int wanted) {
        return Permissions.allow(caller, FlareType.FILE, OWNER, GROUP, mode, acl, wanted);
    }

    @Test
    void firstClassThatFitsDecides() {
        Caller owner = caller(OWNER, GROUP);
        Caller member = caller(11, GROUP);
        Caller supplementary = caller(12, 5, 6, GROUP);
        Caller other = caller(13, 5, 6);
        for (int mode = 0; mode <= 0777; mode++) {
            for (int wanted = 0; wanted <= 7; wanted++) {
                assertThat(allow(owner, mode, null, wanted)).isEqualTo((mode >> 6 & wanted) == wanted);
                assertThat(allow(member, mode, null, wanted)).isEqualTo((mode >> 3 & wanted) == wanted);
                assertThat(allow(supplementary, mode, null, wanted)).isEqualTo((mode >> 3 & wanted) == wanted);
                assertThat(allow(other, mode, null, wanted)).isEqualTo((mode & wanted) == wanted);
            }
        }
    }

    @Test
    void superuserExecutesOnlyWhatSomebodyMayExecute() {
        Caller root = caller(0, 0);
        assertThat(allow(root, 0, null, 6)).isTrue();
        assertThat(allow(root, 0666, null, 1)).isFalse();
        assertThat(allow(root, 0010, null, 7)).isTrue();
        assertThat(Permissions.allow(root, FlareType.DIRECTORY, OWNER, GROUP, 0, null, 7))
                .isTrue();
    }

    @Test
    void groupsAreNotAskedForWhenNothingHangsOnThem() {
        Caller lazy = Caller.of(
                13,
                5,
                () -> {
                    throw new AssertionError("looked up the groups");
                },
                0);
        assertThat(allow(lazy, 0644, null, 4)).isTrue();
        assertThat(allow(lazy, 0755, null, 2)).isFalse();
        assertThat(Permissions.allow(lazy, FlareType.FILE, 13, GROUP, 0700, null, 7))
                .isTrue();
    }

    private static Acl acl(int user, int group, int mask, int other, Entry... named) {
        List<Entry> entries = new ArrayList<>(List.of(named));
        entries.add(new Entry(Tag.USER_OBJECT, -1, user));
        entries.add(new Entry(Tag.GROUP_OBJECT, -1, group));
        entries.add(new Entry(Tag.MASK, -1, mask));
        entries.add(new Entry(Tag.OTHER, -1, other));
        return new Acl(entries);
    }

    private static boolean allow(Caller caller, Acl acl, int wanted) {
        return allow(caller, acl.mode(), acl, wanted);
    }

    @Test
    void maskBoundsAllButOwnerAndOther() {
        Acl acl = acl(7, 7, 1, 6, new Entry(Tag.USER, 11, 7), new Entry(Tag.GROUP, 30, 7));
        assertThat(allow(caller(OWNER, 5), acl, 7)).isTrue();
        assertThat(allow(caller(11, 5), acl, 1)).isTrue();
        assertThat(allow(caller(11, 5), acl, 2)).isFalse();
        assertThat(allow(caller(12, 30), acl, 4)).isFalse();
        assertThat(allow(caller(12, GROUP), acl, 4)).isFalse();
        assertThat(allow(caller(12, 5), acl, 6)).isTrue();
    }

    @Test
    void namedUserIsNotJudgedByGroupsOrOther() {
        Acl acl = acl(7, 7, 7, 7, new Entry(Tag.USER, 11, 0));
        assertThat(allow(caller(11, GROUP), acl, 4)).isFalse();
        assertThat(allow(caller(11, 5), acl, 4)).isFalse();
    }

    @Test
    void anyOneGroupMayGrantButNotTwoTogether() {
        Acl acl = acl(7, 1, 7, 7, new Entry(Tag.GROUP, 30, 2), new Entry(Tag.GROUP, 31, 4));
        Caller all = caller(12, GROUP, 30, 31);
        assertThat(allow(all, acl, 1)).isTrue();
        assertThat(allow(all, acl, 2)).isTrue();
        assertThat(allow(all, acl, 4)).isTrue();
        assertThat(allow(all, acl, 6)).isFalse();
        assertThat(allow(caller(12, 5), acl, 7)).isTrue();
    }
}
