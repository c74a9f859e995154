package magma.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import magma.fs.ChangeListener.Change;
import magma.fs.Key;
import magma.fs.Name;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What others are kept waiting for, by a kernel that takes as long as the test wants to forget an entry. */
class InvalidationsTest {
    private static final Key ROOT = new Key(1, 2, 3);
    private static final int NOTIFY_INVAL_ENTRY = 3;

    private final Semaphore forgets = new Semaphore(0);
    private final Semaphore asked = new Semaphore(0);
    private final Invalidations invalidations = invalidations(TimeUnit.MINUTES.toMillis(10));

    private Invalidations invalidations(long patienceMillis) {
        KernelChannel slow = new KernelChannel() {
            @Override
            public boolean receive(ByteBuffer into) {
                return false;
            }

            @Override
            public boolean send(ByteBuffer message) {
                if (message.getInt(message.position() + 4) == NOTIFY_INVAL_ENTRY) {
                    asked.release();
                    forgets.acquireUninterruptibly();
                }
                return true;
            }

            @Override
            public void close() {}
        };
        return new Invalidations(slow, new NodeTable(ROOT), patienceMillis);
    }

    @AfterEach
    void end() {
        forgets.release(100);
        invalidations.close();
    }

    private void removed(Invalidations here, String name) throws Exception {
        here.changed(new Change.OfEntry(ROOT, Name.of(name)));
        assertThat(asked.tryAcquire(60, TimeUnit.SECONDS)).isTrue();
    }

    private CompletableFuture<Void> heard() {
        return invalidations.heard().toCompletableFuture();
    }

    @Test
    void whoRemovedSomethingIsAnsweredWhenTheKernelHasForgottenIt() throws Exception {
        removed(invalidations, "name");
        CompletableFuture<Void> heard = heard();
        assertThat(heard).isNotDone();
        forgets.release();
        heard.get(60, TimeUnit.SECONDS);
    }

    @Test
    void nobodyWaitsForOneWhoseRequestMayHoldTheDirectory() throws Exception {
        invalidations.requestBegins();
        removed(invalidations, "name");
        assertThat(heard()).isCompleted();
        invalidations.requestEnds();
        assertThat(heard()).isNotCompleted();
    }

    @Test
    void aKernelThatIsStuckKeepsNobodyForLong() throws Exception {
        try (Invalidations impatient = invalidations(1)) {
            removed(impatient, "name");
            impatient.heard().toCompletableFuture().get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void whereNothingIsPendingNobodyWaits() {
        assertThat(heard()).isCompleted();
    }
}
