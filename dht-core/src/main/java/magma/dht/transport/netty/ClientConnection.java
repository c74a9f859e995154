package magma.dht.transport.netty;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.timeout.IdleState;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLException;
import magma.dht.identity.Principal;
import magma.dht.wire.FileRequest;
import magma.dht.wire.Frame;
import magma.dht.wire.MalformedFrameException;
import magma.dht.wire.Message;
import magma.dht.wire.Reply;
import magma.dht.wire.Request;
import magma.dht.wire.Signal;
import org.jspecify.annotations.Nullable;

/**
 * One connection as the client sees it, from Hello to its end. Requests of many threads share it. How many requests and bytes are under way is
 * bounded by what the vulcano said in its Welcome: who comes when it is full waits.
 */
final class ClientConnection extends SimpleChannelInboundHandler<ByteBuf> {

    /** What a session hears of. On the event loop. */
    interface Listener {
        void changed(ClientConnection connection, Signal.Changed changed);

        /** The connection is over; all its requests have failed. */
        void lost(ClientConnection connection);
    }

    private final RemoteSettings settings;
    private final Listener listener;
    private final Signal.Hello hello;
    private final CompletableFuture<Signal.Welcome> greeted = new CompletableFuture<>();
    private final Map<Long, PendingReply> pending = new ConcurrentHashMap<>();
    private final AtomicLong lastId = new AtomicLong();
    private volatile @Nullable Channel channel;
    private volatile @Nullable Credit credit;
    private volatile @Nullable Boolean over;
    private volatile @Nullable Principal peer;
    private int quietPeriods;

    private ClientConnection(RemoteSettings settings, Signal.Hello hello, Listener listener) {
        this.settings = settings;
        this.hello = hello;
        this.listener = listener;
    }

    /**
     * Connects and is greeted. Blocks.
     *
     * @throws RefusedException when the vulcano says no
     * @throws IOException when it cannot be reached, or is none
     */
    static ClientConnection open(EventLoops loops, RemoteSettings settings, Signal.Hello hello, Listener listener)
            throws IOException, InterruptedException {
        ClientConnection connection = new ClientConnection(settings, hello, listener);
        Bootstrap bootstrap = new Bootstrap()
                .group(loops.group())
                .channel(loops.clientChannel())
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .option(ChannelOption.RECVBUF_ALLOCATOR, WireListener.receiveBuffers())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        settings.connect().toMillis())
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel created) {
                        encrypt(created, settings);
                        created.pipeline()
                                .addLast(new FlushConsolidationHandler(64, true))
                                .addLast(new IdleStateHandler(settings.quiet().toMillis(), 0, 0, TimeUnit.MILLISECONDS))
                                .addLast(new FrameAssembler(Frame.MAX_LENGTH))
                                .addLast(connection);
                    }
                });
        ChannelFuture connected =
                bootstrap.connect(settings.vulcano().socketAddress()).await();
        if (!connected.isSuccess()) {
            throw new IOException(
                    "no vulcano answers at " + settings.vulcano() + ": "
                            + connected.cause().getMessage(),
                    connected.cause());
        }
        connection.greet(settings);
        return connection;
    }

    private static void encrypt(Channel created, RemoteSettings settings) {
        TransportSecurity security = settings.security();
        if (security != null) {
            SslHandler encryption = security.clientHandler(created.alloc());
            encryption.setHandshakeTimeoutMillis(settings.connect().toMillis());
            created.pipeline().addLast(encryption);
        }
    }

    private void greet(RemoteSettings settings) throws IOException, InterruptedException {
        try {
            Signal.Welcome welcome = greeted.get(settings.connect().toMillis(), TimeUnit.MILLISECONDS);
            credit = new Credit(welcome.requests(), welcome.bytes());
        } catch (ExecutionException e) {
            close();
            throw e.getCause() instanceof IOException known ? known : new IOException(e.getCause());
        } catch (TimeoutException e) {
            close();
            throw new IOException("what listens at " + settings.vulcano() + " does not answer as a vulcano does", e);
        }
    }

    Signal.Welcome welcome() {
        return greeted.join();
    }

    /** Which vulcano it is; null without security. */
    @Nullable
    Principal peer() {
        return peer;
    }

    boolean isOver() {
        return over != null;
    }

    /**
     * Sends a request and waits for its reply, uninterruptibly: the buffers of the request are free for other use on return.
     *
     * @throws ContactLostException when the connection is or comes to its end before
     */
    Answer call(Request request) throws ContactLostException {
        int bytes = cost(request);
        Credit budget = needCredit();
        budget.take(bytes);
        try {
            PendingReply reply = send(request);
            return reply.await();
        } finally {
            budget.give(bytes);
        }
    }

    /**
     * Sends a request and does not wait for its reply, which {@code then} is called with on the event loop; or with why there is none.
     *
     * @return false when as much is under way as may be: then it was not sent
     */
    boolean tryCall(Request request, BiConsumer<@Nullable Answer, @Nullable Throwable> then)
            throws ContactLostException {
        int bytes = cost(request);
        Credit budget = needCredit();
        if (!budget.tryTake(bytes)) {
            return false;
        }
        PendingReply reply;
        try {
            reply = send(request);
        } catch (ContactLostException e) {
            budget.give(bytes);
            throw e;
        }
        reply.whenDone((answer, failure) -> {
            budget.give(bytes);
            then.accept(answer, failure);
        });
        return true;
    }

    /** Sends a request that takes no credit and whose reply may come late. */
    PendingReply send(Request request) throws ContactLostException {
        long id = lastId.incrementAndGet();
        ByteBuf frame = Frames.encode(request, id);
        PendingReply reply = new PendingReply(id);
        pending.put(id, reply);
        if (isOver()) {
            pending.remove(id);
            frame.release();
            throw new ContactLostException(false, "the connection is over");
        }
        write(frame);
        return reply;
    }

    /** Asks for a request to be withdrawn. */
    void cancel(long id) {
        write(Frames.encode(new Signal.Cancel(), id));
    }

    /** Tells the vulcano that the listener has returned from all changes up to {@code sequence}. */
    void confirm(long sequence) {
        write(Frames.encode(new Signal.ChangesSeen(sequence), 0));
    }

    /** Has a task run by the event loop of the connection, unless that is gone. */
    void onLoop(Runnable task) {
        Channel open = channel;
        if (open != null) {
            try {
                open.eventLoop().execute(task);
            } catch (RejectedExecutionException stopping) {
                // All connections are over.
                over = true;
            }
        }
    }

    /** Sends what is not answered. */
    void tell(Signal signal) {
        write(Frames.encode(signal, 0));
    }

    private void write(ByteBuf frame) {
        Channel open = channel;
        if (open == null) {
            frame.release();
        } else {
            Frames.send(open, frame);
        }
    }

    private Credit needCredit() throws ContactLostException {
        Credit budget = credit;
        if (budget == null) {
            throw new ContactLostException(false, "the vulcano has not answered yet");
        }
        return budget;
    }

    private static int cost(Request request) {
        int base = 512;
        if (request instanceof FileRequest.Read read) {
            return base + read.length();
        } else if (request instanceof FileRequest.Write write) {
            return base + write.content().remaining();
        } else if (request instanceof FileRequest.Append append) {
            return base + append.content().remaining();
        }
        return base;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        channel = context.channel();
        write(Frames.encode(hello, 0));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) throws IOException {
        quietPeriods = 0;
        Frame head = Frames.head(frame);
        Message message = Frames.decode(head, frame);
        if (message instanceof Reply reply) {
            PendingReply waiting = pending.remove(head.id());
            if (waiting != null) {
                waiting.complete(new Answer(reply, reply instanceof Reply.Content ? frame.retain() : null));
            }
        } else if (message instanceof Signal.Changed changed) {
            listener.changed(this, changed);
        } else if (message instanceof Signal.Welcome welcome) {
            greeted.complete(welcome);
        } else if (message instanceof Signal.Refused refused) {
            throw new RefusedException(refused);
        } else if (message instanceof Signal.Ping) {
            write(Frames.encode(new Signal.Pong(), 0));
        } else if (!(message instanceof Signal.Pong)) {
            throw new MalformedFrameException("a " + message.getClass().getSimpleName() + " from a vulcano");
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) throws SSLException {
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            peer = Introduction.principal(context, handshake, settings.security());
        } else if (event instanceof IdleStateEvent idle && idle.state() == IdleState.READER_IDLE) {
            quietPeriods++;
            if (quietPeriods >= 3) {
                Frames.close(context);
            } else {
                write(Frames.encode(new Signal.Ping(), 0));
            }
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        Throwable known = cause.getCause() instanceof MalformedFrameException malformed ? malformed : cause;
        RefusedException distrusted = HandshakeFailure.refused(cause, settings.vulcano());
        greeted.completeExceptionally(distrusted == null ? known : distrusted);
        Frames.close(context);
    }

    /** A network's vulcano does so where nothing is encrypted. */
    private static String closedWithoutAnswer(RemoteSettings settings) {
        String message = "what listens at " + settings.vulcano() + " closed the connection without an answer";
        return settings.security() != null
                ? message
                : message
                        + "; if it belongs to a network, you need an identity of that: magma join, or --identity FILE";
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        over = true;
        greeted.completeExceptionally(new IOException(closedWithoutAnswer(settings)));
        for (Long id : List.copyOf(pending.keySet())) {
            PendingReply waiting = pending.remove(id);
            if (waiting != null) {
                waiting.fail(new ContactLostException(true, "contact with the vulcano was lost"));
            }
        }
        listener.lost(this);
    }

    /** Begins to close: what is under way fails soon. */
    void abort() {
        Channel open = channel;
        if (open != null) {
            Frames.close(open);
        }
    }

    void close() {
        Channel open = channel;
        if (open != null) {
            open.close().awaitUninterruptibly();
        }
    }
}
