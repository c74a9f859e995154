package magma.dht.transport.netty;

import java.util.concurrent.CompletableFuture;
import magma.dht.wire.Reply;
import magma.fs.Errno;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;

/**
 * A lock that was asked for at the vulcano. Cancelling it asks for the request to be withdrawn and waits for the answer: a lock that was granted in the
 * meantime stays, and {@link #cancel} then returns false.
 */
final class RemoteLock extends CompletableFuture<Void> {
    private final ClientConnection connection;
    private final PendingReply reply;

    /** Completed last: who cancels returns to a lock that is done. */
    private final CompletableFuture<Boolean> granted = new CompletableFuture<>();

    RemoteLock(ClientConnection connection, PendingReply reply) {
        this.connection = connection;
        this.reply = reply;
        reply.whenDone(this::answered);
    }

    private void answered(@Nullable Answer answer, @Nullable Throwable lost) {
        boolean done = answer != null && answer.reply() instanceof Reply.Done;
        if (done) {
            complete(null);
        } else if (answer != null && answer.reply() instanceof Reply.Failure failure) {
            // A vulcano that does not serve the session any more is as good as lost.
            completeExceptionally(
                    failure.errno() == Errno.ENOTCONN
                            ? new FsException(
                                    failure.errno(), failure.detail(), new ContactLostException(true, failure.detail()))
                            : new FsException(failure.errno(), failure.detail()));
        } else if (lost != null) {
            completeExceptionally(new FsException(
                    Errno.ENOTCONN, "contact with the vulcano was lost while a lock was asked for", lost));
        }
        if (answer != null) {
            answer.close();
        }
        granted.complete(done);
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        if (isDone()) {
            return isCancelled();
        }
        connection.cancel(reply.id());
        return !granted.join();
    }
}
