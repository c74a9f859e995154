package magma.dht.transport.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.util.concurrent.CompletableFuture;
import magma.dht.runtime.SerialLane;
import magma.dht.wire.AdminRequest;
import magma.dht.wire.FileRequest;
import magma.dht.wire.Frame;
import magma.dht.wire.MalformedFrameException;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.dht.wire.Request;
import magma.dht.wire.Signal;
import magma.dht.wire.TreeRequest;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;

/**
 * The requests of a client that was welcomed: which are let in, where they run, and when they are answered. Belongs to the channel's event loop but where a method says
 * more; what blocks runs on the listener's workers.
 */
final class ServedRequests {
    private final WireListener listener;
    private final ChannelHandlerContext context;
    private final Introduction introduction;
    private final Signal.Purpose purpose;
    private final @Nullable ServedSession session;
    private final SerialLane lockLane;
    private final UnderWay underWay;
    private boolean closed;
    private volatile boolean ended;

    /** @param session null for a client that runs no session, but the network */
    ServedRequests(
            WireListener listener,
            ChannelHandlerContext context,
            Introduction introduction,
            Signal.Purpose purpose,
            @Nullable ServedSession session) {
        this.listener = listener;
        this.context = context;
        this.introduction = introduction;
        this.purpose = purpose;
        this.session = session;
        this.lockLane = new SerialLane(task -> listener.execute(purpose, task));
        this.underWay = new UnderWay(listener.settings());
    }

    /** @throws MalformedFrameException when it is none that such a client may send */
    void check(Request request) throws MalformedFrameException {
        if (request instanceof PeerRequest) {
            throw new MalformedFrameException("a request of a vulcano on a client's connection");
        }
        boolean admin = request instanceof AdminRequest;
        boolean join = request instanceof AdminRequest.Join;
        if (admin != (session == null) || join != (purpose == Signal.Purpose.JOIN)) {
            throw new MalformedFrameException("a request of the other purpose");
        }
    }

    /** @param frame which the request may be a view of; kept until it is over */
    void admit(Request request, Frame head, ByteBuf frame) throws MalformedFrameException {
        RunningRequest run = new RunningRequest(this, request, head.id(), frame.retain());
        try {
            underWay.add(run);
        } catch (MalformedFrameException e) {
            frame.release();
            throw e;
        }
        if (request instanceof TreeRequest.EndSession && session != null) {
            session.ending();
        }
        underWay.account(run, 1, context.channel());
        if (concernsLocks(request)) {
            lockLane.execute(run);
        } else {
            listener.execute(purpose, run);
        }
    }

    /** These are run in the order in which they came: who waits first is not the one that closes a circle. */
    private static boolean concernsLocks(Request request) {
        return request instanceof TreeRequest.TakeLock
                || request instanceof TreeRequest.ReleaseLock
                || request instanceof TreeRequest.FindConflict
                || request instanceof TreeRequest.HoldsLock;
    }

    /** The client takes its replies, or does not. */
    void writabilityChanged() {
        underWay.admitMore(context.channel());
    }

    /** The client does not want an answer any more. */
    void cancel(long id) {
        RunningRequest request = underWay.get(id);
        if (request != null) {
            withdraw(request);
        }
    }

    /** Not on the event loop: it may have to wait for another vulcano's answer, which comes by this loop. */
    private void withdraw(RunningRequest request) {
        listener.execute(purpose, request::cancel);
    }

    /** What the request asks for; null when the reply comes later. On a worker. */
    @Nullable
    ByteBuf run(RunningRequest run) throws FsException {
        Request request = run.request();
        if (purpose != Signal.Purpose.JOIN) {
            introduction.entitlement().check(request);
        }
        if (request instanceof AdminRequest.Join join) {
            return Frames.encode(join(join), run.id());
        } else if (request instanceof AdminRequest admin) {
            return Frames.encode(listener.administer(admin, introduction.peer()), run.id());
        } else if (session == null) {
            throw new IllegalStateException("no session, and yet " + request);
        }
        SessionCalls calls = session.calls();
        if (request instanceof FileRequest.Read read) {
            return calls.read(read, run.id());
        } else if (request instanceof FileRequest file) {
            return Frames.encode(calls.run(file), run.id());
        } else if (request instanceof TreeRequest.TakeLock lock) {
            run.follow(calls.fileSystem().lock(lock.file(), lock.lock(), lock.waiting()));
            return null;
        } else if (request instanceof TreeRequest.EndSession) {
            calls.fileSystem().close();
            return Frames.encode(new Reply.Done(), run.id());
        }
        return Frames.encode(calls.run((TreeRequest) request), run.id());
    }

    private Reply join(AdminRequest.Join join) throws FsException {
        try {
            return listener.administer(join, introduction.peer());
        } catch (FsException e) {
            listener.refusals()
                    .refused(context.channel().remoteAddress(), "token", "it may not join: " + e.getMessage());
            throw e;
        }
    }

    /** The request ran and takes no more memory, though its reply is to come later. On any thread. */
    void ran(RunningRequest run) {
        loop(() -> underWay.account(run, -1, context.channel()));
    }

    /** Sends the reply to a request that ran, after all other sessions have confirmed what it changed. On any thread. */
    void reply(RunningRequest run, ByteBuf frame) {
        CompletableFuture<Void> seen = seenByOthers(run);
        if (seen.isDone()) {
            // One task for the loop, not two: each may have to wake it.
            loop(() -> {
                underWay.account(run, -1, context.channel());
                finish(run, frame);
            });
        } else {
            ran(run);
            finishAfter(seen, run, frame);
        }
    }

    /** Sends the reply to a request that ran before. On any thread. */
    void replyLate(RunningRequest run, ByteBuf frame) {
        finishAfter(seenByOthers(run), run, frame);
    }

    private CompletableFuture<Void> seenByOthers(RunningRequest run) {
        return run.request().isLook() || session == null
                ? CompletableFuture.completedFuture(null)
                : session.seenByOthers();
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private void finishAfter(CompletableFuture<Void> seen, RunningRequest run, ByteBuf frame) {
        seen.whenComplete((done, lost) -> finish(run, frame));
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private void finish(RunningRequest run, ByteBuf frame) {
        context.channel().writeAndFlush(frame).addListener(written -> loop(() -> answered(run)));
    }

    /** The reply is written, or cannot be. */
    private void answered(RunningRequest run) {
        underWay.remove(run);
        endWhenIdle();
    }

    private void loop(Runnable task) {
        context.executor().execute(task);
    }

    /** The connection is over: what has not begun is dropped, waiting locks are withdrawn, and the session ends when those that run have ended. */
    void close() {
        closed = true;
        underWay.all().forEach(this::withdraw);
        endWhenIdle();
    }

    private void endWhenIdle() {
        ServedSession over = session;
        if (closed && !ended && underWay.isEmpty() && over != null) {
            ended = true;
            listener.execute(purpose, () -> over.end(listener));
        }
    }

    /** Of the session, if there is one that has not ended. On any thread. */
    Reply.@Nullable SessionStatus status() {
        return session == null || ended ? null : session.status();
    }
}
