package magma.dht.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import magma.dht.replication.VulcanoId;
import magma.fs.AttributeChanges;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A file gets another home while a change of it has been made at the one before, whose answer has not come yet. */
class MovedMeanwhileTest {
    private static final VulcanoId FIRST = new VulcanoId(new UUID(1, 1));
    private static final VulcanoId NEXT = new VulcanoId(new UUID(1, 2));
    private static final Key FILE = new Key(1, 2, 3);
    private static final Set<OpenOption> WRITING = EnumSet.of(OpenOption.READ, OpenOption.WRITE);

    private final ExecutorService background = Executors.newCachedThreadPool();
    private final FakeHome first = new FakeHome();
    private final FakeHome next = new FakeHome();
    private volatile VulcanoId home = FIRST;
    private FrontSession session;

    @BeforeEach
    void open() {
        Map<VulcanoId, FakeHome> homes = Map.of(FIRST, first, NEXT, next);
        SessionHomes parts = new SessionHomes(
                (at, name, listener) -> Objects.requireNonNull(homes.get(at)),
                new Homes.SessionName(new UUID(2, 2), 1, "test"),
                ChangeListener.NONE,
                background);
        session = new FrontSession(
                Key.MIN,
                new FrontCalls(key -> home, parts, OperationSlots.ofClient()),
                background,
                FrontSession.Place.VULCANO,
                ended -> {});
    }

    @AfterEach
    void end() {
        background.shutdownNow();
    }

    /** A write that has come to a home, which has not begun with it. */
    private static final class HeldWrite {
        private final CompletableFuture<Void> come = new CompletableFuture<>();
        private final CompletableFuture<Void> goesOn = new CompletableFuture<>();

        void await() throws ExecutionException, InterruptedException, TimeoutException {
            come.get(60, TimeUnit.SECONDS);
        }

        void goOn() {
            goesOn.complete(null);
        }
    }

    /** One file, and whoever has it open; when a change of it is made its answer waits for the test. */
    private static final class FakeHome extends FakePart {
        private final StringBuilder content = new StringBuilder();
        private final AtomicInteger term = new AtomicInteger();
        private volatile boolean isFull;
        private volatile boolean failsToClose;

        /** How often it is open. */
        private final AtomicInteger opened = new AtomicInteger();

        private volatile CompletableFuture<Void> changed = new CompletableFuture<>();
        private volatile CompletableFuture<Void> answers = CompletableFuture.completedFuture(null);
        private final AtomicReference<@Nullable HeldWrite> held = new AtomicReference<>();

        /** The next write waits before anything of it is done; those after it do not. */
        HeldWrite holdWrite() {
            HeldWrite next = new HeldWrite();
            held.set(next);
            return next;
        }

        /** From now on. */
        void answerLate() {
            changed = new CompletableFuture<>();
            answers = new CompletableFuture<>();
        }

        void awaitChange() throws ExecutionException, InterruptedException, TimeoutException {
            changed.get(10, TimeUnit.SECONDS);
        }

        void answer() {
            answers.complete(null);
        }

        synchronized String content() {
            return content.toString();
        }

        /** It answers for the file anew: what is open there is so no more. */
        void beginAnew() {
            term.incrementAndGet();
        }

        private @Nullable Object file(String method, Object[] given) throws FsException {
            switch (method) {
                case "write":
                    if (isFull) {
                        throw new FsException(Errno.ENOSPC, "full");
                    }
                    HeldWrite here = held.getAndSet(null);
                    if (here != null) {
                        here.come.complete(null);
                        here.goesOn.orTimeout(60, TimeUnit.SECONDS).join();
                    }
                    write((ByteBuffer) given[1], (Long) given[2]);
                    return ((ByteBuffer) given[1]).capacity();
                case "append":
                    long end = content().length();
                    write((ByteBuffer) given[1], end);
                    answered();
                    return end;
                case "punch":
                    cut(0);
                    answered();
                    return null;
                case "read":
                    return 0;
                case "close":
                    if (failsToClose) {
                        cut(0);
                        throw new FsException(Errno.ENOSPC, "nothing is stored, and nobody has it open");
                    }
                    return null;
                case "flush", "sync":
                    return null;
                default:
                    throw new UnsupportedOperationException(method);
            }
        }

        private synchronized void write(ByteBuffer from, long offset) {
            String text = StandardCharsets.UTF_8.decode(from).toString();
            int start = Math.toIntExact(offset);
            content.replace(start, Math.min(content.length(), start + text.length()), text);
        }

        private synchronized void cut(int length) {
            content.setLength(length);
        }

        private void answered() {
            changed.complete(null);
            answers.join();
        }

        private OpenFile opened(Set<OpenOption> options) {
            int begun = term.get();
            opened.incrementAndGet();
            return (OpenFile) Proxy.newProxyInstance(
                    OpenFile.class.getClassLoader(), new Class<?>[] {OpenFile.class}, (proxy, method, given) -> {
                        if (method.getName().equals("close")) {
                            opened.decrementAndGet();
                        }
                        if (method.getName().equals("write") && !options.contains(OpenOption.WRITE)) {
                            throw new FsException(Errno.EBADF, "not open for that");
                        }
                        if (begun != term.get()) {
                            throw new FsException(Errno.EREMOTE, "not in this term");
                        }
                        return file(method.getName(), given);
                    });
        }

        @Override
        public FileSystem plain() {
            return (FileSystem) Proxy.newProxyInstance(
                    FileSystem.class.getClassLoader(), new Class<?>[] {FileSystem.class}, (proxy, method, given) -> {
                        switch (method.getName()) {
                            case "open":
                                return opened(WRITING);
                            case "getAttributes":
                                return attributes(content().length());
                            case "setAttributes":
                                cut(Math.toIntExact(Objects.requireNonNull(((AttributeChanges) given[2]).size())));
                                answered();
                                return attributes(content().length());
                            default:
                                throw new UnsupportedOperationException(method.getName());
                        }
                    });
        }

        private static Attributes attributes(long size) {
            Instant now = Instant.EPOCH;
            return new Attributes(FILE, FlareType.FILE, 0644, 1, 0, 0, size, 0, 0, now, now, now, now, 1);
        }

        @Override
        public OpenFile reopen(Key key, Set<OpenOption> options) {
            return opened(options);
        }
    }

    private OpenFile opened() throws FsException {
        return session.open(Caller.ROOT, FILE, WRITING);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private CompletableFuture<Void> running(Running.Work work) {
        return Running.on(background, work);
    }

    /** Makes the change at the first home, has the file go to the next one, and lets the change be answered only then. */
    private void moveDuring(Running.Work change, Running.Work move) throws Exception {
        first.answerLate();
        CompletableFuture<Void> made = running(change);
        first.awaitChange();
        home = NEXT;
        move.run();
        first.answer();
        made.get(10, TimeUnit.SECONDS);
    }

    @Test
    void whatIsAppendedThenIsAtTheNextHomeWhenThatHasSynced() throws Exception {
        OpenFile log = opened();
        log.append(Caller.ROOT, bytes("one "));
        moveDuring(() -> log.append(Caller.ROOT, bytes("two ")), session.opens()::moved);
        log.sync(false);
        assertThat(next.content()).isEqualTo("one two ");
        log.append(Caller.ROOT, bytes("three"));
        assertThat(next.content()).isEqualTo("one two three");
    }

    /** Another call on the open file brings what is known of to the next home first. */
    @Test
    void whatIsAppendedThenIsAppendedAnewWhereTheNextHomeWasToldWithoutIt() throws Exception {
        OpenFile log = opened();
        moveDuring(() -> log.append(Caller.ROOT, bytes("line")), () -> log.sync(false));
        log.sync(false);
        assertThat(next.content()).isEqualTo("line");
    }

    @Test
    void whatIsAppendedThenIsNotAppendedTwiceWhereAnotherOpenFileMovesFirst() throws Exception {
        OpenFile log = opened();
        OpenFile other = opened();
        moveDuring(() -> log.append(Caller.ROOT, bytes("line")), () -> other.sync(false));
        next.write(bytes("line"), 0);
        log.sync(false);
        assertThat(next.content()).isEqualTo("line");
    }

    @Test
    void whatIsAppendedThenIsAtTheNextHomeThoughAnotherOpenFileHasMovedFirst() throws Exception {
        OpenFile log = opened();
        OpenFile other = opened();
        moveDuring(() -> log.append(Caller.ROOT, bytes("line")), () -> other.sync(false));
        other.sync(false);
        assertThat(next.content()).isEqualTo("line");
    }

    @Test
    void whatIsCutOffThenDoesNotComeBack() throws Exception {
        OpenFile file = opened();
        file.write(Caller.ROOT, bytes("old"), 0);
        next.write(bytes("old"), 0);
        moveDuring(
                () -> session.setAttributes(Caller.ROOT, FILE, AttributeChanges.size(0), file), session.opens()::moved);
        next.cut(0);
        file.sync(false);
        assertThat(next.content()).isEmpty();
    }

    @Test
    void whatIsCutOffThenIsCutOffAnewWhereTheNextHomeWasToldOfIt() throws Exception {
        OpenFile file = opened();
        OpenFile other = opened();
        file.write(Caller.ROOT, bytes("old"), 0);
        moveDuring(
                () -> session.setAttributes(Caller.ROOT, FILE, AttributeChanges.size(0), file),
                () -> other.sync(false));
        assertThat(next.content()).isEmpty();
        file.sync(false);
        assertThat(next.content()).isEmpty();
    }

    @Test
    void aHoleThatIsMadeThenStays() throws Exception {
        OpenFile file = opened();
        OpenFile other = opened();
        file.write(Caller.ROOT, bytes("old"), 0);
        moveDuring(() -> file.punch(Caller.ROOT, 0, 3), () -> other.sync(false));
        file.sync(false);
        assertThat(next.content()).isEmpty();
    }

    @Test
    void whatWasOnItsWayWhileAnotherOpenFileSyncedIsWrittenAgain() throws Exception {
        OpenFile file = opened();
        OpenFile other = opened();
        HeldWrite write = first.holdWrite();
        CompletableFuture<Void> written = running(() -> file.write(Caller.ROOT, bytes("new"), 0));
        write.await();
        other.sync(false);
        write.goOn();
        written.get(10, TimeUnit.SECONDS);
        home = NEXT;
        file.sync(false);
        assertThat(next.content()).isEqualTo("new");
    }

    @Test
    void whatWasOnItsWayWhileAnotherOpenFileWasCutIsWrittenAgain() throws Exception {
        OpenFile file = opened();
        OpenFile other = opened();
        HeldWrite write = first.holdWrite();
        CompletableFuture<Void> written = running(() -> file.write(Caller.ROOT, bytes("new"), 0));
        write.await();
        other.punch(Caller.ROOT, 0, 3);
        write.goOn();
        written.get(10, TimeUnit.SECONDS);
        home = NEXT;
        file.sync(false);
        assertThat(next.content()).isEqualTo("new");
    }

    @Test
    void whatFailedOnItsWayIsNotWrittenAgain() throws Exception {
        OpenFile file = opened();
        file.write(Caller.ROOT, bytes("old"), 0);
        HeldWrite write = first.holdWrite();
        CompletableFuture<Void> written = running(() -> file.write(Caller.ROOT, bytes("new"), 0));
        write.await();
        write.goesOn.completeExceptionally(new IllegalStateException("no room"));
        assertThatThrownBy(() -> written.get(10, TimeUnit.SECONDS)).hasRootCauseMessage("no room");
        home = NEXT;
        file.sync(false);
        assertThat(next.content()).isEqualTo("old");
    }

    /** Has the file go to the next home by another open file, which is held up while it writes again there what was written. */
    private CompletableFuture<Void> movingBy(OpenFile other, HeldWrite replay) throws Exception {
        home = NEXT;
        CompletableFuture<Void> moving = running(() -> other.read(ByteBuffer.allocate(1), 0));
        replay.await();
        return moving;
    }

    /** Runs until it is done, or waits for another thread. */
    private CompletableFuture<Void> runningUntilItWaits(Running.Work work) throws Exception {
        CompletableFuture<Thread> thread = new CompletableFuture<>();
        CompletableFuture<Void> done = running(() -> {
            thread.complete(Thread.currentThread());
            work.run();
        });
        Thread runs = thread.get(60, TimeUnit.SECONDS);
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!done.isDone() && runs.getState() != Thread.State.BLOCKED) {
            assertThat(System.nanoTime()).as("it comes to nothing").isLessThan(deadline);
            Thread.onSpinWait();
        }
        return done;
    }

    @Test
    void whatIsWrittenWhileAnotherOpenFileWritesAgainIsNotReplacedByWhatWasBefore() throws Exception {
        OpenFile file = opened();
        OpenFile other = opened();
        file.write(Caller.ROOT, bytes("old"), 0);
        HeldWrite replay = next.holdWrite();
        CompletableFuture<Void> moving = movingBy(other, replay);
        CompletableFuture<Void> written = runningUntilItWaits(() -> file.write(Caller.ROOT, bytes("new"), 0));
        replay.goOn();
        written.get(10, TimeUnit.SECONDS);
        moving.get(10, TimeUnit.SECONDS);
        assertThat(next.content()).isEqualTo("new");
    }

    @Test
    void whatIsAtTheNextHomeIsNotWrittenAgainByEachThatHasTheFileOpen() throws Exception {
        OpenFile file = opened();
        OpenFile other = opened();
        file.write(Caller.ROOT, bytes("mine"), 0);
        home = NEXT;
        file.read(ByteBuffer.allocate(1), 0);
        // By another client.
        next.write(bytes("theirs"), 0);
        other.sync(false);
        file.sync(false);
        assertThat(next.content()).isEqualTo("theirs");
    }

    @Test
    void whatWasLostWithAnotherOpenFileThatCouldNotBeClosedIsWrittenAgain() throws Exception {
        OpenFile file = opened();
        OpenFile other = opened();
        file.write(Caller.ROOT, bytes("mine"), 0);
        home = NEXT;
        next.failsToClose = true;
        assertThatThrownBy(other::close).isInstanceOf(FsException.class);
        assertThat(next.content()).isEmpty();
        file.sync(false);
        assertThat(next.content()).isEqualTo("mine");
    }

    @Test
    void whatIsCutByNameWhileAnOpenFileWritesAgainDoesNotComeBack() throws Exception {
        OpenFile file = opened();
        file.write(Caller.ROOT, bytes("old"), 0);
        HeldWrite replay = next.holdWrite();
        CompletableFuture<Void> moving = movingBy(file, replay);
        CompletableFuture<Void> cut =
                runningUntilItWaits(() -> session.setAttributes(Caller.ROOT, FILE, AttributeChanges.size(0), null));
        replay.goOn();
        cut.get(10, TimeUnit.SECONDS);
        moving.get(10, TimeUnit.SECONDS);
        assertThat(next.content()).isEmpty();
    }

    @Test
    void whatIsCutWhileAnotherOpenFileWritesAgainDoesNotComeBack() throws Exception {
        OpenFile file = opened();
        OpenFile other = opened();
        file.write(Caller.ROOT, bytes("old"), 0);
        HeldWrite replay = next.holdWrite();
        CompletableFuture<Void> moving = movingBy(other, replay);
        CompletableFuture<Void> cut =
                runningUntilItWaits(() -> session.setAttributes(Caller.ROOT, FILE, AttributeChanges.size(0), file));
        replay.goOn();
        cut.get(10, TimeUnit.SECONDS);
        moving.get(10, TimeUnit.SECONDS);
        assertThat(next.content()).isEmpty();
    }

    @Test
    void whatIsWrittenWhereTheHomeHasBegunAnewIsNotReplacedByWhatWasBefore() throws Exception {
        OpenFile file = opened();
        OpenFile other = opened();
        file.write(Caller.ROOT, bytes("old"), 0);
        HeldWrite replay = first.holdWrite();
        first.beginAnew();
        CompletableFuture<Void> moving = running(() -> other.read(ByteBuffer.allocate(1), 0));
        replay.await();
        CompletableFuture<Void> written = runningUntilItWaits(() -> file.write(Caller.ROOT, bytes("new"), 0));
        replay.goOn();
        written.get(10, TimeUnit.SECONDS);
        moving.get(10, TimeUnit.SECONDS);
        assertThat(first.content()).isEqualTo("new");
    }

    @Test
    void whatIsWrittenBeforeAHomeBeginsAnewIsThereAgain() throws Exception {
        OpenFile file = opened();
        file.write(Caller.ROOT, bytes("old"), 0);
        first.cut(0);
        first.beginAnew();
        file.sync(false);
        assertThat(first.content()).isEqualTo("old");
    }

    @Test
    void whoOnlyReadsSeesWhatWasWrittenAtTheNextHome() throws Exception {
        OpenFile file = opened();
        OpenFile reader = session.open(Caller.ROOT, FILE, EnumSet.of(OpenOption.READ));
        file.write(Caller.ROOT, bytes("new"), 0);
        home = NEXT;
        reader.read(ByteBuffer.allocate(1), 0);
        assertThat(next.content()).isEqualTo("new");
        assertThat(next.opened).hasValue(1);
        assertThatThrownBy(() -> reader.write(Caller.ROOT, bytes("not"), 0))
                .isInstanceOfSatisfying(
                        FsException.class,
                        refused -> assertThat(refused.errno()).isEqualTo(Errno.EBADF));
        file.sync(false);
        assertThat(next.content()).isEqualTo("new");
    }

    @Test
    void aFileIsOpenOnceWhereWhatWasWrittenCannotBeWrittenAgainAtFirst() throws Exception {
        OpenFile file = opened();
        file.write(Caller.ROOT, bytes("new"), 0);
        home = NEXT;
        next.isFull = true;
        assertThatThrownBy(() -> file.sync(false)).isInstanceOf(FsException.class);
        assertThatThrownBy(() -> file.sync(false)).isInstanceOf(FsException.class);
        next.isFull = false;
        file.sync(false);
        assertThat(next.content()).isEqualTo("new");
        assertThat(next.opened).hasValue(1);
    }

    @Test
    void whatWasOpenBeforeAHomeBeganAnewIsOpenedAgainToWriteAgain() throws Exception {
        OpenFile file = opened();
        OpenFile other = opened();
        file.write(Caller.ROOT, bytes("new"), 0);
        first.cut(0);
        first.beginAnew();
        first.isFull = true;
        assertThatThrownBy(() -> other.sync(false)).isInstanceOf(FsException.class);
        first.isFull = false;
        file.sync(false);
        assertThat(first.content()).isEqualTo("new");
    }

    @Test
    void whatCouldNotBeStoredWhenTheLastWriterClosedIsNotWrittenAgainByWhoReads() throws Exception {
        OpenFile file = opened();
        OpenFile reader = session.open(Caller.ROOT, FILE, EnumSet.of(OpenOption.READ));
        file.write(Caller.ROOT, bytes("new"), 0);
        first.failsToClose = true;
        assertThatThrownBy(file::close).isInstanceOf(FsException.class);
        home = NEXT;
        reader.read(ByteBuffer.allocate(1), 0);
        assertThat(next.content()).isEmpty();
    }
}
