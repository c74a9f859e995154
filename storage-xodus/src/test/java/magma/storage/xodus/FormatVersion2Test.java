package magma.storage.xodus;

import static magma.storage.xodus.Kept.content;
import static magma.storage.xodus.Kept.record;
import static magma.storage.xodus.Kept.write;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import magma.dht.storage.Installed;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.Storage.Run;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.dht.storage.Visibility;
import magma.storage.xodus.StorageTool.Progress;
import magma.storage.xodus.StorageTool.Report;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory of format version 2 that was made once stays readable. As {@link FormatVersion1Test}, it is not to be made again. */
class FormatVersion2Test {
    private static final String KEPT = "format-2";
    private static final String BOOT = "01234567-89ab-cdef-0123-456789abcdef";
    private static final RecordId CHUNK = Workload.id(1, 2, 1);

    @TempDir
    Path temp;

    private Path place;

    @BeforeEach
    void copyWhatWasKept() throws Exception {
        place = Kept.copy(KEPT, temp.resolve("storage"));
    }

    public static void main(String[] args) throws Exception {
        Path live = Path.of(args[0]).resolve("live");
        StorageSettings settings = Small.SETTINGS.withSegmentBytes(4096);
        XodusStorage.create(live, settings).close();
        XodusStorage storage = XodusStorage.open(live, settings, Steps.NONE, BOOT);
        for (int i = 1; i <= 8; i++) {
            write(storage, 1, i, put(1, i, "first"), new Mutation.Write(CHUNK, i * 1000, i, content(i)));
        }
        write(storage, 1, 9, put(1, 2, "second"), new Mutation.Delete(Workload.id(1, 1, 3)));
        write(storage, 1, 10, new Mutation.Punch(CHUNK, 1500, 2500));
        storage.append(record(4, 1, put(4, 1, "waits")), Purpose.GROW);
        write(storage, 3, 50, put(3, 1, "astray"), put(3, 2, "astray"));
        // Cleaned: most of what slice 1 wrote to the chunk is written again.
        for (int i = 1; i <= 8; i++) {
            write(storage, 1, 10 + i, new Mutation.Write(CHUNK, i * 1000, i, content(i)));
        }
        write(storage, 1, 19, new Mutation.Punch(CHUNK, 1500, 2500));
        storage.settle();
        storage.append(record(3, 51, put(3, 2, "never")), Purpose.GROW);
        storage.beginInstall(3);
        storage.install(
                3,
                List.of(
                        new Installed(put(3, 1, "installed"), new Version(1, 41)),
                        new Installed(new Mutation.Delete(Workload.id(3, 1, 2)), new Version(1, 40))),
                Purpose.GROW);
        storage.endInstall(3, new Version(1, 40));
        write(storage, 2, 1, new Mutation.Write(Workload.id(2, 2, 1), 70_000, 0, content(50)));
        storage.append(record(2, 2, put(2, 9, "truncated")), Purpose.GROW);
        storage.truncate(2, new Version(1, 1));
        storage.append(record(2, 3, new Mutation.Write(Workload.id(2, 2, 2), 5, 1, content(51))), Purpose.GROW);
        storage.sync();
        // Not closed, so that the end of the log is still to be replayed.
        Places.copy(live, Path.of(args[0]).resolve(KEPT));
        storage.abandon();
    }

    private static Mutation put(long slice, int place, String text) {
        return new Mutation.Put(Workload.id(slice, 1, place), text.getBytes(StandardCharsets.UTF_8));
    }

    private static void looksAsItDid(XodusStorage storage) throws StorageException {
        List<String> values = new ArrayList<>();
        for (StoredRecord record : storage.scan(Workload.FIRST, Workload.LAST, 100)) {
            values.add(new String(record.value(), StandardCharsets.UTF_8));
        }
        assertThat(values)
                .containsExactly("first", "second", "first", "first", "first", "first", "first", "installed", "", "");
        assertThat(storage.tails())
                .isEqualTo(Map.of(
                        1L, new Version(1, 19), 2L, new Version(1, 3), 3L, new Version(1, 40), 4L, new Version(1, 1)));
        assertThat(storage.commits())
                .isEqualTo(Map.of(1L, new Version(1, 19), 2L, new Version(1, 1), 3L, new Version(1, 40)));
        assertThat(Workload.texts(storage.uncommitted(4)))
                .isEqualTo(Workload.texts(List.of(record(4, 1, put(4, 1, "waits")))));
        assertThat(Workload.texts(storage.uncommitted(2)))
                .isEqualTo(Workload.texts(
                        List.of(record(2, 3, new Mutation.Write(Workload.id(2, 2, 2), 5, 1, content(51))))));
        assertThat(storage.runs(CHUNK, Visibility.ALL))
                .startsWith(new Run(1000, 1500), new Run(2500, 2900), new Run(3000, 3900))
                .hasSize(8);
        assertThat(storage.get(CHUNK)).extracting(StoredRecord::version).isEqualTo(new Version(1, 19));
        ByteBuffer to = ByteBuffer.allocate(900);
        storage.readContent(Workload.id(2, 2, 1), 70_000, to, Visibility.ALL);
        assertThat(to.array()).isEqualTo(content(50).array());
        storage.readContent(CHUNK, 8000, to.clear(), Visibility.ALL);
        assertThat(to.array()).isEqualTo(content(8).array());
    }

    @Test
    void itOpens() throws Exception {
        try (XodusStorage storage = XodusStorage.open(place, Small.SETTINGS)) {
            looksAsItDid(storage);
            write(storage, 2, 4, put(2, 20, "new"));
        }
        try (XodusStorage storage = XodusStorage.open(place, Small.SETTINGS)) {
            assertThat(storage.get(Workload.id(2, 1, 20))).isNotNull();
            assertThat(storage.get(Workload.id(2, 2, 2))).isNotNull();
        }
    }

    @Test
    void itWasLeftOpenInItsBoot() throws Exception {
        XodusStorage storage = XodusStorage.open(place, Small.SETTINGS, Steps.NONE, BOOT);
        assertThat(storage.isClean()).isTrue();
        storage.abandon();
        try (XodusStorage later = XodusStorage.open(place, Small.SETTINGS)) {
            assertThat(later.isClean()).isFalse();
        }
    }

    @Test
    void itIsFoundSound() throws Exception {
        Report report = StorageTool.scrub(place, Progress.NONE);
        assertThat(report.problems()).isEmpty();
        assertThat(report.values()).isEqualTo(9);
    }

    @Test
    void itsIndexCanBeRebuilt() throws Exception {
        assertThat(StorageTool.rebuild(place, Progress.NONE).problems()).isEmpty();
        try (XodusStorage storage = XodusStorage.open(place, Small.SETTINGS)) {
            looksAsItDid(storage);
        }
    }
}
