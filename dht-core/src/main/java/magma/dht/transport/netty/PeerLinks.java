package magma.dht.transport.netty;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import magma.dht.host.ReplicaPorts;
import magma.dht.replication.Payload;
import magma.dht.replication.ReplicationMessage;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.NoContactException;
import magma.dht.transport.PeerCalls;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.dht.wire.Signal;
import org.jspecify.annotations.Nullable;

/** The connections of one vulcano to all others. */
public final class PeerLinks implements PeerCalls, ReplicaPorts.Peers, AutoCloseable {
    static final String PREFIX = "vulcano ";

    /** What is known of the other vulcanos. On threads that may block. */
    public interface Directory {
        /** How one is reached; null where that is not known. */
        @Nullable
        RemoteSettings find(VulcanoId vulcano);

        /** One says that this vulcano's own certificate was revoked. */
        default void revoked() {}
    }

    private final VulcanoId self;
    private final UUID network;
    private final Directory addresses;
    private final EventLoops loops;
    private final ExecutorService connectors =
            Executors.newCachedThreadPool(new DefaultThreadFactory("magma-connect", true));
    private final Map<VulcanoId, PeerLink> links = new ConcurrentHashMap<>();

    /**
     * Links of a vulcano.
     *
     * @param loops which must outlive the links
     */
    public PeerLinks(VulcanoId self, UUID network, Directory addresses, EventLoops loops) {
        this.loops = loops;
        this.self = self;
        this.network = network;
        this.addresses = addresses;
    }

    /** How a vulcano names itself in its Hello. */
    static String name(VulcanoId vulcano) {
        return PREFIX + vulcano;
    }

    /** The vulcano that named itself so. @throws IllegalArgumentException when it is no such name */
    static VulcanoId named(String client) {
        if (!client.startsWith(PREFIX)) {
            throw new IllegalArgumentException(client + " is no vulcano's name");
        }
        return new VulcanoId(UUID.fromString(client.substring(PREFIX.length())));
    }

    @Override
    public CompletableFuture<Reply> call(VulcanoId to, PeerRequest request) {
        return link(to).call(request);
    }

    @Override
    public void send(VulcanoId to, long slice, ReplicationMessage<Payload> message) {
        link(to).tell(new Signal.Replicate.OfSlice(slice, message));
    }

    private PeerLink link(VulcanoId to) {
        PeerLink link = links.get(to);
        return link != null ? link : links.computeIfAbsent(to, this::make);
    }

    private PeerLink make(VulcanoId to) {
        return new PeerLink(
                to,
                listener -> {
                    RemoteSettings settings = addresses.find(to);
                    if (settings == null) {
                        throw new IOException("the address of " + to + " is not known");
                    }
                    Signal.Hello hello = new Signal.Hello(0, network, Signal.Purpose.PEER, name(self));
                    return open(settings, hello, listener);
                },
                connectors);
    }

    private ClientConnection open(RemoteSettings settings, Signal.Hello hello, ClientConnection.Listener listener)
            throws IOException, InterruptedException {
        try {
            return ClientConnection.open(loops, settings, hello, listener);
        } catch (RefusedException e) {
            if (e.reason() == Signal.Reason.REVOKED) {
                addresses.revoked();
            }
            throw e;
        }
    }

    /** Fails what is under way with {@link NoContactException}. */
    @Override
    public void close() {
        links.values().forEach(PeerLink::close);
        connectors.shutdownNow();
    }
}
