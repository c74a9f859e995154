package magma.dht.transport.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import magma.dht.wire.Signal;
import org.junit.jupiter.api.Test;

class DiallingTest {
    private static final NetAddress ADDRESS = NetAddress.parse("127.0.0.1:4610");
    private static final long SECOND = 1_000_000_000;

    private long now;
    private int tried;
    private final Dialling dialling = new Dialling(() -> now, () -> 1);

    /** One who cannot stop trying, for so long. @return how many attempts were made */
    private int triedFor(long nanos, IOException failure) {
        tried = 0;
        for (long end = now + nanos; now < end; now += SECOND / 100) {
            assertThatThrownBy(() -> dialling.to(ADDRESS, () -> {
                        tried++;
                        throw failure;
                    }))
                    .isSameAs(failure);
        }
        return tried;
    }

    @Test
    void whoDoesNotAnswerIsTriedWithGrowingPausesOfUpToASecond() {
        assertThat(triedFor(60 * SECOND, new IOException("no answer"))).isBetween(60, 66);
    }

    @Test
    void whoRefusesIsTriedLessAndLess() {
        Signal.Refused no = new Signal.Refused(Signal.Reason.REVOKED, 0, 0, "revoked");
        assertThat(triedFor(300 * SECOND, new RefusedException(no))).isBetween(30, 40);
    }

    @Test
    void whoStopsOrDoesNotWantThisSessionIsTriedAgainSoon() {
        Signal.Refused no = new Signal.Refused(Signal.Reason.STOPPING, 0, 0, "starting");
        assertThat(triedFor(SECOND, new RefusedException(no))).isBetween(18, 22);
    }

    @Test
    void oneContactEndsThePauses() throws Exception {
        int unused = triedFor(10 * SECOND, new IOException("no answer"));
        now += SECOND;
        assertThat(dialling.<String>to(ADDRESS, () -> "contact")).isEqualTo("contact");
        assertThat(dialling.<String>to(ADDRESS, () -> "another")).isEqualTo("another");
        assertThat(triedFor(SECOND / 10, new IOException("no answer"))).isEqualTo(2);
    }

    @Test
    void noMoreThanAFewTryAtOnce() throws Exception {
        AtomicInteger under = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        CountDownLatch all = new CountDownLatch(Dialling.AT_ONCE);
        ExecutorService threads = Executors.newCachedThreadPool();
        try {
            List<CompletableFuture<Void>> attempts = new ArrayList<>();
            for (int i = 0; i < 5 * Dialling.AT_ONCE; i++) {
                attempts.add(CompletableFuture.runAsync(
                        () -> {
                            try {
                                boolean unused = dialling.to(ADDRESS, () -> {
                                    most.accumulateAndGet(under.incrementAndGet(), Math::max);
                                    all.countDown();
                                    boolean together = all.await(60, TimeUnit.SECONDS);
                                    under.decrementAndGet();
                                    return together;
                                });
                            } catch (IOException | InterruptedException e) {
                                throw new AssertionError(e);
                            }
                        },
                        threads));
            }
            CompletableFuture.allOf(attempts.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);
        } finally {
            threads.shutdownNow();
        }
        assertThat(most.get()).isEqualTo(Dialling.AT_ONCE);
    }
}
