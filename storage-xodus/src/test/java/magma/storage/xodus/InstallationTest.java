package magma.storage.xodus;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeSet;
import magma.dht.storage.Installed;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.storage.xodus.StorageTool.Progress;
import magma.testkit.storage.MemoryStorage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A slice is taken over from another storage while that goes on, over a history of its own that was another and had later versions, again and again; meanwhile the process dies
 * now and then, also in the middle of flushing and cleaning, and the index is made again from the log. In the end both must be the same.
 */
class InstallationTest {
    private static final int IDS = 40;
    private static final int LARGEST = 20_000;
    private static final int ROUNDS = 3;

    @TempDir
    Path temp;

    private final MemoryStorage source = new MemoryStorage();
    private final Map<Long, List<LogRecord>> entries = new HashMap<>();
    private Random random = new Random();
    private Workload work = new Workload(0, IDS, LARGEST);
    private Path place = Path.of("");
    private Dying steps = new Dying();
    private @Nullable XodusStorage opened;
    private String when = "";

    private static final class Died extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    /** Lets the test's thread die at the n-th step from when it is armed on, and all others after it. */
    private static final class Dying implements Steps {
        private final Thread thread = Thread.currentThread();
        private int left;
        private volatile boolean dead;

        @Override
        public void at(String step) {
            if (Thread.currentThread() == thread && left > 0 && --left == 0) {
                dead = true;
            }
            if (dead) {
                throw new Died();
            }
        }
    }

    private void begin(long seed) throws Exception {
        when = "seed " + seed;
        random = new Random(seed);
        work = new Workload(seed, IDS, LARGEST);
        place = temp.resolve("storage");
        opened = XodusStorage.create(place, Small.SETTINGS, steps);
    }

    private XodusStorage target() {
        return Objects.requireNonNull(opened);
    }

    @AfterEach
    void close() throws Exception {
        if (opened != null) {
            opened.close();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whatIsTakenOverIsTheSameInTheEnd(long seed) throws Exception {
        begin(seed);
        for (int round = 0; round < ROUNDS; round++) {
            sourceGoesOn(60);
            long slice = 1L + random.nextInt(3);
            when = "seed " + seed + ", round " + round + ", slice " + slice;
            Version at = source.commits().getOrDefault(slice, Version.NONE);
            if (at.equals(Version.NONE)) {
                continue;
            }
            if (random.nextInt(3) > 0) {
                goAstray(slice);
            }
            target().beginInstall(slice);
            trouble();
            copy(slice, at);
            trouble();
            target().endInstall(slice, at);
            trouble();
            follow(slice);
            compare(slice, "followed");
            reopen(true);
            compare(slice, "rebuilt");
            target().settle();
            compare(slice, "settled");
            reopen(true);
            compare(slice, "rebuilt again");
        }
        target().close();
        assertThat(StorageTool.scrub(place, Progress.NONE).problems()).as(when).isEmpty();
    }

    /** A later history in which versions are earlier must not undo what came before it. */
    @Test
    void recordsThatNothingWasInstalledOverStay() throws Exception {
        begin(0);
        write(new Version(9, 1), 1);
        write(new Version(9, 2), 2);
        target().beginInstall(1);
        target().endInstall(1, new Version(2, 5));
        write(new Version(2, 6), 3);
        target().append(put(new Version(2, 7), 4), Purpose.GROW);
        target().truncate(1, new Version(2, 6));
        for (int i = 0; i < 2; i++) {
            for (boolean rebuilt : new boolean[] {false, true}) {
                reopen(rebuilt);
                assertThat(ids(target(), 1))
                        .containsExactly(Workload.id(1, 1, 1), Workload.id(1, 1, 2), Workload.id(1, 1, 3));
                target().commit(1, new Version(2, 6));
            }
            target().beginInstall(1);
            target().endInstall(1, new Version(1, 3));
        }
        assertThat(target().commits()).isEqualTo(Map.of(1L, new Version(1, 3)));
    }

    private static LogRecord put(Version version, int place) {
        return new LogRecord(1, version, List.of(new Mutation.Put(Workload.id(1, 1, place), new byte[] {1})));
    }

    private void write(Version version, int place) throws StorageException {
        target().append(put(version, place), Purpose.GROW);
        target().commit(1, version);
    }

    private void sourceGoesOn(int count) throws StorageException {
        for (int i = 0; i < count; i++) {
            for (Workload.Step step : work.next()) {
                Workload.run(step, source);
                if (step instanceof Workload.Step.Append append) {
                    entries.computeIfAbsent(append.record().slice(), slice -> new ArrayList<>())
                            .add(append.record());
                } else if (step instanceof Workload.Step.Truncate truncate) {
                    entries.getOrDefault(truncate.slice(), new ArrayList<>())
                            .removeIf(record -> record.version().compareTo(truncate.version()) > 0);
                }
            }
        }
    }

    /** The target gets a history that nobody else has, with versions later than all. */
    private void goAstray(long slice) throws Exception {
        Workload astray = new Workload(random.nextLong(), IDS, LARGEST);
        Version version = new Version(
                1000 + target().tails().getOrDefault(slice, Version.NONE).epoch(), 1);
        for (int i = 0; i < 60; i++) {
            for (Workload.Step step : astray.next()) {
                if (step instanceof Workload.Step.Append append
                        && append.record().slice() == slice) {
                    target().append(
                                    new LogRecord(
                                            slice, version, append.record().mutations()),
                                    Purpose.GROW);
                    if (i < 55) {
                        target().commit(slice, version);
                    }
                    version = version.next();
                }
            }
        }
        trouble();
    }

    private void copy(long slice, Version at) throws Exception {
        TreeSet<RecordId> ids = new TreeSet<>();
        ids.addAll(ids(source, slice));
        ids.addAll(ids(target(), slice));
        List<Installed> items = new ArrayList<>();
        for (RecordId id : ids) {
            if (random.nextInt(4) == 0) {
                sourceGoesOn(random.nextInt(6));
            }
            if (random.nextBoolean() && isSame(id)) {
                continue;
            }
            items.addAll(items(id, at));
            if (random.nextInt(3) == 0) {
                target().install(slice, items, Purpose.GROW);
                items.clear();
                trouble();
            }
        }
        target().install(slice, items, Purpose.GROW);
    }

    /** What is here already need not be taken over. */
    private boolean isSame(RecordId id) throws StorageException {
        StoredRecord there = source.get(id);
        StoredRecord here = target().get(id);
        return there != null
                && here != null
                && there.version().equals(here.version())
                && Arrays.equals(source.digest(id), target().digest(id));
    }

    private static List<RecordId> ids(Storage storage, long slice) throws StorageException {
        return storage.scan(Workload.FIRST, Workload.LAST, Integer.MAX_VALUE).stream()
                .map(StoredRecord::id)
                .filter(id -> ByteBuffer.wrap(id.encoded()).getLong(1) == slice)
                .toList();
    }

    private List<Installed> items(RecordId id, Version at) throws StorageException {
        StoredRecord record = source.get(id);
        if (record == null) {
            return List.of(new Installed(new Mutation.Delete(id), at));
        }
        if (id.kind() == Workload.VALUE) {
            return List.of(new Installed(new Mutation.Put(id, record.value()), record.version()));
        }
        List<Installed> items = new ArrayList<>();
        items.add(new Installed(new Mutation.Delete(id), record.version()));
        source.export(id).forEach(write -> items.add(new Installed(write, record.version())));
        return items;
    }

    /** Appends and commits what the source committed. */
    private void follow(long slice) throws Exception {
        sourceGoesOn(20);
        Version last = source.commits().getOrDefault(slice, Version.NONE);
        for (LogRecord entry : List.copyOf(entries.getOrDefault(slice, List.of()))) {
            Version tail = target().tails().getOrDefault(slice, Version.NONE);
            if (entry.version().compareTo(last) > 0 || entry.version().compareTo(tail) <= 0) {
                continue;
            }
            target().append(entry, Purpose.GROW);
            if (random.nextInt(3) > 0) {
                target().commit(slice, entry.version());
            }
            if (random.nextInt(4) == 0) {
                trouble();
            }
        }
        target().commit(slice, last);
    }

    private void compare(long slice, String what) throws StorageException {
        String then = when + ", " + what;
        Version last = source.commits().getOrDefault(slice, Version.NONE);
        assertThat(target().tails()).as(then).containsEntry(slice, last);
        assertThat(target().commits().getOrDefault(slice, Version.NONE))
                .as(then)
                .isLessThanOrEqualTo(last);
        target().commit(slice, last);
        assertThat(ids(target(), slice)).as(then).isEqualTo(ids(source, slice));
        for (RecordId id : ids(source, slice)) {
            assertThat(target().digest(id)).as("%s, %s", then, id).isEqualTo(source.digest(id));
            assertThat(target().get(id))
                    .as("%s, %s", then, id)
                    .extracting(StoredRecord::version)
                    .isEqualTo(Objects.requireNonNull(source.get(id)).version());
        }
    }

    private void trouble() throws Exception {
        switch (random.nextInt(12)) {
            case 0, 1 -> target().settle();
            case 2 -> reopen(false);
            case 3 -> reopen(true);
            case 4 -> {
                target().close();
                open();
            }
            case 5 -> die();
            default -> {}
        }
    }

    private void reopen(boolean rebuilt) throws Exception {
        target().abandon();
        if (rebuilt) {
            assertThat(StorageTool.rebuild(place, Small.SETTINGS, Progress.NONE).problems())
                    .as(when)
                    .isEmpty();
        }
        open();
    }

    private void open() throws Exception {
        steps = new Dying();
        opened = XodusStorage.open(place, Small.SETTINGS, steps);
    }

    private void die() throws Exception {
        steps.left = 1 + random.nextInt(12);
        try {
            target().settle();
        } catch (Died e) {
            // As meant.
        }
        reopen(random.nextBoolean());
    }
}
