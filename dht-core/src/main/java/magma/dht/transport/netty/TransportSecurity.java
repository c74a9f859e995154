package magma.dht.transport.netty;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import magma.dht.identity.Principal;
import org.jspecify.annotations.Nullable;

/**
 * What encrypts connections and says who is at the other end. Called on event loops; does not block. A certificate that was renewed is used from the next
 * connection on.
 */
public interface TransportSecurity {
    /**
     * For a connection that was accepted. The other side need not show a certificate; one that it shows must be of this network's authority, or the handshake fails.
     *
     * @throws IllegalStateException when this is for clients only
     */
    SslHandler serverHandler(ByteBufAllocator allocator);

    /** For a connection to a vulcano. The handshake fails unless it shows a valid certificate of a vulcano of this network. */
    SslHandler clientHandler(ByteBufAllocator allocator);

    /**
     * Who is at the other end, when the handshake is over; null when it has shown no certificate.
     *
     * @throws SSLException when its certificate is of another network, expired or not yet valid; the message is for both sides' people
     */
    @Nullable
    Principal principal(SSLSession session) throws SSLException;

    /** Whether the certificate was revoked. */
    boolean isRevoked(Principal principal);
}
