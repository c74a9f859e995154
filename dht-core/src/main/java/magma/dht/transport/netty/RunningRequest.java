package magma.dht.transport.netty;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import magma.dht.wire.FileRequest;
import magma.dht.wire.Reply;
import magma.dht.wire.Request;
import magma.dht.wire.TreeRequest;
import magma.fs.Errno;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request under way at the vulcano. Keeps its frame, of which it may be a view, until it is over. One that runs cannot be stopped: a thread that is
 * interrupted while it uses a file closes that file for all. One that waits to run, and a waiting lock, can be withdrawn.
 */
final class RunningRequest implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(RunningRequest.class);

    private final ServedRequests requests;
    private final Request request;
    private final long id;
    private final ByteBuf frame;
    private final int bytes;
    private boolean cancelled;
    private @Nullable CompletableFuture<Void> lock;

    /** @param frame is released by this when it has run */
    RunningRequest(ServedRequests requests, Request request, long id, ByteBuf frame) {
        this.requests = requests;
        this.request = request;
        this.id = id;
        this.frame = frame;
        this.bytes = frame.readableBytes() + (request instanceof FileRequest.Read read ? read.length() : 0);
    }

    Request request() {
        return request;
    }

    long id() {
        return id;
    }

    /** What it takes of the connection's bytes under way. */
    int bytes() {
        return bytes;
    }

    boolean isWaitingLock() {
        return request instanceof TreeRequest.TakeLock taken && taken.waiting();
    }

    @Override
    public void run() {
        ByteBuf reply;
        try {
            reply = isCancelled() ? failure(Errno.EINTR, "withdrawn") : requests.run(this);
        } catch (FsException e) {
            reply = failure(e.errno(), detail(e));
        } catch (RuntimeException e) {
            log.error("{} failed; nobody knows what it has changed. Run magma fsck.", request, e);
            reply = failure(Errno.EIO, "the vulcano failed, see its log: " + e);
        } finally {
            frame.release();
        }
        if (reply != null) {
            requests.reply(this, reply);
        } else {
            requests.ran(this);
        }
    }

    /** Replies when the lock is granted or refused. */
    @SuppressWarnings("FutureReturnValueIgnored")
    void follow(CompletableFuture<Void> taken) {
        boolean withdraw;
        synchronized (this) {
            lock = taken;
            withdraw = cancelled;
        }
        if (withdraw) {
            taken.cancel(false);
        }
        taken.whenComplete((granted, failure) -> requests.replyLate(this, reply(failure)));
    }

    private ByteBuf reply(@Nullable Throwable failure) {
        if (failure == null) {
            return Frames.encode(new Reply.Done(), id);
        }
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof FsException refused) {
            return failure(refused.errno(), detail(refused));
        }
        if (cause instanceof CancellationException) {
            return failure(Errno.EINTR, "withdrawn");
        }
        log.error("{} failed", request, cause);
        return failure(Errno.EIO, "the vulcano failed, see its log: " + cause);
    }

    /** Withdraws it if it has not begun, or is a lock that is being waited for. */
    void cancel() {
        CompletableFuture<Void> waiting;
        synchronized (this) {
            cancelled = true;
            waiting = lock;
        }
        if (waiting != null) {
            waiting.cancel(false);
        }
    }

    private synchronized boolean isCancelled() {
        return cancelled;
    }

    private ByteBuf failure(Errno errno, String detail) {
        String cut = detail.length() > Reply.TEXT_BYTES ? detail.substring(0, Reply.TEXT_BYTES) : detail;
        return Frames.encode(new Reply.Failure(errno, cut), id);
    }

    /** The message without the errno that it begins with: the other side puts that back. */
    private static String detail(FsException e) {
        String message = String.valueOf(e.getMessage());
        String prefix = e.errno() + ": ";
        return message.startsWith(prefix) ? message.substring(prefix.length()) : message;
    }
}
