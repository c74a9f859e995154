package magma.dht.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventCountTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    private final EventCount count = new EventCount();

    private CompletableFuture<Boolean> waiting(long value) {
        CompletableFuture<Boolean> came = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                came.complete(count.await(value, LONG));
            } catch (InterruptedException e) {
                came.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return came;
    }

    @Test
    void whatHasHappenedIsNotWaitedFor() throws InterruptedException {
        count.advance();
        count.advance();
        assertThat(count.read()).isEqualTo(2);
        assertThat(count.await(2, Duration.ZERO)).isTrue();
        assertThat(count.await(1, LONG)).isTrue();
    }

    @Test
    void whoeverWaitsForMoreGoesOnWhenItHasComeSoFar() throws Exception {
        CompletableFuture<Boolean> second = waiting(2);
        CompletableFuture<Boolean> tenth = waiting(10);
        count.advance();
        count.advance();
        assertThat(second.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(tenth).isNotDone();
        count.advanceTo(12);
        assertThat(tenth.get(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void itNeverGoesBack() {
        count.advanceTo(5);
        count.advanceTo(3);
        assertThat(count.read()).isEqualTo(5);
    }

    @Test
    void whoeverHasNoMoreTimeIsToldThatItHasNotCome() throws InterruptedException {
        assertThat(count.await(1, Duration.ofMillis(1))).isFalse();
        assertThat(count.await(1, Duration.ZERO)).isFalse();
        assertThat(count.await(1, Duration.ofMillis(-5))).isFalse();
    }

    @Test
    void whoeverIsInterruptedWaitsNoMore() {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> count.await(1, LONG)).isInstanceOf(InterruptedException.class);
    }
}
