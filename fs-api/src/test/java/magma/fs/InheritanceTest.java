package magma.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import magma.fs.Acl.Entry;
import magma.fs.Acl.Tag;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class InheritanceTest {
    private static final int DIRECTORY_GROUP = 50;

    private static Caller caller(int umask, Integer... groups) {
        return Caller.of(10, 20, Set.of(groups), umask);
    }

    private static Inheritance born(
            Caller caller, FlareType type, int directoryMode, @Nullable Acl defaults, int mode) {
        return Inheritance.of(caller, type, DIRECTORY_GROUP, directoryMode, defaults, mode);
    }

    @Test
    void groupIsTheCallersUnlessTheDirectorySetsIt() {
        for (FlareType type : FlareType.values()) {
            assertThat(born(caller(0), type, 0777, null, 0644).gid()).isEqualTo(20);
            assertThat(born(caller(0), type, 02777, null, 0644).gid()).isEqualTo(DIRECTORY_GROUP);
        }
    }

    @Test
    void onlyDirectoriesInheritSetGroupId() {
        assertThat(born(caller(0), FlareType.DIRECTORY, 02777, null, 0755).mode())
                .isEqualTo(02755);
        assertThat(born(caller(0), FlareType.DIRECTORY, 0777, null, 0755).mode())
                .isEqualTo(0755);
        assertThat(born(caller(0), FlareType.FILE, 02777, null, 0755).mode()).isEqualTo(0755);
        assertThat(born(caller(0), FlareType.FIFO, 02777, null, 0755).mode()).isEqualTo(0755);
    }

    @Test
    void umaskIsTakenFromPermissionsOnly() {
        assertThat(born(caller(027), FlareType.FILE, 0777, null, 07777).mode()).isEqualTo(07750);
        assertThat(born(caller(0777), FlareType.DIRECTORY, 02777, null, 01777).mode())
                .isEqualTo(03000);
        assertThat(born(caller(077), FlareType.SYMLINK, 0777, null, 0600).mode())
                .isEqualTo(0777);
    }

    @Test
    void setGroupIdForAForeignGroupIsDroppedWhereItWouldBeExecutable() {
        assertThat(born(caller(0), FlareType.FILE, 02777, null, 02755).mode()).isEqualTo(0755);
        assertThat(born(caller(0), FlareType.SOCKET, 02777, null, 02755).mode()).isEqualTo(0755);
        assertThat(born(caller(0), FlareType.FILE, 02777, null, 02745).mode()).isEqualTo(02745);
        assertThat(born(caller(0, DIRECTORY_GROUP), FlareType.FILE, 02777, null, 02755)
                        .mode())
                .isEqualTo(02755);
        assertThat(born(Caller.ROOT, FlareType.FILE, 02777, null, 02755).mode()).isEqualTo(02755);
        assertThat(born(caller(0), FlareType.FILE, 0777, null, 02755).mode()).isEqualTo(02755);
    }

    @Test
    void setGroupIdIsDroppedBeforeUmaskAndListHideTheExecution() {
        assertThat(born(caller(010), FlareType.FILE, 02777, null, 02755).mode()).isEqualTo(0745);
        Acl defaults = Acl.ofMode(0765);
        assertThat(born(caller(0), FlareType.FILE, 02777, defaults, 02777).mode())
                .isEqualTo(0765);
    }

    @Test
    void defaultListTakesThePlaceOfTheUmask() {
        Inheritance born = born(caller(077), FlareType.FILE, 0777, Acl.ofMode(0775), 0666);
        assertThat(born.mode()).isEqualTo(0664);
        assertThat(born.access()).isNull();
        assertThat(born.defaults()).isNull();
    }

    @Test
    void listIsCutToWhatWasAskedFor() {
        Acl defaults = new Acl(List.of(
                new Entry(Tag.USER_OBJECT, -1, 7),
                new Entry(Tag.USER, 11, 7),
                new Entry(Tag.GROUP_OBJECT, -1, 6),
                new Entry(Tag.MASK, -1, 7),
                new Entry(Tag.OTHER, -1, 5)));
        Inheritance file = born(caller(0), FlareType.FILE, 0777, defaults, 0640);
        assertThat(file.mode()).isEqualTo(0640);
        assertThat(file.defaults()).isNull();
        Acl access = Objects.requireNonNull(file.access());
        assertThat(access.entries())
                .containsExactly(
                        new Entry(Tag.USER_OBJECT, -1, 6),
                        new Entry(Tag.USER, 11, 7),
                        new Entry(Tag.GROUP_OBJECT, -1, 6),
                        new Entry(Tag.MASK, -1, 4),
                        new Entry(Tag.OTHER, -1, 0));
        Inheritance directory = born(caller(0), FlareType.DIRECTORY, 02777, defaults, 0755);
        assertThat(directory.mode()).isEqualTo(02755);
        assertThat(directory.defaults()).isEqualTo(defaults);
        Inheritance link = born(caller(0), FlareType.SYMLINK, 0777, defaults, 0777);
        assertThat(link.access()).isNull();
        assertThat(link.mode()).isEqualTo(0777);
    }
}
