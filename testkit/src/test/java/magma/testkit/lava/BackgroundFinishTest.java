package magma.testkit.lava;

import static magma.testkit.lava.Lava.at;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import magma.dht.batch.Command;
import magma.dht.namespace.Namespace;
import magma.dht.record.RecordKind;
import magma.dht.routing.LocalSlices;
import magma.dht.storage.RecordId;
import magma.dht.volume.LavaVolume;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FileSystem.RenameMode;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenDirectory;
import magma.fs.OpenOption;
import magma.testkit.storage.MemoryStorage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An operation over several slices is answered when it is decided: from then on all see it, whatever becomes of what is left to do. */
class BackgroundFinishTest {
    private static final Caller ROOT = Caller.ROOT;

    private final Lava lava = Lava.splitRoot();
    private MemoryStorage storage = new MemoryStorage();

    /** A volume whose background comes to nothing, or has to wait. */
    private record Opened(LavaVolume volume, FileSystem fs, HookedSlices slices, Set<String> commands) {
        /** @param wait until then nothing is done in the background */
        void stall(CountDownLatch wait) {
            slices.hook = command -> {
                if (isBackground()) {
                    commands.add(command.getClass().getSimpleName());
                    await(wait);
                }
            };
        }

        /** The process is gone before the background gives a command of that kind. */
        void failBefore(Class<? extends Command> kind) {
            slices.hook = command -> {
                if (isBackground() && kind.isInstance(command)) {
                    throw new IllegalStateException("the process is gone");
                }
            };
        }

        private static boolean isBackground() {
            return Thread.currentThread().getName().equals("magma-finisher");
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("not within a minute");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Opened open() throws Exception {
        HookedSlices slices = new HookedSlices(new LocalSlices(lava.map(), storage, Instant::now));
        LavaVolume.Parts parts =
                new LavaVolume.Parts(lava.keys(), Lava.NETWORK, Lava.entropy(42), LavaVolume.sleeping(), Instant::now);
        LavaVolume volume = LavaVolume.open(slices, parts);
        return new Opened(
                volume, volume.openSession("test", ChangeListener.NONE), slices, ConcurrentHashMap.newKeySet());
    }

    private int left(RecordKind kind) throws Exception {
        return storage.scan(RecordId.of(Key.MIN, kind.code()), RecordId.of(Key.MIN, kind.code() + 1), 1000)
                .size();
    }

    private static Name name(String text) throws FsException {
        return Name.of(text);
    }

    private static List<String> names(FileSystem fs, Key directory) throws FsException {
        try (OpenDirectory open = fs.openDirectory(ROOT, directory)) {
            return open.list(OpenDirectory.START, 1000, false).entries().stream()
                    .map(entry -> entry.name().toString())
                    .sorted()
                    .toList();
        }
    }

    private static void file(FileSystem fs, Key directory, String name) throws FsException {
        fs.create(ROOT, directory, name(name), 0644, true, FileSystem.options(OpenOption.WRITE))
                .file()
                .close();
    }

    @Test
    void whatFollowsSeesADirectoryThatIsNotFinished() throws Exception {
        Opened opened = open();
        CountDownLatch wait = new CountDownLatch(1);
        opened.stall(wait);
        try {
            Attributes made = opened.fs().makeDirectory(ROOT, opened.fs().root(), name("made"), 0755);
            assertThat(opened.fs().getAttributes(made.key())).isEqualTo(made);
            Attributes opening = opened.fs().makeDirectory(ROOT, opened.fs().root(), name("opened"), 0755);
            assertThat(names(opened.fs(), opening.key())).isEmpty();
            for (int i = 0; i < 4; i++) {
                Attributes more = opened.fs().makeDirectory(ROOT, opened.fs().root(), name("more" + i), 0755);
                assertThat(opened.fs().getAttributes(more.key())).isEqualTo(more);
                assertThat(names(opened.fs(), more.key())).isEmpty();
            }
            Key outer = opened.fs()
                    .makeDirectory(ROOT, opened.fs().root(), name("outer"), 0755)
                    .key();
            file(opened.fs(), outer, "inner");
            assertThat(names(opened.fs(), outer)).hasSize(1);
            Key empty = opened.fs()
                    .makeDirectory(ROOT, opened.fs().root(), name("gone"), 0755)
                    .key();
            opened.fs().removeDirectory(ROOT, opened.fs().root(), name("gone"));
            assertThat(opened.fs().listXattrs(ROOT, opened.fs().root())).isEmpty();
            assertThat(names(opened.fs(), opened.fs().root())).hasSize(7);
            assertThat(empty).isNotEqualTo(outer);
        } finally {
            wait.countDown();
            opened.volume().close();
        }
        lava.assertClean(storage);
    }

    @Test
    void aRenameOverSlicesIsListedAtOnce() throws Exception {
        Opened opened = open();
        FileSystem fs = opened.fs();
        List<Key> directories = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Key directory =
                    fs.makeDirectory(ROOT, fs.root(), name("d" + i), 0755).key();
            directories.add(directory);
            file(fs, directory, "f" + i);
        }
        fs.syncAll();
        CountDownLatch wait = new CountDownLatch(1);
        opened.stall(wait);
        try {
            for (int i = 0; i < 8; i++) {
                Key to = directories.get((i + 1) % 8);
                fs.rename(ROOT, directories.get(i), name("f" + i), to, name("g" + i), RenameMode.REPLACE);
                assertThat(names(fs, to)).contains(name("g" + i).toString());
                assertThat(names(fs, directories.get(i)))
                        .doesNotContain(name("f" + i).toString());
            }
        } finally {
            wait.countDown();
            opened.volume().close();
        }
        lava.assertClean(storage);
    }

    @Test
    void whatIsCommittedIsAnsweredSoThoughItCannotBeFinishedYet() throws Exception {
        Opened opened = open();
        FileSystem fs = opened.fs();
        prepare(fs);
        Key d = at(fs, "d");
        AtomicInteger failures = new AtomicInteger();
        AtomicBoolean fails = new AtomicBoolean();
        opened.slices().hook = command -> {
            if (command instanceof Command.Finish && !Opened.isBackground() && fails.compareAndSet(true, false)) {
                failures.incrementAndGet();
                throw new FsException(Errno.EIO, "not served now");
            }
        };
        String name = "second";
        for (int i = 0; i < 8; i++) {
            fails.set(true);
            fs.rename(ROOT, fs.root(), name(name), d, name("r" + i), RenameMode.REPLACE);
            fs.syncAll();
            fails.set(true);
            fs.rename(ROOT, d, name("r" + i), fs.root(), name("r" + i), RenameMode.REPLACE);
            fs.syncAll();
            name = "r" + i;
        }
        assertThat(failures).hasPositiveValue();
        assertThat(names(fs, fs.root())).contains("r7").doesNotContain("second");
        assertThat(left(RecordKind.INTENT)).isZero();
        assertThat(left(RecordKind.TRANSACTION)).isZero();
        opened.volume().close();
        lava.assertClean(storage);
    }

    @Test
    void whatIsCommittedIsAnsweredSoWhereNobodyIsLeftToFinishItLater() throws Exception {
        Namespace namespace = new Namespace(
                new LocalSlices(lava.map(), storage, Instant::now),
                lava.keys(),
                Lava.NETWORK,
                Lava.entropy(1),
                attempt -> {});
        namespace.createRoot();
        HookedSlices slices = new HookedSlices(new LocalSlices(lava.map(), storage, Instant::now));
        slices.hook = command -> {
            if (command instanceof Command.Finish || command instanceof Command.Forget) {
                throw new FsException(Errno.EIO, "not served now");
            }
        };
        Namespace failing = new Namespace(slices, lava.keys(), Lava.NETWORK, Lava.entropy(2), attempt -> {});
        for (int i = 0; left(RecordKind.TRANSACTION) == 0 && i < 100; i++) {
            failing.createFile(ROOT, failing.root(), name("f" + i), 0644);
        }
        assertThat(left(RecordKind.TRANSACTION)).isOne();
        open().volume().close();
        assertThat(left(RecordKind.TRANSACTION)).isZero();
        lava.assertClean(storage);
    }

    @Test
    void whatIsUnderWayIsDoneWhenTheVolumeIsClosed() throws Exception {
        Opened opened = open();
        CountDownLatch wait = new CountDownLatch(1);
        opened.stall(wait);
        // Some of them have their records in the slice of their entry.
        for (int i = 0; i < 8; i++) {
            opened.fs().makeDirectory(ROOT, opened.fs().root(), name("made" + i), 0755);
        }
        assertThat(left(RecordKind.INTENT)).isPositive();
        Thread releasing = new Thread(wait::countDown);
        releasing.start();
        opened.volume().close();
        releasing.join();
        assertThat(left(RecordKind.INTENT)).isZero();
        assertThat(left(RecordKind.TRANSACTION)).isZero();
        assertThat(opened.commands()).contains("Finish", "Forget");
    }

    @FunctionalInterface
    interface Action {
        void run(FileSystem fs) throws FsException;
    }

    record Case(String label, Action action, Class<? extends Command> gone) {
        @Override
        public String toString() {
            return label + " and no " + gone.getSimpleName();
        }
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (Class<? extends Command> gone : List.of(Command.Finish.class, Command.Forget.class)) {
            cases.add(new Case("mkdir", fs -> fs.makeDirectory(ROOT, fs.root(), name("new"), 0755), gone));
            cases.add(new Case("rmdir", fs -> fs.removeDirectory(ROOT, fs.root(), name("empty")), gone));
            cases.add(new Case("link", fs -> fs.link(ROOT, at(fs, "d", "f"), fs.root(), name("new")), gone));
            cases.add(new Case("unlink", fs -> fs.unlink(ROOT, fs.root(), name("second")), gone));
            cases.add(new Case(
                    "rename",
                    fs -> fs.rename(ROOT, at(fs, "d"), name("f"), fs.root(), name("new"), RenameMode.REPLACE),
                    gone));
        }
        return cases.stream();
    }

    private static void prepare(FileSystem fs) throws FsException {
        Key d = fs.makeDirectory(ROOT, fs.root(), name("d"), 0755).key();
        fs.makeDirectory(ROOT, fs.root(), name("empty"), 0755);
        file(fs, d, "f");
        fs.link(ROOT, at(fs, "d", "f"), fs.root(), name("second"));
        fs.syncAll();
    }

    private static String picture(FileSystem fs) throws FsException {
        Key d = at(fs, "d");
        StringBuilder text = new StringBuilder();
        for (Key directory : List.of(fs.root(), d)) {
            text.append(fs.getAttributes(directory).links()).append(names(fs, directory));
            for (String name : List.of("new", "second", "empty", "f")) {
                try {
                    Attributes found = fs.lookup(ROOT, directory, name(name));
                    text.append(name).append(found.type()).append(found.links());
                } catch (FsException e) {
                    text.append(name).append(e.errno());
                }
            }
        }
        return text.toString();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whatWasAnsweredOutlivesAProcessThatDidNoMore(Case each) throws Exception {
        Opened whole = open();
        prepare(whole.fs());
        each.action().run(whole.fs());
        final String after = picture(whole.fs());
        whole.volume().close();

        storage = new MemoryStorage();
        Opened opened = open();
        prepare(opened.fs());
        opened.failBefore(each.gone());
        each.action().run(opened.fs());
        opened.fs().syncAll();
        storage = storage.restart();
        opened.volume().close();
        Opened again = open();
        assertThat(left(RecordKind.INTENT)).isZero();
        assertThat(left(RecordKind.TRANSACTION)).isZero();
        assertThat(picture(again.fs())).isEqualTo(after);
        again.volume().close();
        lava.assertClean(storage);
    }
}
