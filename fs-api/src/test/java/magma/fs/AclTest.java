package magma.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import magma.fs.Acl.Entry;
import magma.fs.Acl.Tag;
import org.junit.jupiter.api.Test;

class AclTest {
    private static final Entry OWNER = new Entry(Tag.USER_OBJECT, -1, 7);
    private static final Entry GROUP = new Entry(Tag.GROUP_OBJECT, -1, 5);
    private static final Entry OTHER = new Entry(Tag.OTHER, -1, 1);
    private static final Entry MASK = new Entry(Tag.MASK, -1, 6);

    private static Acl acl(Entry... entries) {
        return new Acl(List.of(entries));
    }

    private static void invalid(Entry... entries) {
        assertThatThrownBy(() -> acl(entries)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void modeAndMinimalListSayTheSame() {
        for (int mode = 0; mode <= 0777; mode++) {
            Acl acl = Acl.ofMode(mode);
            assertThat(acl.mode()).isEqualTo(mode);
            assertThat(acl.isMinimal()).isTrue();
        }
        assertThat(Acl.ofMode(07751)).isEqualTo(acl(OWNER, GROUP, OTHER));
    }

    @Test
    void entriesAreSortedByTagAndUnsignedId() {
        Entry small = new Entry(Tag.USER, 5, 1);
        Entry large = new Entry(Tag.USER, 0xffff_fffe, 2);
        Entry group = new Entry(Tag.GROUP, 1, 3);
        List<Entry> sorted = List.of(OWNER, small, large, GROUP, group, MASK, OTHER);
        List<Entry> shuffled = new ArrayList<>(sorted);
        Collections.reverse(shuffled);
        assertThat(new Acl(shuffled).entries()).isEqualTo(sorted);
    }

    @Test
    void requiredEntriesMustBeThereOnce() {
        invalid();
        invalid(OWNER, GROUP);
        invalid(OWNER, OTHER);
        invalid(GROUP, OTHER);
        invalid(OWNER, GROUP, OTHER, new Entry(Tag.OTHER, -1, 0));
        invalid(OWNER, GROUP, OTHER, MASK, MASK);
    }

    @Test
    void namedEntriesNeedAMaskAndDistinctIds() {
        Entry user = new Entry(Tag.USER, 5, 1);
        invalid(OWNER, GROUP, OTHER, user);
        invalid(OWNER, GROUP, OTHER, new Entry(Tag.GROUP, 5, 1));
        invalid(OWNER, GROUP, OTHER, MASK, user, new Entry(Tag.USER, 5, 2));
        assertThat(acl(OWNER, GROUP, OTHER, MASK, user, new Entry(Tag.GROUP, 5, 2))
                        .entries())
                .hasSize(6);
    }

    @Test
    void maskAloneMakesAListThatIsNotMinimal() {
        Acl acl = acl(OWNER, GROUP, OTHER, MASK);
        assertThat(acl.isMinimal()).isFalse();
        assertThat(acl.mode()).isEqualTo(0761);
    }

    @Test
    void permissionsAreThreeBits() {
        assertThatThrownBy(() -> new Entry(Tag.OTHER, -1, 8)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Entry(Tag.USER, 1, -1)).isInstanceOf(IllegalArgumentException.class);
        assertThat(new Entry(Tag.MASK, 77, 3)).isEqualTo(new Entry(Tag.MASK, -1, 3));
    }

    @Test
    void listsAreBounded() {
        List<Entry> entries = new ArrayList<>(List.of(OWNER, GROUP, OTHER, MASK));
        while (entries.size() < Acl.MAX_ENTRIES) {
            entries.add(new Entry(Tag.USER, entries.size(), 1));
        }
        assertThat(new Acl(entries).entries()).hasSize(Acl.MAX_ENTRIES);
        entries.add(new Entry(Tag.USER, 1_000_000, 1));
        assertThatThrownBy(() -> new Acl(entries)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void chmodGoesToTheGroupWhereThereIsNoMask() {
        assertThat(Acl.ofMode(0751).withMode(04640)).isEqualTo(Acl.ofMode(0640));
    }

    @Test
    void chmodGoesToTheMaskWhereThereIsOne() {
        Entry user = new Entry(Tag.USER, 5, 7);
        Acl changed = acl(OWNER, user, GROUP, MASK, OTHER).withMode(0642);
        assertThat(changed.mode()).isEqualTo(0642);
        assertThat(changed.permissions(Tag.GROUP_OBJECT)).isEqualTo(5);
        assertThat(changed.permissions(Tag.MASK)).isEqualTo(4);
        assertThat(changed.entries()).contains(user);
    }

    @Test
    void absentTagHasNoPermissions() {
        Acl acl = Acl.ofMode(0);
        assertThat(acl.has(Tag.MASK)).isFalse();
        assertThatThrownBy(() -> acl.permissions(Tag.MASK)).isInstanceOf(IllegalArgumentException.class);
    }
}
