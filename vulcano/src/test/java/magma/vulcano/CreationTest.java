package magma.vulcano;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import magma.storage.xodus.StorageSettings;
import magma.storage.xodus.XodusStorage;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Wherever the making of a network stops, the directory holds a network or can be given one, and nothing else is ever thrown away. */
class CreationTest {
    /** The files of a storage in the order in which they are made, the last first. */
    private static final List<String> STORAGE_BACKWARDS = List.of(
            "storage/format",
            "storage/mark",
            "storage/index/*.xd",
            "storage/index/*",
            "storage/index",
            "storage/log/*",
            "storage/log",
            "storage/lock",
            "storage");

    @TempDir
    Path temp;

    private int images;

    private Path image(Path data) throws IOException {
        return DirectoryImage.copy(data, temp.resolve("image" + images++));
    }

    /** What the directory looks like at each step of a creation. */
    private Map<String, Path> steps() throws IOException {
        Map<String, Path> steps = new LinkedHashMap<>();
        Path data = temp.resolve("data");
        steps.put("made", Files.createDirectory(temp.resolve("empty")));
        try (DataDirectory directory = DataDirectory.create(data, "test")) {
            Path marked = image(data);
            Files.delete(marked.resolve(Creation.MARK));
            steps.put("locked", marked);
            steps.put("marked", image(data));
            XodusStorage.create(directory.storage(), StorageSettings.DEFAULT).close();
            Path made = image(data);
            Path part = made;
            for (String last : STORAGE_BACKWARDS) {
                part = image(part);
                delete(part, last);
                steps.put("storage made but for " + last, part);
            }
            steps.put("storage made", made);
            Files.delete(data.resolve("storage/format"));
            Creation.discard(data);
            try (Store store = LavaStore.open(directory)) {
                assertThat(store.check().problems()).isEmpty();
                steps.put("root made", image(data));
                Path half = image(data);
                Files.writeString(half.resolve("network.new"), "magma-da");
                steps.put("network half written", half);
                directory.found();
                Path founded = image(data);
                Files.createFile(founded.resolve(Creation.MARK));
                steps.put("network there", founded);
                steps.put("done", image(data));
            }
        }
        return steps;
    }

    private static void delete(Path data, String pattern) throws IOException {
        PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + data.resolve(pattern));
        List<Path> found;
        try (Stream<Path> files = Files.walk(data)) {
            found = new ArrayList<>(files.filter(matcher::matches).toList());
        }
        for (Path file : found) {
            Files.delete(file);
        }
    }

    @TestFactory
    Stream<DynamicTest> itCanStopAnywhere() throws IOException {
        return steps().entrySet().stream()
                .map(step -> DynamicTest.dynamicTest(step.getKey(), () -> goesOn(step.getValue())));
    }

    private static void goesOn(Path data) throws IOException {
        boolean isThere = Files.exists(data.resolve("network"));
        boolean begun = Files.exists(data.resolve(Creation.MARK));
        if (isThere) {
            assertThatThrownBy(() -> DataDirectory.create(data, "again"))
                    .isInstanceOf(RefusalException.class)
                    .hasMessageContaining("already holds a network");
        } else {
            Map<String, String> before = DirectoryImage.everything(data);
            assertThatThrownBy(() -> DataDirectory.open(data))
                    .isInstanceOf(RefusalException.class)
                    .hasMessageContaining("--create");
            assertThat(DirectoryImage.everything(data)).isEqualTo(before);
            assertThat(DataDirectory.precheck(data, true).isPresent()).isEqualTo(begun);
            try (DataDirectory directory = DataDirectory.create(data, "again");
                    Store store = LavaStore.open(directory)) {
                directory.found();
                assertThat(store.check().problems()).isEmpty();
            }
        }
        try (DataDirectory directory = DataDirectory.open(data);
                Store store = LavaStore.open(directory)) {
            assertThat(directory.isNew()).isFalse();
            assertThat(store.check().checked()).contains("1 directories");
        }
        assertThat(data.resolve(Creation.MARK)).doesNotExist();
        assertThat(data.resolve("network.new")).doesNotExist();
    }

    @Test
    void aStorageThatMayBeSomebodysIsNeverThrownAway() throws Exception {
        Path data = temp.resolve("lost");
        try (DataDirectory directory = DataDirectory.create(data, "test");
                Store store = LavaStore.open(directory)) {
            directory.found();
            assertThat(store.check().problems()).isEmpty();
        }
        Files.delete(data.resolve("network"));
        Map<String, String> before = DirectoryImage.everything(data);
        assertThatThrownBy(() -> DataDirectory.create(data, "again"))
                .isInstanceOf(RefusalException.class)
                .hasMessageContaining("is not empty");
        assertThat(DirectoryImage.everything(data)).isEqualTo(before);
    }

    @Test
    void anUnfinishedCreationBesideOtherThingsIsLeftAlone() throws Exception {
        Path data = Files.createDirectory(temp.resolve("mixed"));
        Files.createFile(data.resolve(Creation.MARK));
        Files.writeString(data.resolve("letter"), "dear");
        assertThatThrownBy(() -> DataDirectory.create(data, "again"))
                .isInstanceOf(RefusalException.class)
                .hasMessageContaining("is not empty");
        assertThat(data.resolve("letter")).hasContent("dear");
    }

    @Test
    void aCreationUnderWayKeepsOthersOut() throws Exception {
        Path data = temp.resolve("data");
        try (DataDirectory directory = DataDirectory.create(data, "first")) {
            assertThatThrownBy(() -> DataDirectory.create(data, "second"))
                    .isInstanceOf(RefusalException.class)
                    .hasMessageContaining("already runs");
            assertThat(directory.isNew()).isTrue();
        }
    }
}
