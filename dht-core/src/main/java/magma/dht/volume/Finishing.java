package magma.dht.volume;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import magma.dht.runtime.Background;
import magma.fs.FsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A few threads that finish transactions. No more than so many wait for them: whoever brings more does it himself. */
final class Finishing implements Background {
    private static final Logger log = LoggerFactory.getLogger(Finishing.class);
    private static final int THREADS = 8;
    private static final int MOST_UNDER_WAY = 256;
    private static final int PATIENCE_SECONDS = 10;
    private static final int IDLE_SECONDS = 5;

    private final Semaphore room = new Semaphore(MOST_UNDER_WAY);
    private final Map<Long, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();
    private final AtomicLong last = new AtomicLong();
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            THREADS, THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                Thread thread = new Thread(task, "magma-finisher");
                thread.setDaemon(true);
                return thread;
            });
    private volatile boolean closed;

    Finishing() {
        threads.allowCoreThreadTimeOut(true);
    }

    @Override
    public void carryOut(Task task) throws FsException {
        if (closed || !room.tryAcquire()) {
            task.run();
            return;
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        long number = last.incrementAndGet();
        underWay.put(number, done);
        threads.execute(() -> {
            try {
                task.run();
            } catch (FsException | RuntimeException e) {
                // Whoever meets what is left of the transaction finishes it.
                log.debug("A transaction is not finished", e);
            } finally {
                room.release();
                underWay.remove(number);
                done.complete(null);
            }
        });
    }

    /** Waits until all that was brought before is done. @return false when it took too long, or the thread was interrupted */
    boolean awaitAll() {
        try {
            CompletableFuture.allOf(underWay.values().toArray(CompletableFuture[]::new))
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** What comes from now on is done by whoever brings it. */
    void close() {
        closed = true;
        if (!awaitAll()) {
            log.info("Some transactions are not finished. They are when somebody meets them, or at the next start");
        }
        threads.shutdown();
    }
}
