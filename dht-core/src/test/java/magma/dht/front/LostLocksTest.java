package magma.dht.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import magma.dht.replication.VulcanoId;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of open files when locks on them were lost without contact. */
class LostLocksTest {
    private static final VulcanoId HOME = new VulcanoId(new UUID(1, 1));
    private static final Key FILE = new Key(1, 2, 3);
    private static final Set<OpenOption> WRITING = EnumSet.of(OpenOption.READ, OpenOption.WRITE);
    private static final Lock LOCK = posix(1, 0, 99);

    private final ExecutorService background = Executors.newCachedThreadPool();
    private final List<FakeHome> homes = new ArrayList<>();
    private FrontSession session;

    @BeforeEach
    void oneHome() {
        homes.add(new FakeHome());
        Homes opener = (home, name, listener) -> homes.get(homes.size() - 1);
        SessionHomes parts = new SessionHomes(
                opener, new Homes.SessionName(new UUID(2, 2), 1, "test"), ChangeListener.NONE, background);
        FrontCalls calls = new FrontCalls(key -> HOME, parts, OperationSlots.ofClient());
        session = new FrontSession(Key.MIN, calls, background, FrontSession.Place.CLIENT, ended -> {});
    }

    @AfterEach
    void end() {
        background.shutdownNow();
    }

    /** A home with one file. */
    private static final class FakeHome extends FakePart {
        final StringBuilder content = new StringBuilder();
        final Set<Lock> locks = new HashSet<>();
        final Set<Lock> unlocked = new HashSet<>();
        volatile boolean refuses;

        private OpenFile file() {
            return (OpenFile) Proxy.newProxyInstance(
                    OpenFile.class.getClassLoader(), new Class<?>[] {OpenFile.class}, (proxy, method, given) -> {
                        switch (method.getName()) {
                            case "write":
                                String text = StandardCharsets.UTF_8
                                        .decode((ByteBuffer) given[1])
                                        .toString();
                                content.replace(0, text.length(), text);
                                return text.length();
                            case "flush", "sync", "close":
                                return null;
                            default:
                                throw new UnsupportedOperationException(method.getName());
                        }
                    });
        }

        @Override
        public FileSystem plain() {
            return (FileSystem) Proxy.newProxyInstance(
                    FileSystem.class.getClassLoader(), new Class<?>[] {FileSystem.class}, (proxy, method, given) -> {
                        switch (method.getName()) {
                            case "open":
                                return file();
                            case "unlock":
                                unlocked.addAll(locks);
                                locks.clear();
                                return null;
                            case "lock":
                                if (refuses) {
                                    return CompletableFuture.failedFuture(new FsException(Errno.EAGAIN, "locked"));
                                }
                                locks.add((Lock) given[1]);
                                return CompletableFuture.completedFuture(null);
                            default:
                                throw new UnsupportedOperationException(method.getName());
                        }
                    });
        }

        @Override
        public OpenFile reopen(Key key, Set<OpenOption> options) {
            return file();
        }

        @Override
        public boolean holds(Key file, Lock lock) {
            return locks.contains(lock);
        }
    }

    private static Lock posix(long owner, long start, long end) {
        return new Lock(Lock.Family.POSIX, new Lock.Owner(owner), true, new Lock.Range(start, end), 1);
    }

    private static Lock flock(boolean exclusive) {
        return new Lock(Lock.Family.FLOCK, new Lock.Owner(1), exclusive, Lock.Range.ALL, 1);
    }

    private OpenFile opened() throws FsException {
        return session.open(Caller.ROOT, FILE, WRITING);
    }

    private static void write(OpenFile file, String text) throws FsException {
        int unused = file.write(Caller.ROOT, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
    }

    private void take(Lock lock) throws Exception {
        session.lock(FILE, lock, false).get(60, TimeUnit.SECONDS);
    }

    private void giveBack(Lock lock) throws FsException {
        session.unlock(FILE, lock.family(), lock.owner(), lock.range());
    }

    /** Contact is lost, and there is contact again with a home that knows of these. */
    private FakeHome contactAgain(Lock... known) {
        FakeHome next = new FakeHome();
        next.locks.addAll(List.of(known));
        homes.add(next);
        homes.get(homes.size() - 2).over = true;
        return next;
    }

    private static void assertLost(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
    }

    @Test
    void whatIsOpenFailsWhenALockIsLostAndNothingIsWrittenAgain() throws Exception {
        OpenFile file = opened();
        OpenFile other = opened();
        take(LOCK);
        write(file, "under the lock");
        FakeHome next = contactAgain();
        assertLost(() -> write(file, "!"));
        assertLost(() -> write(other, "!"));
        assertLost(() -> file.sync(true));
        assertLost(file::flush);
        assertLost(file::close);
        assertThat(next.content).isEmpty();
    }

    @Test
    void whatIsOpenedAnewFailsUntilTheLostLockIsGivenBack() throws Exception {
        OpenFile file = opened();
        take(LOCK);
        FakeHome next = contactAgain();
        assertLost(() -> write(file, "!"));
        OpenFile early = opened();
        assertLost(() -> write(early, "!"));
        assertThatThrownBy(() -> take(LOCK)).isInstanceOf(ExecutionException.class);
        giveBack(LOCK);
        take(LOCK);
        OpenFile late = opened();
        write(late, "anew");
        assertLost(() -> write(file, "!"));
        assertThat(next.content).hasToString("anew");
    }

    @Test
    void lockThatTheHomeKnowsGoesOn() throws Exception {
        OpenFile file = opened();
        take(LOCK);
        write(file, "under the lock");
        FakeHome next = contactAgain(LOCK);
        write(file, "UNDER");
        assertThat(next.content).hasToString("UNDER the lock");
    }

    @Test
    void lossIsFoundBeforeAnotherLockIsGranted() throws Exception {
        OpenFile file = opened();
        take(LOCK);
        FakeHome next = contactAgain();
        assertThatThrownBy(() -> take(posix(1, 0, 10))).isInstanceOf(ExecutionException.class);
        assertThat(next.locks).isEmpty();
        assertLost(() -> write(file, "!"));
    }

    @Test
    void lockThatWasGivenBackIsNotLost() throws Exception {
        OpenFile file = opened();
        take(LOCK);
        giveBack(LOCK);
        FakeHome next = contactAgain();
        write(file, "content");
        assertThat(next.content).hasToString("content");
    }

    @Test
    void ofALockThatIsGivenBackInPartTheRestCanBeLost() throws Exception {
        OpenFile file = opened();
        take(LOCK);
        giveBack(posix(1, 50, 99));
        FakeHome next = contactAgain(posix(1, 0, 49));
        write(file, "held");
        assertThat(next.content).hasToString("held");
        FakeHome unused = contactAgain(posix(1, 0, 48));
        assertLost(() -> write(file, "!"));
    }

    /** As flock(2) is: what was held is let go before the other kind is waited for. */
    @Test
    void lockThatCouldNotBeChangedToTheOtherKindIsGoneAndNotLost() throws Exception {
        OpenFile file = opened();
        take(flock(false));
        homes.get(0).refuses = true;
        assertThatThrownBy(() -> take(flock(true))).isInstanceOf(ExecutionException.class);
        FakeHome next = contactAgain();
        write(file, "content");
        assertThat(next.content).hasToString("content");
    }
}
