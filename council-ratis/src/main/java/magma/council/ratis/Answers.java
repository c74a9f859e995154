package magma.council.ratis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import magma.dht.council.CouncilUnavailableException;

/** Answers that somebody waits for: each comes, or fails when its time is up or the council is closed. */
@SuppressWarnings("FutureReturnValueIgnored") // what depends on an answer throws nothing
final class Answers {
    private final CouncilThreads threads;
    private final Duration deadline;
    private final Map<Long, CompletableFuture<?>> pending = new HashMap<>();
    private long next;
    private boolean closed;

    Answers(CouncilThreads threads, Duration deadline) {
        this.threads = threads;
        this.deadline = deadline;
    }

    /** Something that blocks, at most until then (as System.nanoTime). */
    interface Question<T> {
        T ask(long until) throws CouncilUnavailableException;
    }

    <T> CompletableFuture<T> to(Question<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        if (!add(answer)) {
            answer.completeExceptionally(closed());
            return answer;
        }
        long until = System.nanoTime() + deadline.toNanos();
        try {
            threads.asks().execute(() -> ask(question, until, answer));
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(new CouncilUnavailableException("too many wait for the council", e));
        }
        threads.after(
                deadline,
                answer,
                () -> new CouncilUnavailableException(
                        "the council did not answer within " + deadline.toMillis() + " ms"));
        return answer;
    }

    private static <T> void ask(Question<T> question, long until, CompletableFuture<T> answer) {
        if (answer.isDone()) {
            return;
        }
        try {
            answer.complete(question.ask(until));
        } catch (CouncilUnavailableException | RuntimeException e) {
            answer.completeExceptionally(e);
        }
    }

    private synchronized boolean add(CompletableFuture<?> answer) {
        if (closed) {
            return false;
        }
        long number = next++;
        pending.put(number, answer);
        answer.whenComplete((result, failure) -> remove(number));
        return true;
    }

    private synchronized void remove(long number) {
        pending.remove(number);
    }

    private static CouncilUnavailableException closed() {
        return new CouncilUnavailableException("the council is closed here");
    }

    void close() {
        List<CompletableFuture<?>> left;
        synchronized (this) {
            closed = true;
            left = new ArrayList<>(pending.values());
        }
        left.forEach(answer -> answer.completeExceptionally(closed()));
    }
}
