package magma.vulcano;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What has begun and must end, in the order opposite to the beginning. For one thread. */
final class Endings implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Endings.class);

    private static final long PATIENCE_SECONDS = 2;

    private final Deque<AutoCloseable> begun = new ArrayDeque<>();

    void push(AutoCloseable ending) {
        begun.push(ending);
    }

    /** A pool of daemons that ends with all else. */
    ExecutorService threads(String name, Function<ThreadFactory, ExecutorService> maker) {
        ExecutorService pool = maker.apply(new DefaultThreadFactory(name, true));
        push(() -> {
            // An interrupt would close the files of the storage that a thread is at: that is for those that hang.
            pool.shutdown();
            if (!pool.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                log.debug("{} does not end", name);
                pool.shutdownNow();
            }
        });
        return pool;
    }

    /** Ends all, though some of it may fail to end in order. */
    @Override
    public void close() {
        while (!begun.isEmpty()) {
            try {
                begun.pop().close();
            } catch (CompletionException | InterruptedException e) {
                log.warn("Not ended in order", e);
            } catch (Exception e) {
                log.error("Not ended in order; the next start will recover", e);
            }
        }
    }
}
