package magma.storage.xodus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import magma.dht.storage.Installed;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.Storage;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.dht.storage.Visibility;
import magma.storage.xodus.StorageTool.Progress;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A storage as a killed process left it is read, and written to in memory, and no byte of it changes. */
class StorageOnTrialTest {
    private static final int RECORDS = 40;
    private static final int FLUSHED = 25;

    @TempDir
    Path temp;

    private Path place;
    private Map<Path, String> before;

    @BeforeEach
    void leaveWhatAKillLeaves() throws Exception {
        Path live = temp.resolve("live");
        place = temp.resolve("storage");
        try (XodusStorage storage = XodusStorage.create(live, Small.SETTINGS)) {
            for (int i = 1; i <= RECORDS; i++) {
                List<Mutation> mutations = List.of(
                        new Mutation.Put(Workload.id(1, 1, i), new byte[] {(byte) i}),
                        new Mutation.Write(Workload.id(1, 2, i), 0, 0, ByteBuffer.wrap(content(i))));
                storage.append(new LogRecord(1, new Version(1, i), mutations), Purpose.GROW);
                storage.commit(1, new Version(1, i));
                if (i == FLUSHED) {
                    storage.settle();
                }
            }
            Places.copy(live, place);
        }
        Files.writeString(Places.last(place), "torn by the kill", StandardOpenOption.APPEND);
        Files.write(lastOfIndex(), new byte[] {1, 2, 3}, StandardOpenOption.APPEND);
        before = everything(place);
    }

    private static byte[] content(int number) {
        byte[] bytes = new byte[20_000];
        bytes[number] = (byte) number;
        return bytes;
    }

    private Path lastOfIndex() throws Exception {
        try (Stream<Path> files = Files.list(place.resolve("index"))) {
            return files.filter(file -> file.toString().endsWith(".xd"))
                    .sorted()
                    .reduce((first, second) -> second)
                    .orElseThrow();
        }
    }

    /** Names, times of change and bytes. */
    private static Map<Path, String> everything(Path place) throws Exception {
        Map<Path, String> found = new HashMap<>();
        try (Stream<Path> files = Files.walk(place)) {
            for (Path file : files.toList()) {
                String bytes =
                        Files.isDirectory(file) ? "" : java.util.HexFormat.of().formatHex(Files.readAllBytes(file));
                found.put(file, Files.getLastModifiedTime(file) + " " + bytes);
            }
        }
        return found;
    }

    private StorageOnTrial trial() throws StorageException {
        StorageOnTrial trial = StorageOnTrial.open(place, Small.SETTINGS);
        Workload.commitAll(trial);
        return trial;
    }

    @Test
    void itReadsWhatAStartWouldReadAndChangesNoByte() throws Exception {
        List<StoredRecord> found;
        try (StorageOnTrial trial = trial()) {
            found = trial.scan(Workload.FIRST, Workload.LAST, 1000);
            assertThat(trial.tornBytes()).isEqualTo("torn by the kill".length());
            assertThat(trial.tails()).isEqualTo(Map.of(1L, new Version(1, RECORDS)));
            for (int i = 1; i <= RECORDS; i++) {
                ByteBuffer to = ByteBuffer.allocate(20_000);
                trial.readContent(Workload.id(1, 2, i), 0, to, Visibility.ALL);
                assertThat(to.array()).isEqualTo(content(i));
            }
        }
        assertThat(everything(place)).isEqualTo(before);
        try (XodusStorage storage = XodusStorage.open(place, Small.SETTINGS)) {
            Workload.commitAll(storage);
            List<StoredRecord> started = storage.scan(Workload.FIRST, Workload.LAST, 1000);
            assertThat(found).hasSize(2 * RECORDS).usingRecursiveComparison().isEqualTo(started);
        }
    }

    @Test
    void whatIsWrittenIsSeenUntilItIsClosed() throws Exception {
        try (StorageOnTrial trial = trial()) {
            List<Mutation> mutations = List.of(
                    new Mutation.Put(Workload.id(1, 1, 1), new byte[] {100}),
                    new Mutation.Delete(Workload.id(1, 1, 2)),
                    new Mutation.Delete(Workload.id(1, 2, 3)),
                    new Mutation.Punch(Workload.id(1, 2, 4), 0, 100));
            trial.append(new LogRecord(1, new Version(2, RECORDS + 1), mutations), Purpose.RELEASE);
            assertThat(trial.get(Workload.id(1, 1, 2))).isNotNull();
            trial.commit(1, new Version(2, RECORDS + 1));
            trial.sync();
            assertThat(trial.get(Workload.id(1, 1, 1)))
                    .satisfies(record -> assertThat(record.value()).containsExactly(100));
            assertThat(trial.get(Workload.id(1, 1, 2))).isNull();
            assertThat(trial.runs(Workload.id(1, 2, 3), Visibility.ALL)).isEmpty();
            assertThat(trial.runs(Workload.id(1, 2, 4), Visibility.ALL)).containsExactly(new Storage.Run(100, 20_000));
            assertThat(trial.tails()).containsEntry(1L, new Version(2, RECORDS + 1));
        }
        assertThat(everything(place)).isEqualTo(before);
        try (StorageOnTrial trial = trial()) {
            assertThat(trial.get(Workload.id(1, 1, 2))).isNotNull();
        }
    }

    @Test
    void whatAKillLeftUncommittedIsListedCommittedOrTruncated() throws Exception {
        try (StorageOnTrial trial = StorageOnTrial.open(place, Small.SETTINGS)) {
            assertThat(trial.commits()).isEqualTo(Map.of(1L, new Version(1, RECORDS - 1)));
            assertThat(trial.get(Workload.id(1, 2, RECORDS))).isNull();
            assertThat(trial.uncommitted(1)).singleElement().satisfies(record -> {
                assertThat(record.version()).isEqualTo(new Version(1, RECORDS));
                Mutation.Write write = (Mutation.Write) record.mutations().get(1);
                assertThat(write.data()).isEqualTo(ByteBuffer.wrap(content(RECORDS)));
            });
            trial.commit(1, new Version(1, RECORDS));
            assertThat(trial.get(Workload.id(1, 2, RECORDS))).isNotNull();
            assertThat(trial.uncommitted(1)).isEmpty();
        }
        try (StorageOnTrial trial = StorageOnTrial.open(place, Small.SETTINGS)) {
            trial.truncate(1, new Version(1, RECORDS - 1));
            assertThat(trial.uncommitted(1)).isEmpty();
            assertThat(trial.tails()).isEqualTo(Map.of(1L, new Version(1, RECORDS - 1)));
        }
        assertThat(everything(place)).isEqualTo(before);
    }

    @Test
    void anInstallationIsTriedInMemory() throws Exception {
        try (StorageOnTrial trial = trial()) {
            trial.beginInstall(1);
            assertThat(trial.tails()).isEmpty();
            List<Installed> items = List.of(
                    new Installed(new Mutation.Put(Workload.id(1, 1, 1), new byte[] {77}), new Version(3, 3)),
                    new Installed(new Mutation.Delete(Workload.id(1, 2, 1)), new Version(3, 3)));
            trial.install(1, items, Purpose.GROW);
            trial.endInstall(1, new Version(3, 2));
            assertThat(trial.get(Workload.id(1, 2, 1))).isNull();
            assertThat(trial.commits()).isEqualTo(Map.of(1L, new Version(3, 2)));
        }
        assertThat(everything(place)).isEqualTo(before);
    }

    @Test
    void whatIsNotCommittedCanBeTruncated() throws Exception {
        try (StorageOnTrial trial = trial()) {
            List<Mutation> mutations = List.of(new Mutation.Delete(Workload.id(1, 1, 2)));
            trial.append(new LogRecord(1, new Version(2, RECORDS + 1), mutations), Purpose.RELEASE);
            trial.truncate(1, new Version(1, RECORDS));
            trial.commit(1, new Version(2, RECORDS + 1));
            assertThat(trial.get(Workload.id(1, 1, 2))).isNotNull();
            assertThat(trial.tails()).containsEntry(1L, new Version(1, RECORDS));
            assertThatThrownBy(() -> trial.truncate(1, new Version(1, 3))).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void checkAndScrubChangeNoByte() throws Exception {
        assertThat(StorageTool.check(place, Progress.NONE).problems()).isEmpty();
        assertThat(everything(place)).isEqualTo(before);
        assertThat(StorageTool.scrub(place, Progress.NONE).problems()).isEmpty();
        assertThat(everything(place)).isEqualTo(before);
    }

    @Test
    void whoeverWritesKeepsItOut() throws Exception {
        try (XodusStorage storage = XodusStorage.open(place, Small.SETTINGS)) {
            assertThatThrownBy(this::trial).isInstanceOf(StorageException.class).hasMessageContaining("is in use");
            assertThat(storage.tails()).isNotEmpty();
        }
    }

    @Test
    void aMissingIndexIsSaidAndNotMade() throws Exception {
        try (Stream<Path> files = Files.list(place.resolve("index"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        assertThatThrownBy(this::trial).hasMessageContaining("magma storage rebuild");
        assertThat(place.resolve("index")).isEmptyDirectory();
    }
}
