package magma.dht.front;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.NoContactException;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FsException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A session whose part at a vulcano is long in opening, since that hangs. */
class SessionHomesTest {
    private static final VulcanoId HUNG = new VulcanoId(new UUID(1, 1));

    private final ExecutorService background = Executors.newCachedThreadPool();
    private final AtomicInteger attempts = new AtomicInteger();
    private final CompletableFuture<HomeSession> answer = new CompletableFuture<>();
    private final SessionHomes homes = new SessionHomes(
            (home, name, listener) -> {
                attempts.incrementAndGet();
                return answer.join();
            },
            new Homes.SessionName(new UUID(2, 2), 1, "test"),
            ChangeListener.NONE,
            background);

    @AfterEach
    void end() {
        answer.complete(new FakePart());
        background.shutdownNow();
    }

    /** Calls for the part, and completes with it or with the failure. */
    private CompletableFuture<HomeSession> called() throws Exception {
        CompletableFuture<HomeSession> called = new CompletableFuture<>();
        Thread caller = new Thread(() -> {
            try {
                called.complete(homes.at(HUNG));
            } catch (FsException e) {
                called.completeExceptionally(e);
            }
        });
        caller.start();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (caller.getState() != Thread.State.WAITING && !called.isDone()) {
            assertThat(System.nanoTime()).as("the caller does not come to wait").isLessThan(deadline);
            Thread.onSpinWait();
        }
        return called;
    }

    private static FsException failure(CompletableFuture<HomeSession> called) {
        return called.handle((part, failure) -> (FsException) failure)
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    @Test
    void whoWaitsForOneThatHangsGoesOnAsSoonAsOthersLeadWhatItLed() throws Exception {
        CompletableFuture<HomeSession> first = called();
        CompletableFuture<HomeSession> second = called();
        homes.abort(HUNG);
        assertThat(failure(first).errno()).isEqualTo(Errno.ENOTCONN);
        assertThat(failure(first).getCause())
                .isInstanceOfSatisfying(
                        NoContactException.class,
                        none -> assertThat(none.isSent()).isFalse());
        assertThat(FrontCalls.isElsewhere(failure(second))).isTrue();
    }

    @Test
    void whoComesLaterWaitsForTheSameAttempt() throws Exception {
        CompletableFuture<HomeSession> first = called();
        homes.abort(HUNG);
        assertThat(failure(first)).isNotNull();
        CompletableFuture<HomeSession> second = called();
        FakePart part = new FakePart();
        answer.complete(part);
        assertThat(second.get(60, TimeUnit.SECONDS)).isSameAs(part);
        assertThat(homes.at(HUNG)).isSameAs(part);
        assertThat(attempts).hasValue(1);
    }

    @Test
    void aSessionThatEndsKeepsNobodyAndLeavesNoPartBehind() throws Exception {
        CompletableFuture<HomeSession> first = called();
        homes.abandon();
        assertThat(failure(first).errno()).isEqualTo(Errno.ENOTCONN);
        FakePart part = new FakePart();
        answer.complete(part);
        background.shutdown();
        assertThat(background.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        assertThat(part.isOver()).isTrue();
    }
}
