package magma.dht.transport.netty;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import magma.fs.ChangeListener.Change;

/**
 * The changes that one session is told of, and how far it has confirmed them. Changes are numbered from 1 and sent in that order.
 */
final class ChangePush {
    private record Waiter(long sequence, CompletableFuture<Void> seen) {}

    /** Sends one change; must not block. */
    interface Send {
        void send(long sequence, Change change);
    }

    private final Send send;
    private final LongConsumer onBacklog;
    private final Queue<Waiter> waiters = new ArrayDeque<>();
    private long pushed;
    private long seen;
    private boolean closed;

    /** How many changes may be sent and not confirmed before the session counts as lost. */
    static final int BACKLOG = 1 << 16;

    /** @param onBacklog is told when {@link #BACKLOG} is passed */
    ChangePush(Send send, LongConsumer onBacklog) {
        this.send = send;
        this.onBacklog = onBacklog;
    }

    synchronized void push(Change change) {
        if (closed) {
            return;
        }
        pushed++;
        send.send(pushed, change);
        if (pushed - seen > BACKLOG) {
            onBacklog.accept(pushed - seen);
        }
    }

    /** The client's listener has returned from all up to {@code sequence}. */
    void confirm(long sequence) {
        Queue<Waiter> ready = new ArrayDeque<>();
        synchronized (this) {
            seen = Math.max(seen, Math.min(sequence, pushed));
            while (!waiters.isEmpty() && waiters.element().sequence <= seen) {
                ready.add(waiters.remove());
            }
        }
        ready.forEach(waiter -> waiter.seen.complete(null));
    }

    /** Completes when all that was pushed until now is confirmed, or the session is over. */
    synchronized CompletableFuture<Void> seen() {
        if (closed || seen == pushed) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<Void> future = new CompletableFuture<>();
        waiters.add(new Waiter(pushed, future));
        return future;
    }

    void close() {
        Queue<Waiter> rest;
        synchronized (this) {
            closed = true;
            rest = new ArrayDeque<>(waiters);
            waiters.clear();
        }
        rest.forEach(waiter -> waiter.seen.complete(null));
    }
}
