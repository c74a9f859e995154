package magma.dht.transport.netty;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.ChangeListener.Change;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Lock;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.testkit.fs.MemoryVolume;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is the wire's own: loss of contact, many at once, long content, locks that wait. */
class RemoteVolumeTest {
    private static final Set<OpenOption> BOTH = FileSystem.options(OpenOption.READ, OpenOption.WRITE);
    private static final Caller ALICE = Caller.of(1001, 1001, Set.of(), 022);

    private final ServedVolume volume = start();
    private final FileSystem fs = session(ChangeListener.NONE);

    RemoteVolumeTest() throws Exception {}

    private static ServedVolume start() throws Exception {
        return ServedVolume.of(new MemoryVolume());
    }

    private FileSystem session(ChangeListener listener) throws FsException {
        return volume.openSession("test", listener);
    }

    @BeforeEach
    void makeRootOpenToAll() throws FsException {
        Attributes unused = fs.setAttributes(Caller.ROOT, fs.root(), magma.fs.AttributeChanges.mode(0777), null);
    }

    @AfterEach
    void close() {
        fs.close();
        volume.close();
    }

    @Test
    void contentLongerThanAFrameArrivesWhole() throws Exception {
        byte[] content = new byte[(3 << 20) + 17];
        new Random(1).nextBytes(content);
        try (OpenFile file = create("long")) {
            assertThat(file.write(ALICE, ByteBuffer.wrap(content), 5)).isEqualTo(content.length);
            ByteBuffer read = ByteBuffer.allocateDirect(content.length + 100);
            assertThat(file.read(read, 5)).isEqualTo(content.length);
            byte[] got = new byte[content.length];
            read.flip().get(got);
            assertThat(got).isEqualTo(content);
        }
    }

    @Test
    void moreThreadsThanRequestsMayBeUnderWayAreAllServed() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(300);
        try (OpenFile file = create("many")) {
            List<Future<Integer>> writes = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                long offset = i * 100_000L;
                writes.add(threads.submit(() -> file.write(ALICE, ByteBuffer.allocate(100_000), offset)));
            }
            for (Future<Integer> write : writes) {
                assertThat(write.get(60, TimeUnit.SECONDS)).isEqualTo(100_000);
            }
            assertThat(fs.getAttributes(file.flare()).size()).isEqualTo(30_000_000);
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void hundredsOfWaitingLocksHoldNobodyUp() throws Exception {
        try (OpenFile file = create("locked")) {
            fs.lock(file.flare(), lock(1), false).get(10, TimeUnit.SECONDS);
            List<CompletableFuture<Void>> waiting = new ArrayList<>();
            for (int owner = 2; owner < 502; owner++) {
                waiting.add(fs.lock(file.flare(), lock(owner), true));
            }
            assertThat(fs.getAttributes(file.flare()).size()).isZero();
            assertThat(waiting).noneMatch(CompletableFuture::isDone);
            fs.unlock(file.flare(), Lock.Family.FLOCK, new Lock.Owner(1), Lock.Range.ALL);
            Object granted = CompletableFuture.anyOf(waiting.toArray(CompletableFuture[]::new))
                    .get(10, TimeUnit.SECONDS);
            assertThat(granted).isNull();
        }
    }

    @Test
    void aLockThatIsWithdrawnIsNotTaken() throws Exception {
        try (OpenFile file = create("locked")) {
            fs.lock(file.flare(), lock(1), false).get(10, TimeUnit.SECONDS);
            CompletableFuture<Void> waiting = fs.lock(file.flare(), lock(2), true);
            assertThat(waiting.cancel(true)).isTrue();
            assertThat(waiting).isCompletedExceptionally();
            fs.unlock(file.flare(), Lock.Family.FLOCK, new Lock.Owner(1), Lock.Range.ALL);
            assertThat(fs.findConflict(file.flare(), lock(3))).isEmpty();
        }
    }

    @Test
    void withdrawingALockThatWasGrantedLeavesItTaken() throws Exception {
        try (OpenFile file = create("locked")) {
            CompletableFuture<Void> granted = fs.lock(file.flare(), lock(1), true);
            granted.get(10, TimeUnit.SECONDS);
            assertThat(granted.cancel(true)).isFalse();
            assertThat(fs.findConflict(file.flare(), lock(2))).isPresent();
        }
    }

    @Test
    void whatIsOpenStaysOpenWhenContactIsLost() throws Exception {
        try (OpenFile file = create("kept")) {
            write(file, "before");
            file.flush();
            volume.restart();
            assertThat(read(file)).isEqualTo("before");
            write(file, "behind");
            file.flush();
            assertThat(read(file)).isEqualTo("behind");
        }
    }

    @Test
    void contentThatWasNotFlushedWhenContactWasLostIsToldOfOnce() throws Exception {
        OpenFile file = create("risky");
        write(file, "unsafe");
        volume.restart();
        assertThat(fs.getAttributes(fs.root()).key()).isEqualTo(fs.root());
        assertErrno(Errno.EIO, () -> file.sync(true));
        file.sync(true);
        file.close();
    }

    @Test
    void aFileThatIsGoneWhenContactIsBackIsStale() throws Exception {
        OpenFile file = create("gone");
        fs.unlink(ALICE, fs.root(), Name.of("gone"));
        volume.restart();
        assertThatThrownBy(() -> read(file))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isIn(Errno.ESTALE, Errno.ENOENT));
        file.close();
    }

    @Test
    void lostContactIsToldToTheListenerAndEndsWaitingLocks() throws Exception {
        LinkedBlockingQueue<Change> heard = new LinkedBlockingQueue<>();
        try (FileSystem session = session(heard::add);
                OpenFile file = create("locked")) {
            fs.lock(file.flare(), lock(1), false).get(10, TimeUnit.SECONDS);
            CompletableFuture<Void> waiting = session.lock(file.flare(), lock(2), true);
            volume.restart();
            assertThat(waiting).failsWithin(10, TimeUnit.SECONDS);
            Change change;
            do {
                change = heard.poll(10, TimeUnit.SECONDS);
                assertThat(change).isNotNull();
            } while (!(change instanceof Change.OfEverything));
            assertThat(session.getAttributes(fs.root()).key()).isEqualTo(fs.root());
        }
    }

    @Test
    void locksEndWithTheSession() throws Exception {
        try (OpenFile file = create("locked")) {
            FileSystem other = session(ChangeListener.NONE);
            other.lock(file.flare(), lock(1), false).get(10, TimeUnit.SECONDS);
            assertThat(fs.findConflict(file.flare(), lock(2))).isPresent();
            other.close();
            assertThat(fs.findConflict(file.flare(), lock(2))).isEmpty();
            assertErrno(Errno.ENOTCONN, () -> other.getAttributes(other.root()));
        }
    }

    @Test
    void changesAreHeardBeforeTheCallThatMadeThemReturns() throws Exception {
        LinkedBlockingQueue<Change> heard = new LinkedBlockingQueue<>();
        try (FileSystem listening = session(heard::add)) {
            assertThat(listening.root()).isEqualTo(fs.root());
            for (int i = 0; i < 200; i++) {
                heard.clear();
                Name name = Name.of("d" + i);
                Attributes unused = fs.makeDirectory(ALICE, fs.root(), name, 0755);
                assertThat(heard).contains(new Change.OfEntry(fs.root(), name));
            }
        }
    }

    @Test
    void anotherNetworkIsRefused() {
        RemoteSettings usual = RemoteSettings.of(volume.address());
        RemoteSettings settings = new RemoteSettings(
                usual.vulcano(), new UUID(9, 9), usual.connect(), usual.patience(), usual.quiet(), null);
        try (RemoteVolume other = new RemoteVolume(settings)) {
            assertThatThrownBy(() -> other.openSession("test", ChangeListener.NONE))
                    .isInstanceOfSatisfying(
                            FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPROTO))
                    .hasRootCauseInstanceOf(RefusedException.class)
                    .hasMessageContaining("belongs to the network");
        }
    }

    @Test
    void noVulcanoAtTheAddressIsSaidSo() {
        NetAddress address = volume.address();
        volume.close();
        try (RemoteVolume other = new RemoteVolume(RemoteSettings.of(address))) {
            assertErrno(Errno.ENOTCONN, () -> other.openSession("test", ChangeListener.NONE));
        }
    }

    private OpenFile create(String name) throws FsException {
        return fs.create(ALICE, fs.root(), Name.of(name), 0644, true, BOTH).file();
    }

    private static void write(OpenFile file, String text) throws FsException {
        assertThat(file.write(ALICE, ByteBuffer.wrap(text.getBytes(UTF_8)), 0)).isEqualTo(text.length());
    }

    private static String read(OpenFile file) throws FsException {
        ByteBuffer buffer = ByteBuffer.allocate(100);
        int length = file.read(buffer, 0);
        return new String(buffer.array(), 0, length, UTF_8);
    }

    private static Lock lock(long owner) {
        return new Lock(Lock.Family.FLOCK, new Lock.Owner(owner), true, Lock.Range.ALL, 1);
    }

    private interface Call {
        void call() throws Exception;
    }

    private static void assertErrno(Errno errno, Call call) {
        assertThatThrownBy(call::call)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(errno));
    }
}
