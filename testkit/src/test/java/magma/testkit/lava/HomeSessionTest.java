package magma.testkit.lava;

import static magma.testkit.lava.TwoHomes.BOTH;
import static magma.testkit.lava.TwoHomes.GRACE;
import static magma.testkit.lava.TwoHomes.ONE;
import static magma.testkit.lava.TwoHomes.TWO;
import static magma.testkit.lava.TwoHomes.assertFails;
import static magma.testkit.lava.TwoHomes.bytes;
import static magma.testkit.lava.TwoHomes.name;
import static magma.testkit.lava.TwoHomes.read;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import magma.dht.front.HomeSession;
import magma.dht.front.Operation;
import magma.fs.AttributeChanges;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FileSystem.RenameMode;
import magma.fs.FileSystem.XattrMode;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;
import magma.fs.OpenFile;
import magma.fs.XattrName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sessions of a network at their homes: they go on over lost contact, over other fronts, and over other homes. */
class HomeSessionTest {
    private static final Caller ROOT = Caller.ROOT;
    private static final Lock WHOLE = new Lock(Lock.Family.POSIX, new Lock.Owner(7), true, Lock.Range.ALL, 1);

    private TwoHomes homes;
    private HomeSession one;
    private HomeSession two;
    private Key root;
    private Key file;
    private OpenFile open;

    @BeforeEach
    void open() throws Exception {
        homes = new TwoHomes(Lava.usual());
        one = homes.first().open(ONE, 1);
        two = homes.first().open(TWO, 1);
        TwoHomes.OpenedFile created = TwoHomes.create(one);
        root = created.root();
        file = created.key();
        open = created.open();
    }

    @AfterEach
    void close() throws Exception {
        homes.end(one, two);
    }

    private static CompletableFuture<Void> take(HomeSession session, Key file) {
        return session.plain().lock(file, WHOLE, true);
    }

    private static void unlock(HomeSession session, Key file) throws FsException {
        session.plain().unlock(file, WHOLE.family(), WHOLE.owner(), WHOLE.range());
    }

    @Test
    void anEarlierGenerationIsRefusedOnceALaterOneWasSeen() throws Exception {
        HomeSession later = homes.first().open(ONE, 2);
        assertFails(Errno.ENOTCONN, () -> one.plain().getAttributes(file));
        assertFails(Errno.ENOTCONN, () -> open.write(ROOT, bytes("x"), 0));
        assertFails(Errno.ENOTCONN, () -> homes.first().open(ONE, 1));
        assertThat(one.isOver()).isTrue();
        one.close();
        assertThat(later.plain().getAttributes(file).key()).isEqualTo(file);
        later.close();
        assertFails(Errno.ENOTCONN, () -> homes.first().open(ONE, 1));
    }

    @Test
    void locksStayWithTheSessionThatGoesOnElsewhere() throws Exception {
        take(one, file).join();
        HomeSession later = homes.first().open(ONE, 2);
        CompletableFuture<Void> waits = take(two, file);
        one.abort();
        one.close();
        homes.time.pass(GRACE.multipliedBy(2));
        assertThat(waits).isNotDone();
        unlock(later, file);
        assertThat(waits).isCompleted();
        later.close();
    }

    @Test
    void whatIsNotOpenedAgainIsHeldForAWhileOnly() throws Exception {
        OpenFile other =
                one.plain().create(ROOT, root, name("other"), 0644, true, BOTH).file();
        open.write(ROOT, bytes("kept"), 0);
        two.plain().unlink(ROOT, root, name("file"));
        two.plain().unlink(ROOT, root, name("other"));
        HomeSession again = homes.first().open(ONE, 1);
        homes.time.pass(Duration.ZERO);
        OpenFile reopened = again.reopen(file, BOTH);
        homes.time.pass(GRACE);
        assertThat(read(reopened)).isEqualTo("kept");
        assertFails(Errno.ENOENT, () -> again.reopen(other.flare(), BOTH));
        reopened.close();
        assertFails(Errno.ENOENT, () -> again.reopen(file, BOTH));
        again.close();
    }

    @Test
    void aSessionWithoutContactKeepsItsLocksForTheGrace() throws Exception {
        take(one, file).join();
        CompletableFuture<Void> waits = take(two, file);
        one.abort();
        assertFails(Errno.ENOTCONN, () -> one.plain().getAttributes(file));
        homes.time.pass(GRACE.minusMillis(1));
        assertThat(waits).isNotDone();
        HomeSession again = homes.first().open(ONE, 1);
        homes.time.pass(GRACE);
        assertThat(waits).isNotDone();
        again.abort();
        homes.time.pass(GRACE);
        assertThat(waits).isCompleted();
    }

    @Test
    void aSessionCanTellWhetherItHasItsLocksStill() throws Exception {
        assertThat(one.holds(file, WHOLE)).isFalse();
        take(one, file).join();
        assertThat(one.holds(file, WHOLE)).isTrue();
        assertThat(two.holds(file, WHOLE)).isFalse();
        one.abort();
        homes.time.pass(GRACE.minusMillis(1));
        HomeSession inTime = homes.first().open(ONE, 1);
        assertThat(inTime.holds(file, WHOLE)).isTrue();
        inTime.abort();
        homes.time.pass(GRACE);
        HomeSession late = homes.first().open(ONE, 1);
        assertThat(late.holds(file, WHOLE)).isFalse();
        late.close();
    }

    @Test
    void aSessionThatComesBackWhileItIsBeingEndedKeepsTheLocksThatWereNotTakenYet() throws Exception {
        OpenFile second =
                one.plain().create(ROOT, root, name("second"), 0644, true, BOTH).file();
        List<HomeSession> back = new ArrayList<>();
        List<CompletableFuture<Void>> waits = new ArrayList<>();
        for (Key each : List.of(file, second.flare())) {
            take(one, each).join();
            CompletableFuture<Void> waiting = take(two, each);
            waits.add(waiting.thenRun(() -> back.add(backAgain())));
        }
        one.abort();
        homes.time.pass(GRACE);
        assertThat(waits.stream().filter(CompletableFuture::isDone)).hasSize(1);
        HomeSession again = back.get(0);
        assertThat(again.holds(file, WHOLE))
                .isNotEqualTo(again.holds(second.flare(), WHOLE))
                .isEqualTo(!waits.get(0).isDone());
        again.close();
    }

    private HomeSession backAgain() {
        try {
            return homes.first().open(ONE, 1);
        } catch (FsException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatASessionWithoutContactWaitedForIsGivenUp() throws Exception {
        take(two, file).join();
        CompletableFuture<Void> waits = take(one, file);
        one.abort();
        assertThat(waits).isCompletedExceptionally();
        unlock(two, file);
        assertThat(two.plain().findConflict(file, WHOLE)).isEmpty();
        assertThat(homes.storage.get(magma.dht.record.Records.locks(file))).isNull();
    }

    @Test
    void anOrderlyEndLetsGoAtOnce() throws Exception {
        take(one, file).join();
        CompletableFuture<Void> waits = take(two, file);
        OpenFile held = two.reopen(file, BOTH);
        two.plain().unlink(ROOT, root, name("file"));
        one.close();
        assertThat(waits).isCompleted();
        held.write(ROOT, bytes("x"), 0);
        two.close();
        assertThat(homes.storage.get(magma.dht.record.Records.flare(file))).isNull();
    }

    @Test
    void aLockIsInItsRecordBeforeItIsGrantedAndOutlivesItsHome() throws Exception {
        HomeSession oneThere = homes.second().open(ONE, 1);
        HomeSession twoThere = homes.second().open(TWO, 1);
        take(one, file).join();
        CompletableFuture<Void> waitsHere = take(two, file);
        homes.handOver(file);
        assertThat(waitsHere).isCompletedExceptionally();
        assertFails(Errno.EREMOTE, () -> unlock(one, file));
        CompletableFuture<Void> waits = take(twoThere, file);
        homes.time.pass(GRACE.multipliedBy(2));
        assertThat(waits).isNotDone();
        assertThat(twoThere.plain().findConflict(file, WHOLE)).isPresent();
        unlock(oneThere, file);
        assertThat(waits).isCompleted();
        oneThere.close();
        twoThere.close();
    }

    @Test
    void aLockThatCannotBeStoredIsNotGranted() throws Exception {
        homes.takeAway(file);
        assertThat(take(one, file)).isCompletedExceptionally();
        HomeSession there = homes.second().open(TWO, 1);
        assertThat(take(there, file)).isCompleted();
        there.close();
    }

    @Test
    void locksOfSessionsThatDoNotComeToTheNextHomeGo() throws Exception {
        take(one, file).join();
        HomeSession there = homes.second().open(TWO, 1);
        homes.handOver(file);
        CompletableFuture<Void> waits = take(there, file);
        homes.time.pass(GRACE.minusMillis(1));
        assertThat(waits).isNotDone();
        homes.time.pass(Duration.ofMillis(1));
        assertThat(waits).isCompleted();
        there.close();
    }

    @Test
    void aVulcanoThatStopsLeavesTheLocksOfItsSessions() throws Exception {
        take(one, file).join();
        homes.first().volume().close();
        assertThat(homes.storage.get(magma.dht.record.Records.locks(file))).isNotNull();
        homes.handOver(file);
        homes.time.pass(GRACE);
        assertThat(homes.storage.get(magma.dht.record.Records.locks(file))).isNull();
    }

    @Test
    void whoIsToldOfALockMayAskForMoreAtOnce() throws Exception {
        take(one, file).join();
        CompletableFuture<Void> passedOn = take(two, file).thenRun(() -> {
            try {
                unlock(two, file);
            } catch (FsException e) {
                throw new IllegalStateException(e);
            }
        });
        unlock(one, file);
        assertThat(passedOn).isCompleted();
        assertThat(one.plain().findConflict(file, WHOLE)).isEmpty();
    }

    /** An operation on files {@code file} and {@code other} and directory {@code dir} in the root. */
    private record Named(String name, Call call) {
        @Override
        public String toString() {
            return name;
        }
    }

    private interface Call {
        void on(FileSystem home, Key root, Key file) throws FsException;
    }

    static Stream<Named> operations() {
        return Stream.of(
                new Named("create", (home, root, file) -> {
                    FileSystem.Created created = home.create(ROOT, root, name("new"), 0644, true, BOTH);
                    assertThat(created.isNew()).isTrue();
                    created.file().write(ROOT, bytes("x"), 0);
                    created.file().close();
                }),
                new Named("mkdir", (home, root, file) -> home.makeDirectory(ROOT, root, name("new"), 0755)),
                new Named("symlink", (home, root, file) -> home.symlink(ROOT, root, name("new"), new byte[] {'t'})),
                new Named("link", (home, root, file) -> {
                    home.link(ROOT, file, root, name("new"));
                    assertThat(home.getAttributes(file).links()).isEqualTo(2);
                }),
                new Named("unlink", (home, root, file) -> home.unlink(ROOT, root, name("other"))),
                new Named("rmdir", (home, root, file) -> home.removeDirectory(ROOT, root, name("dir"))),
                new Named(
                        "rename",
                        (home, root, file) ->
                                home.rename(ROOT, root, name("file"), root, name("new"), RenameMode.NO_REPLACE)),
                new Named(
                        "chmod",
                        (home, root, file) -> home.setAttributes(ROOT, file, AttributeChanges.mode(0600), null)),
                new Named(
                        "setXattr",
                        (home, root, file) ->
                                home.setXattr(ROOT, file, new XattrName("user.new"), new byte[1], XattrMode.CREATE)),
                new Named(
                        "removeXattr", (home, root, file) -> home.removeXattr(ROOT, file, new XattrName("user.old"))));
    }

    private void prepare() throws FsException {
        one.plain().create(ROOT, root, name("other"), 0644, true, BOTH).file().close();
        one.plain().makeDirectory(ROOT, root, name("dir"), 0755);
        one.plain().setXattr(ROOT, file, new XattrName("user.old"), new byte[1], XattrMode.CREATE);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void anOperationWhoseAnswerWasLostIsNotDoneAgain(Named named) throws Exception {
        prepare();
        Operation operation = new Operation(3, 17, false);
        named.call().on(one.numbered(operation), root, file);
        named.call().on(one.numbered(operation.repeated()), root, file);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void anOperationIsNotDoneAgainAtTheNextHome(Named named) throws Exception {
        prepare();
        HomeSession there = homes.second().open(ONE, 2);
        Operation operation = new Operation(3, 17, false);
        named.call().on(one.numbered(operation), root, file);
        homes.handOver(root);
        named.call().on(there.numbered(operation.repeated()), root, file);
        there.close();
    }

    @ParameterizedTest
    @MethodSource("operations")
    void anOperationThatDidNotArriveIsDoneByTheRetry(Named named) throws Exception {
        prepare();
        named.call().on(one.numbered(new Operation(3, 17, true)), root, file);
    }
}
