package magma.dht.transport.netty;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.SocketAddress;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import magma.dht.identity.Principal;
import magma.dht.identity.Role;
import magma.dht.replication.VulcanoId;
import magma.dht.wire.Signal;
import org.jspecify.annotations.Nullable;

/**
 * How a connection shows who it is: in time, and among no more strangers than there is room for. Where the listener has no security, everybody is believed. Belongs to
 * the channel's event loop but where a method says more.
 */
final class Introduction {
    private final WireListener listener;
    private final @Nullable TransportSecurity security;
    private boolean stranger;
    private volatile @Nullable Principal peer;
    private volatile Entitlement entitlement;

    Introduction(WireListener listener) {
        this.listener = listener;
        this.security = listener.settings().security();
        this.entitlement = security == null ? Entitlement.ALL : Entitlement.of(null);
    }

    /** False when there are too many strangers: the connection is worth no handshake. {@link #end} must follow. */
    @SuppressWarnings("FutureReturnValueIgnored")
    boolean begin(ChannelHandlerContext context) {
        if (security == null) {
            return true;
        }
        stranger = true;
        if (!listener.addStranger()) {
            listener.refusals().refused(remote(context), "crowd", "too many connect and do not say what they want");
            return false;
        }
        long patience = listener.settings().greeting().toMillis();
        context.executor().schedule(() -> greeted(context), patience, TimeUnit.MILLISECONDS);
        return true;
    }

    private void greeted(ChannelHandlerContext context) {
        if (stranger && context.channel().isActive()) {
            listener.refusals().refused(remote(context), "silence", "it does not say what it wants");
            Frames.close(context);
        }
    }

    private static SocketAddress remote(ChannelHandlerContext context) {
        return context.channel().remoteAddress();
    }

    /** It has said what it wants, or is gone. */
    void end() {
        if (stranger) {
            stranger = false;
            listener.known();
        }
    }

    /** @throws SSLException when the handshake failed, or the certificate is not good; the message says why */
    void identify(ChannelHandlerContext context, SslHandshakeCompletionEvent handshake) throws SSLException {
        Principal shown = principal(context, handshake, security);
        peer = shown;
        entitlement = Entitlement.of(shown);
    }

    /**
     * Who is at the other end of a connection whose handshake is over; null when it has shown no certificate.
     *
     * @throws SSLException when the handshake failed, or the certificate is not good; the message says why
     */
    static @Nullable Principal principal(
            ChannelHandlerContext context, SslHandshakeCompletionEvent handshake, @Nullable TransportSecurity security)
            throws SSLException {
        if (!handshake.isSuccess()) {
            throw new SSLException(HandshakeFailure.reason(handshake.cause()), handshake.cause());
        }
        SslHandler encryption = context.pipeline().get(SslHandler.class);
        if (encryption == null || security == null) {
            throw new IllegalStateException("a handshake without encryption");
        }
        return security.principal(encryption.engine().getSession());
    }

    /** Why one that wants this is sent away; null where it is welcome. */
    Greeting.@Nullable Refusal refusal(Signal.Hello hello) {
        Greeting.Refusal refusal =
                security == null || hello.purpose() == Signal.Purpose.JOIN ? null : Greeting.ofPeer(peer);
        if (refusal == null) {
            refusal = Greeting.ofNetwork(hello, listener.settings().network());
        }
        boolean ofVulcano = hello.purpose() == Signal.Purpose.PEER || hello.purpose() == Signal.Purpose.RELAY;
        return refusal == null && ofVulcano ? refusalOfPeer(hello) : refusal;
    }

    /** Why one that says it is another vulcano is sent away; null where it is welcome. */
    private Greeting.@Nullable Refusal refusalOfPeer(Signal.Hello hello) {
        if (security == null) {
            return null;
        }
        Principal known = peer;
        boolean isVulcano = known != null
                && known.role() == Role.VULCANO
                && (hello.purpose() != Signal.Purpose.PEER || hello.client().equals(PeerLinks.PREFIX + known.name()));
        return isVulcano
                ? null
                : new Greeting.Refusal(
                        Signal.Reason.IDENTITY,
                        "this is for the vulcano that the certificate names, which is " + known);
    }

    /** On any thread. */
    Entitlement entitlement() {
        return entitlement;
    }

    /** Who it is; null where it has shown no certificate. */
    @Nullable
    Principal peer() {
        return peer;
    }

    /** Which vulcano it is; null where it is none. */
    @Nullable
    VulcanoId vulcano() {
        Principal known = peer;
        return known == null || known.role() != Role.VULCANO ? null : new VulcanoId(UUID.fromString(known.name()));
    }

    /** What it calls itself, and who it is. */
    String named(String client) {
        Principal known = peer;
        return known == null ? client : client + " (" + known + ")";
    }

    /** On any thread. */
    boolean isRevoked() {
        Principal known = peer;
        return security != null && known != null && security.isRevoked(known);
    }
}
