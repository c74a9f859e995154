package magma.dht.transport.netty;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A request that was sent and whose reply is awaited. Completed once, on the event loop. */
final class PendingReply {
    private final long id;
    private final CompletableFuture<Answer> future = new CompletableFuture<>();

    PendingReply(long id) {
        this.id = id;
    }

    long id() {
        return id;
    }

    void complete(Answer answer) {
        if (!future.complete(answer)) {
            answer.close();
        }
    }

    void fail(ContactLostException lost) {
        future.completeExceptionally(lost);
    }

    /** Waits as long as it takes, even when interrupted: the thread's mark is kept. */
    Answer await() throws ContactLostException {
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof ContactLostException lost) {
                throw new ContactLostException(lost.isSent(), String.valueOf(lost.getMessage()));
            }
            throw e;
        }
    }

    /** Calls with the answer, or with why there is none. */
    @SuppressWarnings("FutureReturnValueIgnored")
    void whenDone(BiConsumer<@Nullable Answer, @Nullable Throwable> then) {
        future.whenComplete(then);
    }
}
