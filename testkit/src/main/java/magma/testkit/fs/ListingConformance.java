package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import magma.fs.Errno;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenDirectory;
import magma.fs.OpenDirectory.Entry;
import magma.fs.OpenDirectory.Page;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** readdir(3) as front ends need it: pages, cookies that stay good, and changes while somebody lists. */
public abstract class ListingConformance extends FileSystemConformance {

    private static List<Entry> all(OpenDirectory directory, int most) throws FsException {
        List<Entry> all = new ArrayList<>();
        long cookie = OpenDirectory.START;
        boolean end = false;
        while (!end) {
            Page page = directory.list(cookie, most, false);
            end = page.end();
            assertThat(end || !page.entries().isEmpty()).isTrue();
            for (Entry entry : page.entries()) {
                assertThat(entry.cookie()).isGreaterThan(OpenDirectory.RESERVED);
                cookie = entry.cookie();
            }
            all.addAll(page.entries());
        }
        return all;
    }

    private static List<String> names(List<Entry> entries) {
        return entries.stream().map(entry -> entry.name().toString()).toList();
    }

    private Set<String> fill(int count) throws FsException {
        Set<String> names = new TreeSet<>();
        for (int i = 0; i < count; i++) {
            file(ROOT, "entry" + i, 0644);
            names.add("entry" + i);
        }
        return names;
    }

    @Test
    void emptyDirectoryEndsAtOnce() throws FsException {
        try (OpenDirectory directory = fs.openDirectory(ROOT, top)) {
            assertThat(directory.flare()).isEqualTo(top);
            Page page = directory.list(OpenDirectory.START, 10, true);
            assertThat(page.entries()).isEmpty();
            assertThat(page.end()).isTrue();
        }
    }

    @Test
    void entriesSayWhatTheyLeadTo() throws FsException {
        Map<String, Key> made = new HashMap<>();
        for (FlareType type : FlareType.values()) {
            made.put(type.name(), make(ROOT, type, type.name(), 0644));
        }
        try (OpenDirectory directory = fs.openDirectory(ROOT, top)) {
            Page page = directory.list(OpenDirectory.START, 100, true);
            assertThat(page.entries()).hasSize(made.size());
            for (Entry entry : page.entries()) {
                assertThat(entry.flare()).isEqualTo(made.get(entry.name().toString()));
                assertThat(entry.type().name()).isEqualTo(entry.name().toString());
                assertThat(entry.attributes()).isEqualTo(stat(entry.flare()));
            }
            assertThat(directory.list(OpenDirectory.START, 100, false).entries())
                    .allSatisfy(entry -> assertThat(entry.attributes()).isNull());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 64, 1_000})
    void pagesOfEverySizeGiveAllOnceInTheSameOrder(int most) throws FsException {
        Set<String> names = fill(200);
        try (OpenDirectory directory = fs.openDirectory(ROOT, top)) {
            List<String> listed = names(all(directory, most));
            assertThat(listed).hasSameSizeAs(names);
            assertThat(new TreeSet<>(listed)).isEqualTo(names);
            assertThat(names(all(directory, 10))).isEqualTo(listed);
        }
    }

    @Test
    void everyCookieContinuesRightAfterItsEntry() throws FsException {
        fill(100);
        try (OpenDirectory directory = fs.openDirectory(ROOT, top)) {
            List<Entry> all = all(directory, 1_000);
            for (int i = 0; i < all.size(); i++) {
                long cookie = all.get(i).cookie();
                List<Entry> expected = all.subList(i + 1, all.size()).stream()
                        .filter(entry -> entry.cookie() != cookie)
                        .toList();
                Page page = directory.list(cookie, 1_000, false);
                assertThat(names(page.entries())).isEqualTo(names(expected));
                assertThat(page.end()).isTrue();
            }
        }
    }

    @Test
    void cookieOutlivesItsEntryAndItsSession() throws FsException {
        fill(50);
        List<Entry> all;
        try (OpenDirectory directory = fs.openDirectory(ROOT, top)) {
            all = all(directory, 1_000);
        }
        Entry middle = all.get(25);
        fs.unlink(ROOT, top, middle.name());
        try (OpenDirectory directory = fs.openDirectory(ROOT, top)) {
            List<Entry> rest = directory.list(middle.cookie(), 1_000, false).entries();
            List<Entry> behind = all.stream()
                    .filter(entry -> entry.cookie() > middle.cookie())
                    .toList();
            assertThat(names(rest)).isEqualTo(names(behind));
        }
    }

    @Test
    void whatStaysIsListedOnceWhileOthersComeAndGo() throws FsException {
        Set<String> staying = fill(400);
        for (int i = 0; i < 100; i++) {
            file(ROOT, "going" + i, 0644);
        }
        Random random = new Random(5);
        List<String> listed = new ArrayList<>();
        try (OpenDirectory directory = fs.openDirectory(ROOT, top)) {
            long cookie = OpenDirectory.START;
            for (int i = 0; ; i++) {
                Page page = directory.list(cookie, 10, false);
                for (Entry entry : page.entries()) {
                    listed.add(entry.name().toString());
                    cookie = entry.cookie();
                }
                if (page.end()) {
                    break;
                }
                file(ROOT, "coming" + i, 0644);
                if (i < 100) {
                    fs.unlink(ROOT, top, name("going" + i));
                    rename(top, "coming" + i, top, "renamed" + random.nextInt());
                }
            }
        }
        assertThat(new HashSet<>(listed)).hasSameSizeAs(listed);
        assertThat(listed).containsAll(staying);
    }

    @Test
    void removingAllWhileListingEndsAndLeavesNothing() throws FsException {
        fill(300);
        try (OpenDirectory directory = fs.openDirectory(ROOT, top)) {
            long cookie = OpenDirectory.START;
            boolean end = false;
            while (!end) {
                Page page = directory.list(cookie, 7, false);
                end = page.end();
                for (Entry entry : page.entries()) {
                    fs.unlink(ROOT, top, entry.name());
                    cookie = entry.cookie();
                }
            }
        }
        assertThat(list(top)).isEmpty();
    }

    @Test
    void renamingEachEntryThatIsListedComesToAnEnd() throws FsException {
        fill(100);
        int listed = 0;
        try (OpenDirectory directory = fs.openDirectory(ROOT, top)) {
            long cookie = OpenDirectory.START;
            boolean end = false;
            while (!end && listed < 100_000) {
                Page page = directory.list(cookie, 5, false);
                end = page.end();
                for (Entry entry : page.entries()) {
                    rename(top, entry.name().toString(), top, "n" + listed++);
                    cookie = entry.cookie();
                }
            }
        }
        assertThat(listed).isLessThan(100_000);
        assertThat(list(top)).hasSize(100);
    }

    @Test
    void listingNeedsReadPermissionAtOpening() throws FsException {
        Key home = directory(ALICE, "home", 0711);
        make(ALICE, FlareType.FILE, home, "f", 0644);
        refused(Errno.EACCES, () -> fs.openDirectory(MALLORY, home));
        chmod(home, 0744);
        try (OpenDirectory directory = fs.openDirectory(MALLORY, home)) {
            chmod(home, 0700);
            assertThat(names(directory.list(OpenDirectory.START, 10, false).entries()))
                    .containsExactly("f");
        }
        refused(Errno.ENOTDIR, () -> fs.openDirectory(ROOT, file(ROOT, "f", 0644)));
        fs.openDirectory(ROOT, home).close();
    }

    @Test
    void closedDirectoryIsNotListed() throws FsException {
        OpenDirectory directory = fs.openDirectory(ROOT, top);
        directory.sync();
        directory.close();
        directory.close();
        refused(Errno.EBADF, () -> directory.list(OpenDirectory.START, 10, false));
    }

    @Test
    void oddNamesAreListedAsTheyAre() throws FsException {
        Set<Name> names = new HashSet<>();
        for (int b = 1; b < 256; b++) {
            if (b != '/' && b != '.') {
                names.add(Name.of(new byte[] {(byte) b}));
            }
        }
        names.add(name("n".repeat(Name.MAX_BYTES)));
        for (Name name : names) {
            fs.makeNode(ROOT, top, name, FlareType.FILE, 0644, 0);
        }
        try (OpenDirectory directory = fs.openDirectory(ROOT, top)) {
            Set<Name> listed = new HashSet<>();
            all(directory, 20).forEach(entry -> listed.add(entry.name()));
            assertThat(listed).isEqualTo(names);
        }
    }
}
