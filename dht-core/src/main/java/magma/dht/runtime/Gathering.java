package magma.dht.runtime;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Waits for all of many that are mostly done already: those cost nothing. Of one thread. */
public final class Gathering {
    private final List<CompletableFuture<Void>> waiting = new ArrayList<>();

    public void add(CompletionStage<Void> one) {
        CompletableFuture<Void> future = one.toCompletableFuture();
        if (!future.isDone()) {
            waiting.add(future);
        }
    }

    /** Completes when all that were added have. */
    public CompletableFuture<Void> all() {
        return waiting.isEmpty()
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.allOf(waiting.toArray(CompletableFuture[]::new));
    }
}
