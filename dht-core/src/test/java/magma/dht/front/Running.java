package magma.dht.front;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** What a test has another thread do. */
final class Running {
    private Running() {}

    interface Work {
        void run() throws Exception;
    }

    /** Completes when the work has ended, with an AssertionError where it failed. */
    static CompletableFuture<Void> on(Executor threads, Work work) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        work.run();
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                },
                threads);
    }
}
