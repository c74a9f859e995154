package magma.vulcano;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import magma.dht.slice.SliceMap;
import magma.dht.transport.netty.RemoteSettings;
import magma.dht.transport.netty.RemoteVolume;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;
import magma.fs.Name;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.testkit.storage.MemoryStorage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client goes on with its session when the vulcano that it reached dies. */
class ContinuedSessionTest {
    private static final int MIB = 1 << 20;
    private static final int PAIRS = 400;
    private static final Set<OpenOption> BOTH = FileSystem.options(OpenOption.READ, OpenOption.WRITE);

    @TempDir
    Path directory;

    @Test
    void whatIsOpenUnflushedAndLockedGoesOnAndEachOperationIsDoneOnce() throws Exception {
        try (TestNetwork network =
                new TestNetwork(directory, SliceMap.even(16), () -> new MemoryStorage(1L << 30, MIB))) {
            List<LavaNode> nodes = network.of(3);
            Networks.awaitSpread(nodes);
            LavaNode dying = nodes.get(1);
            try (RemoteVolume volume = new RemoteVolume(settings(dying, nodes.get(0), nodes.get(2)));
                    RemoteVolume elsewhere = new RemoteVolume(settings(nodes.get(2)));
                    FileSystem session = volume.openSession("client", ChangeListener.NONE);
                    FileSystem other = elsewhere.openSession("other", ChangeListener.NONE)) {
                goOn(session, other, dying);
            }
            assertThat(network.failures()).isEmpty();
        }
    }

    private static void goOn(FileSystem session, FileSystem other, LavaNode dying) throws Exception {
        OpenFile unflushed = create(session, "unflushed");
        write(unflushed, "first ", 0);
        OpenFile orphan = create(session, "orphan");
        write(orphan, "without a name", 0);
        session.unlink(Caller.ROOT, session.root(), Name.of("orphan"));
        OpenFile locked = create(session, "locked");
        session.lock(locked.flare(), lock(1), false).get(60, TimeUnit.SECONDS);

        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            CountDownLatch halfway = new CountDownLatch(PAIRS / 4);
            Future<Void> pairs = threads.submit(() -> {
                makeAndRename(session, halfway);
                return null;
            });
            assertThat(halfway.await(120, TimeUnit.SECONDS)).isTrue();
            write(unflushed, "second", 6);
            Future<?> death = threads.submit(dying::close);
            pairs.get(240, TimeUnit.SECONDS);
            death.get(120, TimeUnit.SECONDS);
        } finally {
            threads.shutdownNow();
        }

        assertThat(names(other)).containsExactlyInAnyOrderElementsOf(expectedNames());
        assertThat(read(unflushed)).isEqualTo("first second");
        unflushed.flush();
        Key key = unflushed.flare();
        try (OpenFile seen = other.open(Caller.ROOT, key, FileSystem.options(OpenOption.READ))) {
            assertThat(read(seen)).isEqualTo("first second");
        }
        assertThat(read(orphan)).isEqualTo("without a name");
        assertThat(session.getAttributes(orphan.flare()).links()).isZero();
        assertRefused(other.lock(locked.flare(), lock(2), false));
        session.unlock(locked.flare(), Lock.Family.POSIX, new Lock.Owner(1), Lock.Range.ALL);
        other.lock(locked.flare(), lock(2), false).get(60, TimeUnit.SECONDS);
        unflushed.close();
        orphan.close();
        locked.close();
    }

    /** A second time neither succeeds: the name is there, or is there no more. */
    private static void makeAndRename(FileSystem session, CountDownLatch done) throws FsException {
        for (int i = 0; i < PAIRS; i++) {
            Attributes made = session.makeDirectory(Caller.ROOT, session.root(), Name.of("made" + i), 0755);
            session.rename(
                    Caller.ROOT,
                    session.root(),
                    Name.of("made" + i),
                    session.root(),
                    Name.of("renamed" + i),
                    FileSystem.RenameMode.NO_REPLACE);
            assertThat(session.lookup(Caller.ROOT, session.root(), Name.of("renamed" + i))
                            .key())
                    .isEqualTo(made.key());
            done.countDown();
        }
    }

    private static List<String> expectedNames() {
        List<String> names = new ArrayList<>(List.of("unflushed", "locked"));
        for (int i = 0; i < PAIRS; i++) {
            names.add("renamed" + i);
        }
        return names;
    }

    private static List<String> names(FileSystem session) throws FsException {
        List<String> names = new ArrayList<>();
        try (OpenDirectory directory = session.openDirectory(Caller.ROOT, session.root())) {
            long cookie = OpenDirectory.START;
            while (true) {
                OpenDirectory.Page page = directory.list(cookie, 100, false);
                for (OpenDirectory.Entry entry : page.entries()) {
                    names.add(entry.name().toString());
                    cookie = entry.cookie();
                }
                if (page.end()) {
                    return names;
                }
            }
        }
    }

    private static List<RemoteSettings> settings(LavaNode... nodes) {
        return Stream.of(nodes).map(node -> RemoteSettings.of(node.address())).toList();
    }

    private static OpenFile create(FileSystem session, String name) throws FsException {
        return session.create(Caller.ROOT, session.root(), Name.of(name), 0644, true, BOTH)
                .file();
    }

    private static void write(OpenFile file, String text, long offset) throws FsException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        assertThat(file.write(Caller.ROOT, ByteBuffer.wrap(bytes), offset)).isEqualTo(bytes.length);
    }

    private static String read(OpenFile file) throws FsException {
        ByteBuffer content = ByteBuffer.allocate(100);
        int unused = file.read(content, 0);
        return StandardCharsets.UTF_8.decode(content.flip()).toString();
    }

    private static Lock lock(long owner) {
        return new Lock(Lock.Family.POSIX, new Lock.Owner(owner), true, Lock.Range.ALL, 1);
    }

    private static void assertRefused(CompletableFuture<Void> lock) {
        assertThatThrownBy(() -> lock.get(60, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EAGAIN));
    }
}
