package magma.dht.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.NoContactException;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Files that are closed without waiting for their home, and what becomes of their content when that is lost. */
class ClosedBehindTest {
    private static final VulcanoId HOME = new VulcanoId(new UUID(1, 1));
    private static final Key FILE = new Key(1, 2, 3);
    private static final Key DIRECTORY = new Key(1, 2, 4);
    private static final Set<OpenOption> WRITING = EnumSet.of(OpenOption.READ, OpenOption.WRITE);

    private final ExecutorService background = Executors.newCachedThreadPool();
    private final List<FakeHome> homes = new ArrayList<>();

    @BeforeEach
    void oneHome() {
        homes.add(new FakeHome());
    }

    @AfterEach
    void end() {
        background.shutdownNow();
    }

    /** A file at a home: what was written to it, and its closing, which the test brings to an end. */
    private static final class FakeFile {
        final StringBuilder content = new StringBuilder();
        volatile boolean isFull;
        volatile boolean askedBehind;
        final CompletableFuture<Void> closing = new CompletableFuture<>();
        final CompletableFuture<Void> closed = new CompletableFuture<>();

        ClosedBehind open() {
            return (ClosedBehind) Proxy.newProxyInstance(
                    ClosedBehind.class.getClassLoader(),
                    new Class<?>[] {ClosedBehind.class},
                    (proxy, method, given) -> {
                        switch (method.getName()) {
                            case "write":
                                if (isFull) {
                                    throw new FsException(Errno.ENOSPC, "full");
                                }
                                ByteBuffer from = (ByteBuffer) given[1];
                                int length = from.remaining();
                                content.append(StandardCharsets.UTF_8.decode(from));
                                return length;
                            case "closeBehind":
                                askedBehind = true;
                                closing.complete(null);
                                return closed;
                            case "flush":
                                return null;
                            case "close":
                                closing.complete(null);
                                closed.join();
                                return null;
                            default:
                                throw new UnsupportedOperationException(method.getName());
                        }
                    });
        }
    }

    /** What a session has at a home until contact is lost. */
    private static final class FakeHome extends FakePart {
        final FakeFile file = new FakeFile();
        final CompletableFuture<Void> reopening = new CompletableFuture<>();
        volatile CompletableFuture<Void> reopens = CompletableFuture.completedFuture(null);

        @Override
        public FileSystem plain() {
            return (FileSystem) Proxy.newProxyInstance(
                    FileSystem.class.getClassLoader(), new Class<?>[] {FileSystem.class}, (proxy, method, given) -> {
                        if (method.getName().equals("open")) {
                            return file.open();
                        } else if (method.getName().equals("unlink")) {
                            return null;
                        }
                        throw new UnsupportedOperationException(method.getName());
                    });
        }

        @Override
        public OpenFile reopen(Key key, Set<OpenOption> options) {
            reopening.complete(null);
            reopens.orTimeout(60, TimeUnit.SECONDS).join();
            return file.open();
        }

        void lose() {
            over = true;
            file.closed.completeExceptionally(new FsException(Errno.EIO, "lost", new NoContactException(true, "lost")));
        }
    }

    private FrontSession session(FrontSession.Place place) {
        Homes opener = (home, name, listener) -> homes.get(homes.size() - 1);
        SessionHomes parts = new SessionHomes(
                opener, new Homes.SessionName(new UUID(2, 2), 1, "test"), ChangeListener.NONE, background);
        FrontCalls calls = new FrontCalls(key -> HOME, parts, OperationSlots.ofClient());
        return new FrontSession(Key.MIN, calls, background, place, ended -> {});
    }

    private static OpenFile written(FrontSession session) throws FsException {
        OpenFile file = session.open(Caller.ROOT, FILE, WRITING);
        file.write(Caller.ROOT, ByteBuffer.wrap("content".getBytes(StandardCharsets.UTF_8)), 0);
        return file;
    }

    @ParameterizedTest
    @EnumSource(names = {"CLIENT", "PROCESS"})
    void closeReturnsWhileTheHomeStillStores(FrontSession.Place place) throws Exception {
        FrontSession session = session(place);
        OpenFile file = written(session);
        file.flush();
        file.close();
        homes.get(0).file.closing.get(10, TimeUnit.SECONDS);
        assertThat(homes.get(0).file.closed).isNotDone();
        assertThatThrownBy(() -> file.read(ByteBuffer.allocate(1), 0)).isInstanceOf(FsException.class);
        homes.get(0).file.closed.complete(null);
        session.close();
    }

    @Test
    void fileThatMayHaveLostItsLastNameIsClosedNowThoughOpenedLater() throws Exception {
        FrontSession session = session(FrontSession.Place.CLIENT);
        OpenFile first = session.open(Caller.ROOT, FILE, WRITING);
        session.unlink(Caller.ROOT, DIRECTORY, Name.of("last name"));
        OpenFile second = session.open(Caller.ROOT, FILE, WRITING);
        CompletableFuture<Void> closing = closing(second);
        homes.get(0).file.closing.get(10, TimeUnit.SECONDS);
        assertThat(homes.get(0).file.askedBehind).isFalse();
        homes.get(0).file.closed.complete(null);
        closing.get(10, TimeUnit.SECONDS);
        first.close();
        session.close();
    }

    private CompletableFuture<Void> closing(OpenFile file) {
        return Running.on(background, file::close);
    }

    @Test
    void whatWasWrittenIsWrittenAgainAtTheNextHome() throws Exception {
        FrontSession session = session(FrontSession.Place.CLIENT);
        OpenFile file = written(session);
        file.close();
        FakeHome next = new FakeHome();
        homes.add(next);
        homes.get(0).lose();
        next.file.closing.get(10, TimeUnit.SECONDS);
        assertThat(next.file.content).hasToString("content");
        next.file.closed.complete(null);
        session.close();
    }

    @Test
    void whatWasStoredIsNotWrittenAgain() throws Exception {
        FrontSession session = session(FrontSession.Place.CLIENT);
        OpenFile file = written(session);
        file.close();
        homes.get(0).file.closed.complete(null);
        FakeHome next = new FakeHome();
        homes.add(next);
        homes.get(0).over = true;
        OpenFile again = session.open(Caller.ROOT, FILE, WRITING);
        assertThat(next.file.content).isEmpty();
        next.file.closed.complete(null);
        again.close();
        session.close();
    }

    @Test
    void whatCouldNotBeWrittenAgainAtFirstIsSoBeforeItIsClosed() throws Exception {
        FrontSession session = session(FrontSession.Place.CLIENT);
        OpenFile file = written(session);
        FakeHome next = new FakeHome();
        next.file.isFull = true;
        next.file.closed.complete(null);
        homes.add(next);
        homes.get(0).over = true;
        assertThatThrownBy(() -> file.write(Caller.ROOT, ByteBuffer.allocate(1), 0))
                .isInstanceOf(FsException.class);
        next.file.isFull = false;
        file.close();
        session.close();
        assertThat(next.file.content).hasToString("content");
    }

    /** Else the thread that brings the answers could wait for one of them. */
    @Test
    void whoTellsThatItIsClosedDoesNotWaitForTheNextHome() throws Exception {
        FrontSession session = session(FrontSession.Place.CLIENT);
        OpenFile file = written(session);
        file.close();
        FakeHome next = new FakeHome();
        next.reopens = new CompletableFuture<>();
        next.file.closed.complete(null);
        homes.add(next);
        homes.get(0).over = true;
        CompletableFuture<Void> moving = CompletableFuture.runAsync(session.opens()::moved, background);
        next.reopening.get(10, TimeUnit.SECONDS);
        CompletableFuture<Boolean> told =
                CompletableFuture.supplyAsync(() -> homes.get(0).file.closed.complete(null), background);
        assertThat(told.get(10, TimeUnit.SECONDS)).isTrue();
        next.reopens.complete(null);
        moving.get(10, TimeUnit.SECONDS);
        session.close();
        assertThat(next.file.content).isEmpty();
    }

    @Test
    void theEndOfTheSessionWaitsForWhatIsBeingClosed() throws Exception {
        FrontSession session = session(FrontSession.Place.CLIENT);
        written(session).close();
        CompletableFuture<Void> ended = CompletableFuture.runAsync(session::close, background);
        homes.get(0).file.closing.get(10, TimeUnit.SECONDS);
        assertThat(ended).isNotDone();
        homes.get(0).file.closed.complete(null);
        ended.get(10, TimeUnit.SECONDS);
    }

    @Test
    void aVulcanoThatServesAClientWaitsUntilAllIsStored() throws Exception {
        FrontSession session = session(FrontSession.Place.VULCANO);
        OpenFile file = written(session);
        CompletableFuture<Void> closed = closing(file);
        homes.get(0).file.closing.get(10, TimeUnit.SECONDS);
        assertThat(closed).isNotDone();
        homes.get(0).file.closed.complete(null);
        closed.get(10, TimeUnit.SECONDS);
        session.close();
    }
}
