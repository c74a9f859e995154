package magma.council.ratis;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import magma.dht.replication.VulcanoId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads of a council. One keeps time and never blocks. Those that ask wait for the council's answers; up to 16, with a queue. Those that call wait for other
 * members, up to 64 and none waits for a thread. One tells the watchers. All but the first end when they have nothing to do.
 */
@SuppressWarnings("FutureReturnValueIgnored") // every task catches what it throws
final class CouncilThreads {
    private static final Logger LOG = LoggerFactory.getLogger(CouncilThreads.class);
    private static final int MOST_ASKING = 16;
    private static final int MOST_WAITING = 4096;
    private static final int MOST_CALLING = 64;
    private static final long IDLE_SECONDS = 5;

    private final ScheduledThreadPoolExecutor clock;
    private final ThreadPoolExecutor asks;
    private final ThreadPoolExecutor calls;
    private final ThreadPoolExecutor watch;
    private final AtomicBoolean soonIsRunning = new AtomicBoolean();

    CouncilThreads(VulcanoId self) {
        String name = "council-" + self.toString().substring(0, 8);
        clock = new ScheduledThreadPoolExecutor(1, named(name + "-clock"));
        clock.setRemoveOnCancelPolicy(true);
        asks = ending(MOST_ASKING, MOST_WAITING, named(name + "-ask"));
        watch = ending(1, MOST_WAITING, named(name + "-watch"));
        calls = new ThreadPoolExecutor(
                0, MOST_CALLING, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), named(name + "-call"));
    }

    private static ThreadPoolExecutor ending(int threads, int waiting, ThreadFactory factory) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(waiting), factory);
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    private static ThreadFactory named(String name) {
        AtomicInteger count = new AtomicInteger();
        return task -> {
            Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    Executor asks() {
        return asks;
    }

    Executor calls() {
        return calls;
    }

    Executor watch() {
        return watch;
    }

    /** Has a short task done again and again. */
    void every(long millis, Runnable task) {
        clock.scheduleWithFixedDelay(safe(task), millis, millis, TimeUnit.MILLISECONDS);
    }

    /** Has a task that may block done on a thread that calls. */
    void later(long millis, Runnable task) {
        Runnable start = safe(() -> calls.execute(safe(task)));
        try {
            if (millis == 0) {
                start.run();
            } else {
                clock.schedule(start, millis, TimeUnit.MILLISECONDS);
            }
        } catch (RejectedExecutionException e) {
            LOG.debug("closed", e);
        }
    }

    /** As {@link #later} at once, unless the one before still runs. */
    void soon(Runnable task) {
        if (!soonIsRunning.compareAndSet(false, true)) {
            return;
        }
        try {
            calls.execute(() -> {
                try {
                    safe(task).run();
                } finally {
                    soonIsRunning.set(false);
                }
            });
        } catch (RejectedExecutionException e) {
            soonIsRunning.set(false);
        }
    }

    /** Fails an answer that is not there in time. */
    void after(Duration time, CompletableFuture<?> answer, Supplier<Exception> failure) {
        try {
            Future<?> alarm = clock.schedule(
                    () -> answer.completeExceptionally(failure.get()), time.toNanos(), TimeUnit.NANOSECONDS);
            answer.whenComplete((result, thrown) -> alarm.cancel(false));
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(failure.get());
        }
    }

    private static Runnable safe(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RejectedExecutionException e) {
                LOG.debug("no thread for a task of the council", e);
            } catch (RuntimeException e) {
                LOG.error("a task of the council failed", e);
            }
        };
    }

    /** Ends all of them; what is under way is interrupted. */
    void stop() {
        clock.shutdownNow();
        asks.shutdownNow();
        calls.shutdownNow();
        watch.shutdown();
    }
}
