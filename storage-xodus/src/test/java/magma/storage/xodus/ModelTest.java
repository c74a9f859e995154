package magma.storage.xodus;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.dht.storage.Visibility;
import magma.storage.xodus.StorageTool.Progress;
import magma.storage.xodus.StorageTool.Report;
import magma.testkit.storage.MemoryStorage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same random work on storage and on a model of it, with restarts, cleaning and rebuilding between; all must always look the same. */
class ModelTest {
    private static final int ROUNDS = 40;
    private static final int STEPS = 40;

    @TempDir
    Path temp;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void storageIsAsItsModel(long seed) throws Exception {
        Workload work = new Workload(seed, 60, 40_000);
        Random random = new Random(seed * 31);
        Path place = temp.resolve("storage");
        XodusStorage storage = XodusStorage.create(place, Small.SETTINGS);
        MemoryStorage model = new MemoryStorage();
        try {
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < STEPS; i++) {
                    for (Workload.Step step : work.next()) {
                        Workload.run(step, storage);
                        Workload.run(step, model);
                    }
                    if (i % 16 == 0) {
                        storage.forget();
                    }
                }
                String when = "seed " + seed + ", round " + round;
                work.compare(storage, model, when);
                int what = random.nextInt(6);
                if (what <= 1) {
                    storage.settle();
                } else if (what <= 4) {
                    if (what == 2) {
                        storage.close();
                    } else {
                        storage.abandon();
                    }
                    if (what == 4) {
                        Report report = StorageTool.rebuild(place, Small.SETTINGS, Progress.NONE);
                        assertThat(report.problems()).as(when).isEmpty();
                    }
                    storage = XodusStorage.open(place, Small.SETTINGS);
                    model = model.restart();
                    work.takeUp(storage, when);
                    work.takeUp(model, when);
                }
                work.compare(storage, model, when + ", after " + what);
            }
        } finally {
            storage.close();
        }
        Report report = StorageTool.scrub(place, Progress.NONE);
        assertThat(report.problems()).isEmpty();
        assertThat(report.verifiedBytes()).isGreaterThanOrEqualTo(report.contentBytes());
    }

    @Test
    void everythingDeletedGivesAllSpaceBack() throws Exception {
        Path place = temp.resolve("storage");
        try (XodusStorage storage = XodusStorage.create(place, Small.SETTINGS)) {
            Workload work = new Workload(9, 40, 50_000);
            for (int i = 0; i < 300; i++) {
                for (Workload.Step step : work.next()) {
                    Workload.run(step, storage);
                }
            }
            storage.settle();
            long full = storage.space().used();
            List<Mutation> deletes = new ArrayList<>();
            for (StoredRecord record : storage.scan(Workload.FIRST, Workload.LAST, Integer.MAX_VALUE)) {
                deletes.add(new Mutation.Delete(record.id()));
            }
            Version version = new Version(1000, 1);
            storage.append(new LogRecord(9, version, deletes), Purpose.RELEASE);
            storage.commit(9, version);
            storage.settle();
            assertThat(storage.scan(Workload.FIRST, Workload.LAST, 1)).isEmpty();
            assertThat(storage.runs(Workload.id(1, Workload.CONTENT, 0), Visibility.ALL))
                    .isEmpty();
            assertThat(storage.space().used()).isLessThan(full / 2);
        }
    }
}
