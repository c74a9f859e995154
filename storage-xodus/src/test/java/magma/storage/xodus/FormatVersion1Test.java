package magma.storage.xodus;

import static magma.storage.xodus.Kept.content;
import static magma.storage.xodus.Kept.record;
import static magma.storage.xodus.Kept.write;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import magma.dht.storage.Mutation;
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

/**
 * A directory of format version 1 that was made once stays readable. It was made by {@link #main}, with the first build that had this format; it is not to be
 * made again, but every later version gets one of its own.
 */
class FormatVersion1Test {
    private static final String KEPT = "format-1";

    @TempDir
    Path temp;

    private Path place;

    @BeforeEach
    void copyWhatWasKept() throws Exception {
        place = Kept.copy(KEPT, temp.resolve("storage"));
    }

    public static void main(String[] args) throws Exception {
        Path live = Path.of(args[0]).resolve("live");
        XodusStorage storage = XodusStorage.create(live, Small.SETTINGS);
        for (int i = 1; i <= 8; i++) {
            write(storage, 1, i, put(i, "first"), new Mutation.Write(Workload.id(1, 2, 1), i * 1000, i, content(i)));
        }
        write(storage, 1, 9, put(2, "second"), new Mutation.Delete(Workload.id(1, 1, 3)));
        write(storage, 1, 10, new Mutation.Punch(Workload.id(1, 2, 1), 1500, 2500));
        storage.settle();
        write(storage, 2, 1, new Mutation.Write(Workload.id(2, 2, 1), 70_000, 0, content(50)));
        storage.append(record(2, 2, put(9, "truncated")), Purpose.GROW);
        storage.truncate(2, new Version(1, 1));
        storage.sync();
        // Not closed, so that the end of the log is still to be replayed.
        Places.copy(live, Path.of(args[0]).resolve(KEPT));
        storage.abandon();
    }

    private static Mutation put(int place, String text) {
        return new Mutation.Put(Workload.id(1, 1, place), text.getBytes(StandardCharsets.UTF_8));
    }

    private static void looksAsItDid(XodusStorage storage) throws StorageException {
        List<String> values = new ArrayList<>();
        for (StoredRecord record : storage.scan(Workload.FIRST, Workload.LAST, 100)) {
            values.add(new String(record.value(), StandardCharsets.UTF_8));
        }
        assertThat(values).containsExactly("first", "second", "first", "first", "first", "first", "first", "", "");
        assertThat(storage.tails()).isEqualTo(Map.of(1L, new Version(1, 10), 2L, new Version(1, 1)));
        assertThat(storage.runs(Workload.id(1, 2, 1), Visibility.ALL))
                .startsWith(new Run(1000, 1500), new Run(2500, 2900), new Run(3000, 3900))
                .hasSize(8);
        assertThat(storage.runs(Workload.id(1, 2, 1), generation -> generation < 8 ? 0 : 8500))
                .containsExactly(new Run(8000, 8500));
        ByteBuffer to = ByteBuffer.allocate(900);
        storage.readContent(Workload.id(2, 2, 1), 70_000, to, Visibility.ALL);
        assertThat(to.array()).isEqualTo(content(50).array());
        storage.readContent(Workload.id(1, 2, 1), 8000, to.clear(), Visibility.ALL);
        assertThat(to.array()).isEqualTo(content(8).array());
    }

    @Test
    void itOpens() throws Exception {
        try (XodusStorage storage = XodusStorage.open(place, Small.SETTINGS)) {
            looksAsItDid(storage);
            assertThat(storage.commits()).isEqualTo(storage.tails());
            assertThat(storage.isClean()).as("nobody knows").isFalse();
            write(storage, 2, 2, put(20, "new"));
            storage.append(record(2, 3, put(21, "waits")), Purpose.GROW);
            storage.abandon();
        }
        assertThat(Files.readString(place.resolve("format"))).contains("version 2");
        StorageTool.rebuild(place, Progress.NONE);
        try (XodusStorage storage = XodusStorage.open(place, Small.SETTINGS)) {
            assertThat(storage.get(Workload.id(1, 1, 20))).isNotNull();
            assertThat(storage.get(Workload.id(1, 1, 21))).isNull();
            assertThat(storage.uncommitted(2)).hasSize(1);
            storage.settle();
        }
    }

    @Test
    void itIsFoundSound() throws Exception {
        Report report = StorageTool.scrub(place, Progress.NONE);
        assertThat(report.problems()).isEmpty();
        assertThat(report.values()).isEqualTo(7);
    }

    @Test
    void itsIndexCanBeRebuilt() throws Exception {
        assertThat(StorageTool.rebuild(place, Progress.NONE).problems()).isEmpty();
        try (XodusStorage storage = XodusStorage.open(place, Small.SETTINGS)) {
            looksAsItDid(storage);
        }
        assertThat(Files.exists(place.resolve("index.old"))).isFalse();
    }
}
