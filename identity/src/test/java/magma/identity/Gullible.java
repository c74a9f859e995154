package magma.identity;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import magma.dht.identity.Principal;
import magma.dht.transport.netty.TransportSecurity;
import org.jspecify.annotations.Nullable;

/** An attacker's client: takes any vulcano, and shows what certificate it has. */
final class Gullible implements TransportSecurity {
    private final SslContext context;

    Gullible(Identity identity) {
        try {
            context = SslContextBuilder.forClient()
                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                    .endpointIdentificationAlgorithm(null)
                    .keyManager(identity.key(), identity.wholeChain())
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public SslHandler serverHandler(ByteBufAllocator allocator) {
        throw new IllegalStateException("a client");
    }

    @Override
    public SslHandler clientHandler(ByteBufAllocator allocator) {
        return context.newHandler(allocator);
    }

    @Override
    public @Nullable Principal principal(SSLSession session) {
        return null;
    }

    @Override
    public boolean isRevoked(Principal principal) {
        return false;
    }
}
