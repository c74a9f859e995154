package magma.dht.transport.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.timeout.IdleStateEvent;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import magma.dht.replication.VulcanoId;
import magma.dht.wire.Frame;
import magma.dht.wire.MalformedFrameException;
import magma.dht.wire.Message;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.dht.wire.Request;
import magma.dht.wire.Signal;
import magma.fs.FsException;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection as the vulcano sees it. Fields without volatile belong to the channel's event loop.
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
    private final Introduction introduction;
    private final AtomicBoolean lost = new AtomicBoolean();
    private State state = State.STRANGER;
    private volatile Signal.Purpose purpose = Signal.Purpose.ADMIN;
    private @Nullable ChannelHandlerContext context;
    private volatile String client = "";
    private volatile Signal.Hello greeted = NOBODY;
    private volatile @Nullable ToldChanges changes;

    /** Of a client that is welcome. */
    private volatile @Nullable ServedRequests requests;

    /** The other vulcano that is welcome. */
    private @Nullable VulcanoId peer;

    ServedConnection(WireListener listener, FrameAssembler frames) {
        this.listener = listener;
        this.frames = frames;
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
        if (purpose == Signal.Purpose.RELAY && vulcano.equals(introduction.vulcano())) {
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
            if (requests != null) {
                requests.cancel(head.id());
            }
        } else if (message instanceof Signal.ChangesSeen seen && changes != null) {
            changes.confirm(seen.sequence());
        } else if (message instanceof Signal.Ping) {
            send(Frames.encode(new Signal.Pong(), 0));
        } else if (message instanceof Signal.Replicate replicate && peer != null) {
            listener.replicated(peer, replicate);
        } else if (message instanceof PeerRequest request && peer != null) {
            serve(peer, request, head.id());
        } else if (message instanceof Request request && requests != null) {
            admit(requests, request, head, frame);
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
        refusal = introduction.refusal(hello);
        if (refusal != null) {
            refuse(refusal.reason(), refusal.detail());
            return;
        }
        introduction.end();
        if (hello.purpose() != Signal.Purpose.JOIN) {
            frames.trust(hello.purpose() == Signal.Purpose.PEER ? Frame.MAX_LENGTH : Frame.CLIENT_LENGTH);
        }
        client = introduction.named(hello.client());
        greeted = hello;
        purpose = hello.purpose();
        if (purpose == Signal.Purpose.ADMIN || purpose == Signal.Purpose.JOIN) {
            open(null, Key.MIN);
        } else if (purpose == Signal.Purpose.PEER) {
            greetPeer(hello);
        } else {
            state = State.OPENING;
            listener.execute(purpose, this::openSession);
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
        ToldChanges told = new ToldChanges(
                listener.settings(),
                purpose,
                (sequence, change) -> send(Frames.encode(new Signal.Changed(sequence, change), 0)),
                this::lost);
        changes = told;
        try {
            SessionCalls opened = listener.begin(greeted, introduction, told);
            Key root = opened.fileSystem().root();
            loop(() -> opened(opened, told, root));
        } catch (FsException e) {
            loop(() -> refuse(Signal.Reason.STOPPING, String.valueOf(e.getMessage())));
        }
    }

    private void opened(SessionCalls opened, ToldChanges told, Key root) {
        if (state == State.CLOSED) {
            listener.execute(purpose, () -> listener.end(opened));
            return;
        }
        open(new ServedSession(client, opened, told, () -> listener.changesSeen(this)), root);
    }

    private void open(@Nullable ServedSession session, Key root) {
        requests = new ServedRequests(listener, need(), introduction, purpose, session);
        state = State.OPEN;
        welcome(root);
    }

    private void welcome(Key root) {
        ListenerSettings s = listener.settings();
        int features = Math.min(greeted.features(), listener.features());
        send(Frames.encode(
                new Signal.Welcome(features, s.network(), s.vulcano(), s.boot(), root, s.requests(), s.bytes()), 0));
    }

    private void admit(ServedRequests welcome, Request request, Frame head, ByteBuf frame)
            throws MalformedFrameException {
        welcome.check(request);
        if (introduction.isRevoked()) {
            state = State.CLOSED;
            lost("its certificate was revoked");
            return;
        }
        welcome.admit(request, head, frame);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext from) {
        if (requests != null) {
            requests.writabilityChanged();
        } else {
            // Nor is more read from another vulcano that does not take what it is sent.
            from.channel().config().setAutoRead(from.channel().isWritable());
        }
    }

    private void refused(String kind, String detail) {
        listener.refusals().refused(need().channel().remoteAddress(), kind, detail);
    }

    private void loop(Runnable task) {
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
        if (changes != null) {
            changes.close();
        }
        if (requests != null) {
            requests.close();
        }
    }

    /** Completes when this session has confirmed all changes it was told of, or is over. One that does not in time is cut off. */
    CompletableFuture<Void> changesSeen() {
        ToldChanges told = changes;
        return told == null ? CompletableFuture.completedFuture(null) : told.seen();
    }

    /** Of its session; null where there is none. On any thread. */
    Reply.@Nullable SessionStatus status() {
        ServedRequests welcome = requests;
        return welcome == null ? null : welcome.status();
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
}
