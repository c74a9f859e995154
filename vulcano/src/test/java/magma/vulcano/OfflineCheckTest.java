package magma.vulcano;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The check of a data directory on which no vulcano runs sees what a start will make of it, and changes no byte. */
class OfflineCheckTest {
    @TempDir
    Path temp;

    /** What a kill leaves while a file is unlinked and open. */
    private Path afterAKill() throws Exception {
        Name name = Name.of("file".getBytes(UTF_8));
        Path data = temp.resolve("data");
        Path image = temp.resolve("image");
        try (DataDirectory directory = DataDirectory.create(data, "test");
                Store store = LavaStore.open(directory)) {
            directory.found();
            directory.announce("127.0.0.1:1");
            try (FileSystem session = store.volume().openSession("test", ChangeListener.NONE)) {
                Key root = session.root();
                OpenFile file = session.create(Caller.ROOT, root, name, 0600, true, Set.of(OpenOption.WRITE))
                        .file();
                assertThat(file.write(Caller.ROOT, ByteBuffer.wrap(new byte[300_000]), 5 << 20))
                        .isEqualTo(300_000);
                file.sync(false);
                session.unlink(Caller.ROOT, root, name);
                DirectoryImage.copy(data, image);
                file.close();
            }
        }
        return image;
    }

    @Test
    void itTellsWhatTheNextStartFinishesAndChangesNoByte() throws Exception {
        Path image = afterAKill();
        Files.writeString(lastSegment(image), "torn", StandardOpenOption.APPEND);
        Map<String, String> before = DirectoryImage.everything(image);
        for (int round = 0; round < 2; round++) {
            OfflineCheck.Findings findings = OfflineCheck.namespace(image);
            assertThat(findings.problems()).isEmpty();
            assertThat(findings.checked()).contains("0 files", "1 directories", "0 unlinked and open");
            assertThat(findings.unfinished())
                    .anySatisfy(what -> assertThat(what).matches("bytes cut off the end of the log.*: [0-9]+"))
                    .anySatisfy(what -> assertThat(what).matches("files removed that were unlinked.*: 1"))
                    .anySatisfy(what -> assertThat(what).matches("files freed of content.*: 1"));
            assertThat(DirectoryImage.everything(image)).isEqualTo(before);
        }
        try (DataDirectory directory = DataDirectory.open(image);
                Store store = LavaStore.open(directory)) {
            assertThat(store.check().problems()).isEmpty();
        }
        OfflineCheck.Findings after = OfflineCheck.namespace(image);
        assertThat(after.unfinished()).noneMatch(what -> what.contains("unlinked") || what.contains("cut off"));
        assertThat(after.problems()).isEmpty();
    }

    private static Path lastSegment(Path data) throws Exception {
        try (Stream<Path> segments = Files.list(data.resolve("storage/log"))) {
            return segments.sorted().reduce((first, second) -> second).orElseThrow();
        }
    }

    @Test
    void aVulcanoThatRunsKeepsItOut() throws Exception {
        Path image = afterAKill();
        try (DataDirectory directory = DataDirectory.open(image)) {
            assertThat(directory.isNew()).isFalse();
            assertThatThrownBy(() -> OfflineCheck.namespace(image))
                    .isInstanceOf(RefusalException.class)
                    .hasMessageContaining("already runs");
        }
    }
}
