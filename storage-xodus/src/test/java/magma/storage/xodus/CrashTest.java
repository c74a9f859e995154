package magma.storage.xodus;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import magma.storage.xodus.StorageTool.Progress;
import magma.testkit.storage.MemoryStorage;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The process dies at a step of flushing or cleaning; a restart, and a restart after a rebuild, must find everything. */
class CrashTest {
    /** The index is not flushed but when the test says so. */
    private static final StorageSettings SETTINGS = Small.SETTINGS.withTableBytes(64 << 20);

    @TempDir
    Path temp;

    private static final class Died extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** Lets the test's own thread die when it comes to a step for the n-th time, and all others wherever they come to next. */
    private static final class Mine implements Steps {
        private final Thread thread = Thread.currentThread();
        private final String step;
        private int left;
        private volatile boolean dead;

        Mine(String step, int n) {
            this.step = step;
            this.left = n;
        }

        @Override
        public void at(String reached) {
            if (Thread.currentThread() == thread && reached.equals(step) && --left == 0) {
                dead = true;
            }
            if (dead) {
                throw new Died();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                Steps.FLUSH_BEGINS,
                Steps.FLUSH_WRITES,
                Steps.FLUSH_ENDS,
                Steps.CLEAN_COPIES,
                Steps.CLEAN_COPIED,
                Steps.CLEAN_FLUSHED,
                Steps.CLEAN_DELETED
            })
    void nothingIsLostWhereverItDies(String step) throws Exception {
        for (int n = 1; n <= 4; n++) {
            dieAt(step, n);
        }
    }

    private void dieAt(String step, int n) throws Exception {
        String when = step + ", time " + n;
        Path place = temp.resolve(step.replace(' ', '-') + n);
        Workload work = new Workload(n * 100L + step.length(), 50, 30_000);
        MemoryStorage model = new MemoryStorage();
        boolean died = false;
        XodusStorage storage = XodusStorage.create(place, SETTINGS, new Mine(step, n));
        List<Path> places = new ArrayList<>();
        for (int round = 0; round < 8 && !died; round++) {
            for (int i = 0; i < 40; i++) {
                for (Workload.Step next : work.next()) {
                    Workload.run(next, storage);
                    Workload.run(next, model);
                }
            }
            try {
                storage.settle();
            } catch (Died e) {
                died = true;
                places.add(Places.copy(place, temp.resolve(place.getFileName() + "-rebuilt")));
            }
        }
        storage.abandon();
        places.add(place);
        model = model.restart();
        work.takeUp(model, when);
        if (places.size() > 1) {
            StorageTool.rebuild(places.get(0), SETTINGS, Progress.NONE);
        }
        for (Path after : places) {
            try (XodusStorage restarted = XodusStorage.open(after, SETTINGS)) {
                work.takeUp(restarted, when);
                work.compare(restarted, model, when + " in " + after);
                restarted.settle();
                work.compare(restarted, model, when + " in " + after + ", settled");
            }
            assertThat(StorageTool.scrub(after, Progress.NONE).problems())
                    .as(when)
                    .isEmpty();
        }
        assertThat(died).as(when + " was reached").isTrue();
    }
}
