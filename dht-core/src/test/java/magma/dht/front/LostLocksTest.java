package magma.dht.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.NoContactException;
import magma.fs.AttributeChanges;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.Errno;
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
    private final List<LockingHome> homes = new ArrayList<>();
    private FrontSession session;

    @BeforeEach
    void oneHome() {
        homes.add(new LockingHome());
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

    private OpenFile writtenUnderLock() throws Exception {
        OpenFile file = opened();
        take(LOCK);
        write(file, "under the lock");
        return file;
    }

    private void giveBack(Lock lock) throws FsException {
        session.unlock(FILE, lock.family(), lock.owner(), lock.range());
    }

    /** Contact is lost, and there is contact again with a home that knows of these. */
    private LockingHome contactAgain(Lock... known) {
        LockingHome next = new LockingHome();
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
        LockingHome next = contactAgain();
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
        LockingHome next = contactAgain();
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
        OpenFile file = writtenUnderLock();
        LockingHome next = contactAgain(LOCK);
        write(file, "UNDER");
        assertThat(next.content).hasToString("UNDER the lock");
    }

    @Test
    void lossIsFoundBeforeAnotherLockIsGranted() throws Exception {
        OpenFile file = opened();
        take(LOCK);
        LockingHome next = contactAgain();
        assertThatThrownBy(() -> take(posix(1, 0, 10))).isInstanceOf(ExecutionException.class);
        assertThat(next.locks).isEmpty();
        assertLost(() -> write(file, "!"));
    }

    @Test
    void lockThatWasGivenBackIsNotLost() throws Exception {
        OpenFile file = opened();
        take(LOCK);
        giveBack(LOCK);
        LockingHome next = contactAgain();
        write(file, "content");
        assertThat(next.content).hasToString("content");
    }

    @Test
    void ofALockThatIsGivenBackInPartTheRestCanBeLost() throws Exception {
        OpenFile file = opened();
        take(LOCK);
        giveBack(posix(1, 50, 99));
        LockingHome next = contactAgain(posix(1, 0, 49));
        write(file, "held");
        assertThat(next.content).hasToString("held");
        LockingHome unused = contactAgain(posix(1, 0, 48));
        assertLost(() -> write(file, "!"));
    }

    /** As flock(2) is: what was held is let go before the other kind is waited for. */
    @Test
    void lockThatCouldNotBeChangedToTheOtherKindIsGoneAndNotLost() throws Exception {
        OpenFile file = opened();
        take(flock(false));
        homes.get(0).refuses = true;
        assertThatThrownBy(() -> take(flock(true))).isInstanceOf(ExecutionException.class);
        LockingHome next = contactAgain();
        write(file, "content");
        assertThat(next.content).hasToString("content");
    }

    @Test
    void lockOfWhichTheClientAsksIsKnownToAVulcanoThatDidNotTakeIt() throws Exception {
        homes.get(0).locks.add(LOCK);
        OpenFile file = opened();
        assertThat(session.holds(FILE, LOCK)).isTrue();
        write(file, "under the lock");
        LockingHome next = contactAgain();
        assertLost(() -> write(file, "!"));
        assertThat(next.content).isEmpty();
    }

    /** Then its open files fail. */
    @Test
    void lossThatTheVulcanoHasFoundIsFoundWhenTheLockIsGivenBack() throws Exception {
        OpenFile file = writtenUnderLock();
        LockingHome home = homes.get(0);
        home.fails = true;
        home.locks.clear();
        giveBack(LOCK);
        assertLost(file::flush);
        LockingHome next = contactAgain();
        OpenFile anew = opened();
        write(anew, "");
        assertThat(next.content).isEmpty();
    }

    /** It may have been done. */
    @Test
    void whatFailedIsNotDoneAgainBecauseTheHomeCannotTellOfLocks() throws Exception {
        OpenFile file = opened();
        take(LOCK);
        LockingHome home = homes.get(0);
        home.fails = true;
        home.isElsewhere = true;
        assertLost(() -> write(file, "!"));
        assertThat(home.failures).hasValue(1);
    }

    @Test
    void waitingLockIsNotGrantedAfterALoss() throws Exception {
        OpenFile file = writtenUnderLock();
        LockingHome home = homes.get(0);
        home.granting = new CompletableFuture<>();
        CompletableFuture<Void> waiting = session.lock(FILE, posix(1, 0, 199), true);
        LockingHome next = contactAgain();
        home.granting.completeExceptionally(
                new FsException(Errno.ENOTCONN, "lost", new NoContactException(true, "lost")));
        assertThatThrownBy(() -> waiting.get(60, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
        assertLost(() -> write(file, "!"));
        assertThat(next.content).isEmpty();
        assertThat(next.locks).isEmpty();
    }

    @Test
    void nothingIsCutUnderALostLock() throws Exception {
        OpenFile file = opened();
        take(LOCK);
        LockingHome next = contactAgain();
        next.content.append("of the next holder");
        assertLost(() -> session.open(Caller.ROOT, FILE, EnumSet.of(OpenOption.WRITE, OpenOption.TRUNCATE)));
        assertLost(() -> session.setAttributes(Caller.ROOT, FILE, AttributeChanges.size(0), null));
        assertLost(() -> write(file, "!"));
        assertThat(next.content).hasToString("of the next holder");
    }

    @Test
    void lockThatIsGivenBackBeforeItsGrantIsKnownIsNotLost() throws Exception {
        OpenFile file = opened();
        LockingHome home = homes.get(0);
        home.granting = new CompletableFuture<>();
        CompletableFuture<Void> granted = session.lock(FILE, LOCK, true);
        giveBack(LOCK);
        home.granting.complete(null);
        granted.get(60, TimeUnit.SECONDS);
        LockingHome next = contactAgain();
        write(file, "content");
        assertThat(next.content).hasToString("content");
    }

    @Test
    void lockThatIsGivenBackWhileTheHomeIsAskedIsNotLostForGood() throws Exception {
        OpenFile file = opened();
        take(LOCK);
        take(posix(2, 200, 299));
        LockingHome next = contactAgain();
        next.afterNext = () -> next.afterNext = () -> giveBack(LOCK);
        assertLost(() -> file.sync(true));
        giveBack(posix(2, 200, 299));
        assertLost(file::close);
        write(opened(), "anew");
        assertThat(next.content).hasToString("anew");
    }

    @Test
    void lockThatIsGivenBackAndTakenWhileTheHomeIsAskedIsNotLost() throws Exception {
        OpenFile file = opened();
        take(LOCK);
        LockingHome next = contactAgain(LOCK);
        next.beforeNext = () -> giveBack(LOCK);
        next.afterNext = () -> take(LOCK);
        file.sync(true);
        write(file, "content");
        assertThat(next.content).hasToString("content");
    }

    @Test
    void whatIsKeptOfALockThatIsGivenBackInPartWhileTheHomeIsAskedIsLost() throws Exception {
        OpenFile file = writtenUnderLock();
        LockingHome next = contactAgain();
        next.afterNext =
                () -> session.opens().locks().released(FILE, LOCK.family(), LOCK.owner(), new Lock.Range(50, 99));
        assertLost(() -> write(file, "!"));
        assertThat(next.content).isEmpty();
    }

    @Test
    void whatFailsDoesNotKeepOthersFromBeingSynced() throws Exception {
        OpenFile file = opened();
        take(LOCK);
        LockingHome next = contactAgain();
        assertLost(() -> write(file, "!"));
        giveBack(LOCK);
        write(opened(), "anew");
        session.syncAll();
        assertThat(next.syncs).hasValue(1);
    }
}
