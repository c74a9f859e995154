package magma.testkit.fs;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import magma.fs.ChangeListener;
import magma.fs.ChangeListener.Change;

/** Tells one session's listener, on a thread of its own, what others changed. */
final class Listening implements AutoCloseable {
    private final ChangeListener listener;
    private final ExecutorService thread;

    Listening(String client, ChangeListener listener) {
        this.listener = listener;
        thread = Executors.newSingleThreadExecutor(task -> {
            Thread named = new Thread(task, "changes for " + client);
            named.setDaemon(true);
            return named;
        });
    }

    /** Done when the listener has heard all; exceptionally when it threw. */
    CompletableFuture<Void> tell(List<Change> changes) {
        if (listener == ChangeListener.NONE) {
            return CompletableFuture.completedFuture(null);
        }
        return CompletableFuture.runAsync(() -> changes.forEach(listener::changed), thread);
    }

    /** Does not wait for the listener. */
    @Override
    public void close() {
        thread.shutdown();
    }
}
