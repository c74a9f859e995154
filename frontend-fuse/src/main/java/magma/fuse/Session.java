package magma.fuse;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that take requests from the kernel and answer them. A few wait for requests; when all of them are at work,
 * another is woken or started, up to a limit, so that slow requests do not hold up quick ones.
 */
final class Session {
    private static final Logger LOG = LoggerFactory.getLogger(Session.class);

    /** More waiting threads than this would only take turns. */
    private static final int MOST_IDLE = Math.max(4, Runtime.getRuntime().availableProcessors());

    /** A thread that was not called for so long ends. */
    private static final int REST_SECONDS = 30;

    private final KernelChannel channel;
    private final Dispatcher dispatcher;
    private final int maxThreads;
    private final String name;

    private final AtomicInteger receiving = new AtomicInteger();
    private final AtomicInteger parked = new AtomicInteger();
    private final AtomicInteger threads = new AtomicInteger();
    private final Semaphore wake = new Semaphore(0);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean over;

    Session(KernelChannel channel, Dispatcher dispatcher, String name, int maxThreads) {
        this.channel = channel;
        this.dispatcher = dispatcher;
        this.name = name;
        this.maxThreads = maxThreads;
    }

    void start() {
        startThread();
    }

    /** Waits until the kernel has ended the session and every request is answered. */
    void await() throws InterruptedException {
        ended.await();
    }

    /** As {@link #await()}, for so long at most. @return whether the session has ended */
    boolean await(long millis) throws InterruptedException {
        return ended.await(millis, TimeUnit.MILLISECONDS);
    }

    private void startThread() {
        int number = threads.incrementAndGet();
        if (number > maxThreads || over) {
            leave();
            return;
        }
        Thread thread = new Thread(this::work, name + "-" + number);
        thread.setDaemon(true);
        thread.start();
    }

    private void leave() {
        if (threads.decrementAndGet() == 0 && over) {
            ended.countDown();
        }
    }

    private void work() {
        try {
            Exchange exchange = new Exchange(channel);
            while (!over && receive(exchange)) {
                answer(exchange);
                if (!rest()) {
                    return;
                }
            }
        } catch (IOException | OutOfMemoryError e) {
            LOG.error("The session of {} ends: unmount and mount again", name, e);
            end();
        } finally {
            leave();
        }
    }

    private void answer(Exchange exchange) {
        try {
            dispatcher.answer(exchange);
        } catch (IOException e) {
            LOG.error("An answer to {} could not be sent: its caller may wait for ever", exchange.header(), e);
        }
    }

    private void end() {
        over = true;
        wake.release(maxThreads);
    }

    private boolean receive(Exchange exchange) throws IOException {
        receiving.incrementAndGet();
        boolean received = exchange.receive();
        if (!received) {
            end();
            return false;
        }
        if (receiving.decrementAndGet() == 0) {
            callAnother();
        }
        return true;
    }

    private void callAnother() {
        int sleepers = parked.get();
        while (sleepers > 0) {
            if (parked.compareAndSet(sleepers, sleepers - 1)) {
                wake.release();
                return;
            }
            sleepers = parked.get();
        }
        if (threads.get() < maxThreads) {
            startThread();
        }
    }

    /** @return false when nobody has called for so long that this thread, and the 2 MiB of its exchange, are not needed */
    private boolean rest() {
        if (receiving.get() < MOST_IDLE || over) {
            return true;
        }
        parked.incrementAndGet();
        try {
            if (wake.tryAcquire(REST_SECONDS, TimeUnit.SECONDS)) {
                return true;
            }
        } catch (InterruptedException e) {
            // Nobody does that; this thread goes as one that was not called.
        }
        int sleepers = parked.get();
        while (sleepers > 0 && !over) {
            if (parked.compareAndSet(sleepers, sleepers - 1)) {
                return false;
            }
            sleepers = parked.get();
        }
        // Called just now.
        wake.acquireUninterruptibly();
        return true;
    }
}
