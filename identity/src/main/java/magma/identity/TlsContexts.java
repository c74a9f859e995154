package magma.identity;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import magma.dht.identity.Principal;
import magma.dht.identity.Token;
import magma.dht.transport.netty.TransportSecurity;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mutual TLS 1.3 between the members of a network: on BoringSSL where it loads, on Java's own elsewhere. Names of hosts are not looked at: who is at the other end is
 * said by network and role. Good for any thread.
 */
public final class TlsContexts implements TransportSecurity {
    private static final Logger log = LoggerFactory.getLogger(TlsContexts.class);
    private static final String PROTOCOL = "TLSv1.3";

    /** Chosen once. */
    private static final class Provider {
        static final SslProvider CHOSEN = choose();

        private static SslProvider choose() {
            if (OpenSsl.isAvailable() && SslProvider.isTlsv13Supported(SslProvider.OPENSSL)) {
                return SslProvider.OPENSSL;
            }
            Throwable cause = OpenSsl.unavailabilityCause();
            log.info(
                    "BoringSSL does not load on this machine ({}); TLS is Java's own, and slower",
                    cause == null ? "no TLS 1.3" : cause.getMessage());
            return SslProvider.JDK;
        }
    }

    /** The contexts of one identity. */
    private record Contexts(Identity identity, MembershipTrust trust, SslContext server, SslContext client) {}

    private final Supplier<Identity> identity;
    private final Predicate<Principal> revoked;
    private final InstantSource clock;
    private final SslProvider provider;
    private volatile Contexts contexts;

    /**
     * @param identity the one that is good now; asked for each connection, so that a renewed one is used from the next on
     * @param revoked whether a certificate was revoked; does not block
     */
    public TlsContexts(Supplier<Identity> identity, Predicate<Principal> revoked, InstantSource clock) {
        this(identity, revoked, clock, Provider.CHOSEN);
    }

    TlsContexts(Supplier<Identity> identity, Predicate<Principal> revoked, InstantSource clock, SslProvider provider) {
        this.identity = identity;
        this.revoked = revoked;
        this.clock = clock;
        this.provider = provider;
        this.contexts = contexts(identity.get());
    }

    /** For one that has a token and no certificate yet: knows the network by the fingerprint of its authority. For clients only. */
    public static TransportSecurity joining(Token token, InstantSource clock) {
        return new JoiningSecurity(new MembershipTrust(token.network(), token.fingerprint(), member -> false, clock));
    }

    private Contexts contexts() {
        Contexts now = contexts;
        Identity current = identity.get();
        if (now.identity() != current) {
            now = contexts(current);
            contexts = now;
        }
        return now;
    }

    private Contexts contexts(Identity of) {
        MembershipTrust trust =
                new MembershipTrust(of.network(), Certificates.fingerprint(of.authority()), revoked, clock);
        try {
            SslContext server = SslContextBuilder.forServer(of.key(), of.wholeChain())
                    .sslProvider(provider)
                    .protocols(PROTOCOL)
                    .trustManager(trust)
                    .clientAuth(ClientAuth.OPTIONAL)
                    .build();
            SslContext client = client(trust, provider)
                    .keyManager(of.key(), of.wholeChain())
                    .build();
            return new Contexts(of, trust, server, client);
        } catch (SSLException e) {
            throw new IllegalStateException("no TLS for " + of, e);
        }
    }

    private static SslContextBuilder client(MembershipTrust trust, SslProvider provider) {
        return SslContextBuilder.forClient()
                .sslProvider(provider)
                .protocols(PROTOCOL)
                .trustManager(trust)
                .endpointIdentificationAlgorithm(null);
    }

    @Override
    public SslHandler serverHandler(ByteBufAllocator allocator) {
        return contexts().server().newHandler(allocator);
    }

    @Override
    public SslHandler clientHandler(ByteBufAllocator allocator) {
        return contexts().client().newHandler(allocator);
    }

    @Override
    public @Nullable Principal principal(SSLSession session) throws SSLException {
        return principal(session, contexts().trust());
    }

    private static @Nullable Principal principal(SSLSession session, MembershipTrust trust) throws SSLException {
        Certificate[] shown;
        try {
            shown = session.getPeerCertificates();
        } catch (SSLPeerUnverifiedException none) {
            return null;
        }
        try {
            return trust.valid(Arrays.copyOf(shown, shown.length, X509Certificate[].class));
        } catch (CertificateException e) {
            throw new SSLException(e.getMessage(), e);
        }
    }

    @Override
    public boolean isRevoked(Principal principal) {
        return revoked.test(principal);
    }

    private static final class JoiningSecurity implements TransportSecurity {
        private final MembershipTrust trust;
        private final SslContext client;

        JoiningSecurity(MembershipTrust trust) {
            this.trust = trust;
            try {
                this.client = TlsContexts.client(trust, Provider.CHOSEN).build();
            } catch (SSLException e) {
                throw new IllegalStateException("no TLS", e);
            }
        }

        @Override
        public SslHandler serverHandler(ByteBufAllocator allocator) {
            throw new IllegalStateException("one who joins is no server yet");
        }

        @Override
        public SslHandler clientHandler(ByteBufAllocator allocator) {
            return client.newHandler(allocator);
        }

        @Override
        public @Nullable Principal principal(SSLSession session) throws SSLException {
            return TlsContexts.principal(session, trust);
        }

        @Override
        public boolean isRevoked(Principal principal) {
            return false;
        }
    }
}
