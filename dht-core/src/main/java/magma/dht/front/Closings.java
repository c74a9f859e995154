package magma.dht.front;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a session knows of the files that it closes behind its calls. Safe for all threads. */
final class Closings {
    /** So many files may be closed behind calls; who closes one more waits until it is closed. */
    private static final int MOST = 64;

    private static final Logger log = LoggerFactory.getLogger(Closings.class);

    private final Semaphore free = new Semaphore(MOST);
    private final AtomicLong removals = new AtomicLong();
    private final Executor background;

    Closings(Executor background) {
        this.background = background;
    }

    /** False when as many files as may be are being closed; {@link #ended} must follow otherwise. */
    boolean begin() {
        return free.tryAcquire();
    }

    void ended() {
        free.release();
    }

    /** @param rejected is run here when the process ends */
    void later(Runnable task, Runnable rejected) {
        try {
            background.execute(task);
        } catch (RejectedExecutionException e) {
            log.debug("Too late for {}", task, e);
            rejected.run();
        }
    }

    /** The session removes or replaces a name, or tries to. */
    void removing() {
        removals.incrementAndGet();
    }

    /** How often it did. */
    long removals() {
        return removals.get();
    }
}
