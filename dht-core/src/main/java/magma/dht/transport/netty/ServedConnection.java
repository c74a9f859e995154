package magma.dht.transport.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.timeout.IdleStateEvent;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import magma.dht.identity.Principal;
import magma.dht.replication.VulcanoId;
import magma.dht.runtime.SerialLane;
import magma.dht.wire.AdminRequest;
import magma.dht.wire.FileRequest;
import magma.dht.wire.Frame;
import magma.dht.wire.MalformedFrameException;
import magma.dht.wire.Message;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.dht.wire.Request;
import magma.dht.wire.Signal;
import magma.dht.wire.TreeRequest;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection as the vulcano sees it. Fields without volatile belong to the channel's event loop; what blocks runs on the listener's workers.
 *
 * <p>Life: a Hello, then (for a session, once its filesystem is open) Welcome, then requests until either side closes. The end of a session's
 * connection is the end of the session: requests that have not begun are dropped, waiting locks withdrawn, and when those that run have
 * ended, the filesystem is closed.
 */
final class ServedConnection extends SimpleChannelInboundHandler<ByteBuf> {
    private static final Logger log = LoggerFactory.getLogger(ServedConnection.class);

    private static final Signal.Hello NOBODY = new Signal.Hello(0, Signal.Hello.ANY_NETWORK, Signal.Purpose.ADMIN, "");

    private enum State {
        STRANGER,
        OPENING,
        OPEN,
        CLOSED
    }

    private final WireListener listener;
    private final FrameAssembler frames;
    private final SerialLane lockLane;
    private final long since = System.nanoTime();
    private final UnderWay underWay;
    private final Introduction introduction;
    private final AtomicBoolean lost = new AtomicBoolean();
    private State state = State.STRANGER;
    private volatile Signal.Purpose purpose = Signal.Purpose.ADMIN;
    private @Nullable ChannelHandlerContext context;
    private volatile String client = "";
    private volatile Signal.Hello greeted = NOBODY;
    private volatile @Nullable SessionCalls calls;
    private volatile @Nullable ChangePush changes;
    private @Nullable VulcanoId peer;

    ServedConnection(WireListener listener, FrameAssembler frames) {
        this.listener = listener;
        this.lockLane = new SerialLane(task -> listener.execute(task));
        this.frames = frames;
        this.underWay = new UnderWay(listener.settings());
        this.introduction = new Introduction(listener);
    }

    @Override
    public void channelActive(ChannelHandlerContext added) {
        context = added;
        if (!introduction.begin(added)) {
            state = State.CLOSED;
            Frames.close(added);
        } else if (!listener.register(this)) {
            refuse(Signal.Reason.BUSY, "this vulcano has as many connections as it takes");
        }
    }

    /** The handshake is over. */
    private void identify(ChannelHandlerContext from, SslHandshakeCompletionEvent handshake) {
        if (state != State.STRANGER) {
            return;
        }
        try {
            introduction.identify(from, handshake);
            if (introduction.isRevoked()) {
                refuse(Signal.Reason.REVOKED, "the certificate of " + introduction.peer() + " was revoked");
            }
        } catch (SSLException e) {
            if (handshake.isSuccess()) {
                refuse(Signal.Reason.IDENTITY, String.valueOf(e.getMessage()));
            } else {
                state = State.CLOSED;
                introduction.end();
                refused(HandshakeFailure.kind(handshake.cause()), String.valueOf(e.getMessage()));
                Frames.close(from);
            }
        }
    }

    /** On any thread. */
    void endIfRevoked() {
        loop(() -> {
            if (introduction.isRevoked()) {
                lost("its certificate was revoked");
            }
        });
    }

    /** On any thread. */
    void endIfRelayOf(VulcanoId vulcano) {
        Principal known = introduction.peer();
        if (purpose == Signal.Purpose.RELAY && known != null && known.name().equals(vulcano.toString())) {
            lost("its vulcano is out of sync");
        }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext from, ByteBuf frame) throws MalformedFrameException {
        Frame head = Frames.head(frame);
        if (state == State.CLOSED) {
            return;
        }
        if (state == State.STRANGER) {
            greet(head, frame);
            return;
        }
        Message message = Frames.decode(head, frame);
        if (message instanceof Signal.Cancel) {
            RunningRequest request = underWay.get(head.id());
            if (request != null) {
                withdraw(request);
            }
        } else if (message instanceof Signal.ChangesSeen seen && changes != null) {
            changes.confirm(seen.sequence());
        } else if (message instanceof Signal.Ping) {
            send(Frames.encode(new Signal.Pong(), 0));
        } else if (message instanceof Signal.Replicate replicate && peer != null) {
            listener.replicated(peer, replicate);
        } else if (message instanceof PeerRequest request && peer != null) {
            serve(peer, request, head.id());
        } else if (message instanceof Request request && state == State.OPEN && peer == null) {
            admit(request, head, frame);
        } else if (!(message instanceof Signal.Pong)) {
            throw new MalformedFrameException("a " + message.getClass().getSimpleName() + " where none may be");
        }
    }

    private void greet(Frame head, ByteBuf frame) throws MalformedFrameException {
        Greeting.Refusal refusal = Greeting.ofVersion(head);
        if (refusal != null) {
            refuse(refusal.reason(), refusal.detail());
            return;
        }
        if (!(Frames.decode(head, frame) instanceof Signal.Hello hello)) {
            throw new MalformedFrameException("the first frame is no Hello");
        }
        refusal = hello.purpose() == Signal.Purpose.JOIN ? null : introduction.refusal();
        if (refusal != null) {
            refuse(refusal.reason(), refusal.detail());
            return;
        }
        refusal = Greeting.ofNetwork(hello, listener.settings().network());
        if (refusal != null) {
            refuse(refusal.reason(), refusal.detail());
            return;
        }
        if (hello.purpose() == Signal.Purpose.PEER || hello.purpose() == Signal.Purpose.RELAY) {
            refusal = introduction.refusalOfPeer(hello);
            if (refusal != null) {
                refuse(refusal.reason(), refusal.detail());
                return;
            }
        }
        introduction.end();
        if (hello.purpose() != Signal.Purpose.JOIN) {
            frames.trust(hello.purpose() == Signal.Purpose.PEER ? Frame.MAX_LENGTH : Frame.CLIENT_LENGTH);
        }
        client = introduction.named(hello.client());
        greeted = hello;
        purpose = hello.purpose();
        if (purpose == Signal.Purpose.ADMIN || purpose == Signal.Purpose.JOIN) {
            state = State.OPEN;
            welcome(Key.MIN);
        } else if (purpose == Signal.Purpose.PEER) {
            greetPeer(hello);
        } else {
            state = State.OPENING;
            listener.execute(this::openSession);
        }
    }

    private void greetPeer(Signal.Hello hello) throws MalformedFrameException {
        if (!listener.hasPeers()) {
            refuse(Signal.Reason.PROTOCOL, "this vulcano is not of a network of several");
            return;
        }
        try {
            peer = PeerLinks.named(hello.client());
        } catch (IllegalArgumentException e) {
            throw new MalformedFrameException(String.valueOf(e.getMessage()), e);
        }
        state = State.OPEN;
        welcome(Key.MIN);
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private void serve(VulcanoId from, PeerRequest request, long id) {
        listener.serve(from, request).whenComplete((reply, failure) -> {
            Reply answer = reply != null ? reply : PeerFailures.reply(request, failure);
            send(Frames.encode(answer, id));
        });
    }

    /** On a worker. */
    private void openSession() {
        ChangePush push = new ChangePush(
                (sequence, change) -> send(Frames.encode(new Signal.Changed(sequence, change), 0)),
                backlog -> lost("the client leaves " + backlog + " changes unconfirmed"));
        // Before the session is open: it may hear of changes, and confirm them, before it is welcomed.
        changes = push;
        try {
            SessionCalls opened = listener.begin(greeted, introduction.entitlement(), new Told(push));
            Key root = opened.fileSystem().root();
            loop(() -> opened(opened, root));
        } catch (FsException e) {
            loop(() -> refuse(Signal.Reason.STOPPING, String.valueOf(e.getMessage())));
        }
    }

    private void opened(SessionCalls opened, Key root) {
        if (state == State.CLOSED) {
            listener.execute(() -> listener.end(opened));
            return;
        }
        calls = opened;
        state = State.OPEN;
        log.info("Session opened by {}", client);
        welcome(root);
    }

    private void welcome(Key root) {
        ListenerSettings s = listener.settings();
        int features = Math.min(greeted.features(), listener.features());
        send(Frames.encode(
                new Signal.Welcome(features, s.network(), s.vulcano(), s.boot(), root, s.requests(), s.bytes()), 0));
    }

    private void admit(Request request, Frame head, ByteBuf frame) throws MalformedFrameException {
        if (request instanceof PeerRequest) {
            throw new MalformedFrameException("a request of a vulcano on a client's connection");
        }
        boolean admin = request instanceof AdminRequest;
        boolean join = request instanceof AdminRequest.Join;
        if (admin != (purpose == Signal.Purpose.ADMIN || purpose == Signal.Purpose.JOIN)
                || join != (purpose == Signal.Purpose.JOIN)) {
            throw new MalformedFrameException("a request of the other purpose");
        }
        if (introduction.isRevoked()) {
            state = State.CLOSED;
            lost("its certificate was revoked");
            return;
        }
        RunningRequest run = new RunningRequest(this, request, head.id(), frame.retain());
        try {
            underWay.add(run);
        } catch (MalformedFrameException e) {
            frame.release();
            throw e;
        }
        if (request instanceof TreeRequest.EndSession && changes != null) {
            // It listens no more, and nobody is to wait for it.
            changes.close();
        }
        underWay.account(run, 1, need().channel());
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
                || request instanceof TreeRequest.FindConflict;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext from) {
        underWay.admitMore(from.channel());
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
        }
        SessionCalls session = calls;
        if (session == null) {
            throw new FsException(Errno.ENOTCONN, "the session has ended");
        }
        if (request instanceof FileRequest.Read read) {
            return session.read(read, run.id());
        } else if (request instanceof FileRequest file) {
            return Frames.encode(session.run(file), run.id());
        } else if (request instanceof TreeRequest.TakeLock lock) {
            run.follow(session.fileSystem().lock(lock.file(), lock.lock(), lock.waiting()));
            return null;
        } else if (request instanceof TreeRequest.EndSession) {
            session.fileSystem().close();
            return Frames.encode(new Reply.Done(), run.id());
        }
        return Frames.encode(session.run((TreeRequest) request), run.id());
    }

    private Reply join(AdminRequest.Join join) throws FsException {
        try {
            return listener.administer(join, introduction.peer());
        } catch (FsException e) {
            refused("token", "it may not join: " + e.getMessage());
            throw e;
        }
    }

    private void refused(String kind, String detail) {
        listener.refusals().refused(need().channel().remoteAddress(), kind, detail);
    }

    /** The request ran and takes no more memory, though its reply is to come later. On any thread. */
    void ran(RunningRequest run) {
        loop(() -> underWay.account(run, -1, need().channel()));
    }

    /** Sends the reply to a request that ran, after all other sessions have confirmed what it changed. On any thread. */
    void reply(RunningRequest run, ByteBuf frame) {
        CompletableFuture<Void> seen = seenByOthers(run);
        if (seen.isDone()) {
            // One task for the loop, not two: each may have to wake it.
            loop(() -> {
                underWay.account(run, -1, need().channel());
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
        return run.request().isLook() || calls == null
                ? CompletableFuture.completedFuture(null)
                : listener.changesSeen(this);
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private void finishAfter(CompletableFuture<Void> seen, RunningRequest run, ByteBuf frame) {
        seen.whenComplete((done, lost) -> finish(run, frame));
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private void finish(RunningRequest run, ByteBuf frame) {
        need().channel().writeAndFlush(frame).addListener(written -> loop(() -> ended(run)));
    }

    /** The reply is written, or cannot be. */
    private void ended(RunningRequest run) {
        underWay.remove(run);
        closeWhenIdle();
    }

    void loop(Runnable task) {
        need().executor().execute(task);
    }

    private void send(ByteBuf frame) {
        Frames.send(need(), frame);
    }

    @SuppressWarnings("FutureReturnValueIgnored")
    private void refuse(Signal.Reason reason, String detail) {
        state = State.CLOSED;
        refused(reason.name(), detail);
        need().writeAndFlush(Frames.encode(new Signal.Refused(reason, Frame.VERSION, Frame.VERSION, detail), 0))
                .addListener(ChannelFutureListener.CLOSE);
    }

    /** Ends the connection from this side. On any thread. */
    void lost(String why) {
        if (lost.compareAndSet(false, true)) {
            log.warn("Connection of {} closed: {}", describe(), why);
        }
        Frames.close(need());
    }

    /** Ends the connection because the vulcano stops. On any thread. */
    void stop() {
        Frames.close(need());
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext from, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            identify(from, handshake);
        } else if (event instanceof NoticeGate.Noticed) {
            state = State.CLOSED;
            introduction.end();
            Frames.close(from);
        } else if (event instanceof IdleStateEvent) {
            lost("nothing was heard for " + listener.settings().silence().toSeconds() + " s");
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
        if (cause instanceof MalformedFrameException || cause.getCause() instanceof MalformedFrameException) {
            if (state == State.STRANGER) {
                refuse(Signal.Reason.PROTOCOL, String.valueOf(cause.getMessage()));
                return;
            }
            refused("protocol", describe() + ", whose connection is closed: " + cause.getMessage());
        } else if (cause instanceof IOException || cause.getCause() instanceof SSLException) {
            log.debug("Connection of {} broke", describe(), cause);
        } else {
            log.error("Connection of {} closed by an error", describe(), cause);
        }
        Frames.close(from);
    }

    @Override
    public void channelInactive(ChannelHandlerContext from) {
        state = State.CLOSED;
        introduction.end();
        listener.unregister(this);
        ChangePush push = changes;
        if (push != null) {
            push.close();
        }
        underWay.all().forEach(this::withdraw);
        closeWhenIdle();
    }

    /** Not on the event loop: it may have to wait for another vulcano's answer, which comes by this loop. */
    private void withdraw(RunningRequest request) {
        listener.execute(purpose, request::cancel);
    }

    private void closeWhenIdle() {
        SessionCalls session = calls;
        if (state == State.CLOSED && underWay.isEmpty() && session != null) {
            calls = null;
            log.info("Session of {} ended", client);
            listener.execute(() -> listener.end(session));
        }
    }

    /** Completes when this session has confirmed all changes it was told of, or is over. One that does not in time is cut off. */
    CompletableFuture<Void> changesSeen() {
        ChangePush push = changes;
        CompletableFuture<Void> seen = push == null ? CompletableFuture.completedFuture(null) : push.seen();
        return seen.isDone() ? seen : inTime(seen);
    }

    /** Another vulcano has the whole time: it waits less for its client, and cuts that off. */
    private CompletableFuture<Void> inTime(CompletableFuture<Void> seen) {
        long laggard = listener.settings().laggard().toMillis();
        long millis = purpose == Signal.Purpose.RELAY ? laggard : laggard * 4 / 5;
        return seen.orTimeout(millis, TimeUnit.MILLISECONDS).exceptionally(late -> {
            lost("it did not confirm changes within " + millis + " ms");
            return null;
        });
    }

    Reply.@Nullable SessionStatus status() {
        SessionCalls session = calls;
        return session == null
                ? null
                : new Reply.SessionStatus(client, Duration.ofNanos(System.nanoTime() - since), session.opens());
    }

    private String describe() {
        return (client.isEmpty() ? "a stranger" : client) + " at "
                + need().channel().remoteAddress();
    }

    private ChannelHandlerContext need() {
        ChannelHandlerContext here = context;
        if (here == null) {
            throw new IllegalStateException("not connected");
        }
        return here;
    }

    /** Tells the client of changes. */
    private final class Told implements ChangeListener {
        private final ChangePush push;

        Told(ChangePush push) {
            this.push = push;
        }

        @Override
        public void changed(Change change) {
            push.push(change);
        }

        @Override
        public CompletionStage<Void> heard() {
            return changesSeen();
        }
    }
}
