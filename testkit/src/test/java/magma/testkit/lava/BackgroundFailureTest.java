package magma.testkit.lava;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import magma.dht.record.RecordKind;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.volume.LavaVolume;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.testkit.storage.FaultyStorage;
import magma.testkit.storage.MemoryStorage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What stores in the background meets errors that it does not know: it goes on, loses nothing, and tells those concerned once. */
class BackgroundFailureTest {
    private static final Caller ROOT = Caller.ROOT;

    private final MemoryStorage memory = new MemoryStorage();
    private final FaultyStorage storage = new FaultyStorage(memory);
    private final Lava lava = Lava.usual();
    private LavaVolume volume;
    private FileSystem fs;

    @BeforeEach
    void open() throws Exception {
        volume = lava.open(storage);
        fs = volume.openSession("test", ChangeListener.NONE);
    }

    @AfterEach
    void close() throws Exception {
        storage.breakAppends(record -> false);
        volume.close();
        lava.assertClean(memory.restart());
    }

    private OpenFile create(String name) throws FsException {
        return fs.create(
                        ROOT,
                        fs.root(),
                        Name.of(name),
                        0644,
                        true,
                        FileSystem.options(OpenOption.READ, OpenOption.WRITE))
                .file();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time is up").isLessThan(end);
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private static void write(OpenFile file, String text, long offset) throws FsException {
        assertThat(file.write(ROOT, ByteBuffer.wrap(text.getBytes(UTF_8)), offset))
                .isEqualTo(text.length());
    }

    private static String content(OpenFile file) throws FsException {
        ByteBuffer to = ByteBuffer.allocate(100);
        file.read(to, 0);
        return UTF_8.decode(to.flip()).toString();
    }

    /** Writes fail until the background has tried to store and failed; every write is tried, so nothing is told to this one. */
    private void awaitFailure(OpenFile writer) throws Exception {
        await(() -> {
            try {
                write(writer, "x", 50);
                return false;
            } catch (FsException e) {
                assertThat(e.errno()).isEqualTo(Errno.EIO);
                return true;
            }
        });
    }

    @Test
    void whatCannotBeStoredStaysAndIsToldOnceToEachThatHasTheFileOpen() throws Exception {
        OpenFile probe = create("file");
        Key key = probe.flare();
        OpenFile first = fs.open(ROOT, key, FileSystem.options(OpenOption.READ, OpenOption.WRITE));
        OpenFile second = fs.open(ROOT, key, FileSystem.options(OpenOption.READ, OpenOption.WRITE));
        write(first, "kept", 0);
        storage.breakAppends(record -> true);
        awaitFailure(probe);
        storage.breakAppends(record -> false);

        assertThatThrownBy(() -> first.sync(true)).satisfies(BackgroundFailureTest::isEio);
        first.sync(true);
        assertThatThrownBy(second::close).satisfies(BackgroundFailureTest::isEio);
        OpenFile later = fs.open(ROOT, key, FileSystem.options(OpenOption.READ));
        later.sync(true);
        assertThat(content(later)).startsWith("kept");
        probe.sync(true);
        first.close();
        probe.close();
        later.close();
        try (LavaVolume again = lava.open(memory.restart())) {
            FileSystem session = again.openSession("again", ChangeListener.NONE);
            try (OpenFile file = session.open(ROOT, key, FileSystem.options(OpenOption.READ))) {
                assertThat(content(file)).startsWith("kept");
            }
        }
    }

    private static void isEio(Throwable thrown) {
        assertThat(thrown)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
    }

    @Test
    void theNextFilesAreStoredInTheBackgroundAfterAFailure() throws Exception {
        OpenFile broken = create("broken");
        write(broken, "kept", 0);
        storage.breakAppends(record -> true);
        awaitFailure(broken);
        long before = storage.appends();
        storage.breakAppends(record -> false);
        await(() -> storage.appends() > before);
        OpenFile other = create("other");
        write(other, "later", 0);
        long stored = storage.appends();
        await(() -> storage.appends() > stored);
        other.close();
        broken.close();
    }

    @Test
    void theCleanerGoesOnAfterAFailure() throws Exception {
        for (String name : new String[] {"first", "second"}) {
            OpenFile file = create(name);
            file.write(ROOT, ByteBuffer.wrap(new byte[300_000]), 5 << 20);
            file.close();
        }
        assertThat(chunks()).isEqualTo(2);
        storage.breakAppends(BackgroundFailureTest::removesChunk);
        fs.unlink(ROOT, fs.root(), Name.of("first"));
        await(() -> storage.broken() == 1);
        storage.breakAppends(record -> false);
        fs.unlink(ROOT, fs.root(), Name.of("second"));
        await(() -> chunks() == 1);
    }

    private static boolean removesChunk(LogRecord record) {
        return record.mutations().stream()
                .anyMatch(mutation ->
                        mutation instanceof Mutation.Delete && mutation.id().kind() == RecordKind.CHUNK.code());
    }

    private int chunks() {
        try {
            return memory.scan(
                            RecordId.of(Key.MIN, RecordKind.CHUNK.code()),
                            RecordId.of(Key.MIN, RecordKind.CHUNK.code() + 1),
                            100)
                    .size();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
