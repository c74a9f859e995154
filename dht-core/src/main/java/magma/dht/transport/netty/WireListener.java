package magma.dht.transport.netty;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import magma.dht.front.Homes;
import magma.dht.identity.Principal;
import magma.dht.replication.VulcanoId;
import magma.dht.runtime.Gathering;
import magma.dht.transport.PeerService;
import magma.dht.wire.AdminRequest;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.dht.wire.Signal;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a volume. Requests run on a bounded number of worker threads, never on an event loop; their queue is bounded by what
 * each connection may have under way.
 */
public final class WireListener implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WireListener.class);

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ListenerSettings settings;
    private final Served served;
    private final EventLoops loops;
    private final boolean ownLoops;

    /** For clients, for other vulcanos' clients, and for other vulcanos: who waits for another vulcano keeps no thread from it that it may need. */
    private final ThreadPoolExecutor workers;

    /** For administrators, and those who join: what they ask for may take long, or wait for the council. */
    private final ThreadPoolExecutor desk;

    private final ThreadPoolExecutor relays;
    private final ThreadPoolExecutor peers;
    private final Channel channel;
    private final Set<SessionCalls> sessions = new HashSet<>();
    private final Set<ServedConnection> connections = ConcurrentHashMap.newKeySet();
    private final AtomicInteger strangers = new AtomicInteger();
    private final RefusalLog refusals = new RefusalLog(System::nanoTime);

    /**
     * Listens at once.
     *
     * @throws IOException when the address is taken or not this machine's
     */
    public WireListener(ListenerSettings settings, Served served) throws IOException {
        this(settings, served, EventLoops.ofVulcano(), true);
    }

    /**
     * Listens at once.
     *
     * @param loops which must outlive the listener
     * @throws IOException when the address is taken or not this machine's
     */
    public WireListener(ListenerSettings settings, Served served, EventLoops loops) throws IOException {
        this(settings, served, loops, false);
    }

    private WireListener(ListenerSettings settings, Served served, EventLoops loops, boolean ownLoops)
            throws IOException {
        this.settings = settings;
        this.loops = loops;
        this.ownLoops = ownLoops;
        this.served = served;
        workers = pool("magma-worker", settings.workers());
        desk = pool("magma-desk", Math.max(1, settings.workers() / 4));
        relays = pool("magma-relay", settings.workers());
        peers = pool("magma-peer", settings.workers());
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops.group())
                .channel(loops.serverChannel())
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(8 << 20, 32 << 20))
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, receiveBuffers())
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel child) {
                        serve(child.pipeline());
                    }
                });
        ChannelFuture bound = bootstrap.bind(settings.listen().socketAddress()).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            closeThreads();
            Throwable cause = bound.cause();
            throw cause instanceof BindException || isAddressInUse(cause)
                    ? new BindException("cannot listen on " + settings.listen() + ": " + cause.getMessage())
                    : new IOException("cannot listen on " + settings.listen(), cause);
        }
        channel = bound.channel();
    }

    private static ThreadPoolExecutor pool(String name, int threads) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads,
                threads,
                30,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                new DefaultThreadFactory(name, true));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** From the wire inwards. What encrypts comes first, so that one flush of many frames is encrypted at once. */
    private void serve(ChannelPipeline pipeline) {
        TransportSecurity security = settings.security();
        PeerService service = served.peers();
        if (service != null) {
            pipeline.addLast(new NoticeGate(service::noticed));
        }
        if (security != null) {
            SslHandler encryption = security.serverHandler(pipeline.channel().alloc());
            encryption.setHandshakeTimeoutMillis(settings.greeting().toMillis());
            pipeline.addLast(encryption);
        }
        FrameAssembler frames = new FrameAssembler(FrameAssembler.STRANGER_LENGTH);
        pipeline.addLast(new FlushConsolidationHandler(64, true));
        pipeline.addLast(new IdleStateHandler(settings.silence().toMillis(), 0, 0, TimeUnit.MILLISECONDS));
        pipeline.addLast(frames);
        pipeline.addLast(new ServedConnection(this, frames));
    }

    /** Up to 256 KiB at once, so that a write of 1 MiB takes few system calls. */
    static AdaptiveRecvByteBufAllocator receiveBuffers() {
        return new AdaptiveRecvByteBufAllocator(512, 16 << 10, 256 << 10);
    }

    private static boolean isAddressInUse(Throwable cause) {
        return String.valueOf(cause.getMessage()).contains("Address already in use");
    }

    /** Where it listens: with the port that was given where any was asked for. */
    public NetAddress address() {
        InetSocketAddress local = (InetSocketAddress) channel.localAddress();
        return new NetAddress(local.getAddress(), local.getPort());
    }

    /** Where it is said who was sent away. */
    RefusalLog refusals() {
        return refusals;
    }

    ListenerSettings settings() {
        return settings;
    }

    /** Opens a session of the volume, which {@link #end} must close. On a worker. */
    SessionCalls begin(Signal.Hello hello, Introduction introduction, ChangeListener changes) throws FsException {
        boolean isRelayed = hello.purpose() == Signal.Purpose.RELAY;
        Homes.SessionName name = new Homes.SessionName(
                hello.session(), hello.generation(), hello.client(), isRelayed ? introduction.vulcano() : null);
        FileSystem opened = (isRelayed ? served.relayed() : served.clients()).open(name, changes);
        Entitlement entitlement = introduction.entitlement();
        SessionCalls session =
                isRelayed ? SessionCalls.relayed(opened, entitlement) : new SessionCalls(opened, entitlement);
        synchronized (this.sessions) {
            this.sessions.add(session);
        }
        return session;
    }

    /** A session's connection is over. On a worker. */
    void end(SessionCalls session) {
        try {
            session.end();
        } finally {
            synchronized (sessions) {
                sessions.remove(session);
                sessions.notifyAll();
            }
        }
    }

    /** On threads of those with that purpose: what other vulcanos relay, and what they begin with, never waits for this one's clients, who may wait for other vulcanos. */
    void execute(Signal.Purpose purpose, Runnable task) {
        execute(
                switch (purpose) {
                    case RELAY -> relays;
                    case ADMIN, JOIN -> desk;
                    case SESSION, PEER -> workers;
                },
                task);
    }

    int features() {
        return served.features();
    }

    boolean hasPeers() {
        return served.peers() != null;
    }

    /** Has another vulcano's request answered. */
    @SuppressWarnings("FutureReturnValueIgnored")
    CompletableFuture<Reply> serve(VulcanoId from, PeerRequest request) {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        execute(peers, () -> {
            try {
                need().serve(from, request).whenComplete((answer, failure) -> {
                    if (failure == null) {
                        reply.complete(answer);
                    } else {
                        reply.completeExceptionally(failure);
                    }
                });
            } catch (RuntimeException e) {
                reply.completeExceptionally(e);
            }
        });
        return reply;
    }

    void replicated(VulcanoId from, Signal.Replicate messages) {
        need().replicated(from, messages);
    }

    private PeerService need() {
        PeerService service = served.peers();
        if (service == null) {
            throw new IllegalStateException("there are no other vulcanos");
        }
        return service;
    }

    private static void execute(ThreadPoolExecutor pool, Runnable task) {
        try {
            pool.execute(task);
        } catch (RejectedExecutionException stopping) {
            log.debug("Dropped at the end: {}", task);
        }
    }

    boolean register(ServedConnection connection) {
        return connections.size() < settings.connections() && connections.add(connection);
    }

    /** One more that has not said yet who it is and what it wants; {@link #known} must follow. False when there are as many as may be. */
    boolean addStranger() {
        return strangers.incrementAndGet() <= settings.strangers();
    }

    void known() {
        strangers.decrementAndGet();
    }

    void unregister(ServedConnection connection) {
        connections.remove(connection);
    }

    /** Completes when all sessions but {@code except}, and those beside, have confirmed what they were told of; those that do not in time are cut off. */
    CompletableFuture<Void> changesSeen(@Nullable ServedConnection except) {
        Gathering seen = new Gathering();
        connections.stream()
                .filter(connection -> connection != except)
                .forEach(connection -> seen.add(connection.changesSeen()));
        seen.add(served.beside().get());
        return seen.all();
    }

    /** Completes, normally, when all sessions have confirmed what they were told of until now; those that do not in time are cut off. */
    public CompletableFuture<Void> changesHeard() {
        return changesSeen(null);
    }

    /** @param holder whose connection it is; null where there is no security */
    Reply administer(AdminRequest request, @Nullable Principal holder) throws FsException {
        if (request instanceof AdminRequest.GetStatus) {
            return served.administration()
                    .status(connections.stream()
                            .map(ServedConnection::status)
                            .filter(Objects::nonNull)
                            .toList());
        } else if (request instanceof AdminRequest.CompareReplicas) {
            return served.administration().compareReplicas();
        } else if (request instanceof AdminRequest.CheckNamespace) {
            return served.administration().checkNamespace();
        } else if (request instanceof AdminRequest.Locate locate) {
            return served.administration().locate(locate.path());
        } else if (request instanceof AdminRequest.GetLava) {
            return served.administration().lava();
        } else if (request instanceof AdminRequest.Invite invite) {
            return new Reply.Text(
                    served.administration().invite(invite.invitation(), Duration.ofSeconds(invite.seconds())));
        } else if (request instanceof AdminRequest.Expel expel) {
            served.administration().expel(expel.vulcano());
        } else if (request instanceof AdminRequest.Join join) {
            return served.administration().join(join);
        } else if (request instanceof AdminRequest.Renew renew && holder != null) {
            return new Reply.Renewed(served.administration().renew(holder, renew.request()));
        } else if (request instanceof AdminRequest.Revoke revoke) {
            return new Reply.Amount(served.administration().revoke(revoke.holder()));
        } else if (request instanceof AdminRequest.GetCertificates) {
            return served.administration().certificates();
        } else if (request instanceof AdminRequest.FlushAll) {
            served.administration().flush();
        } else if (request instanceof AdminRequest.Stop) {
            served.administration().stop();
        } else {
            throw new FsException(Errno.EPROTO, "not known: " + request);
        }
        return new Reply.Done();
    }

    /** Ends the connections of those whose certificates were revoked meanwhile. On any thread. */
    public void endRevoked() {
        connections.forEach(ServedConnection::endIfRevoked);
    }

    /**
     * Ends the connections by which another vulcano serves its clients: it hangs or is cut off, and changes wait for what it will not confirm. If it lives it comes again, and
     * forgets what it knew. On any thread.
     */
    public void endRelays(VulcanoId from) {
        connections.forEach(connection -> connection.endIfRelayOf(from));
    }

    /** Takes no more connections, ends those that are, and returns when their sessions are closed. Idempotent. */
    @Override
    public void close() {
        channel.close().awaitUninterruptibly();
        for (ServedConnection connection : connections) {
            connection.stop();
        }
        awaitSessions();
        closeThreads();
    }

    private void awaitSessions() {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        synchronized (sessions) {
            try {
                for (long left = PATIENCE.toMillis(); !sessions.isEmpty() && left > 0; ) {
                    sessions.wait(left);
                    left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (!sessions.isEmpty()) {
                log.warn("{} sessions still have requests that run after {}; leaving them", sessions.size(), PATIENCE);
            }
        }
    }

    private void closeThreads() {
        if (ownLoops) {
            loops.close();
        }
        workers.shutdown();
        desk.shutdown();
        relays.shutdown();
        peers.shutdown();
    }
}
