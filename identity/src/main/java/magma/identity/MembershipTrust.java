package magma.identity;

import io.netty.handler.ssl.OpenSslCertificateException;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.UUID;
import java.util.function.Predicate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import magma.dht.identity.Principal;
import magma.dht.identity.Role;

/**
 * Trusts the members of one network, whatever their addresses are. A server must be one of its vulcanos, with a certificate that is good now; a client must have been
 * certified by its authority, and whether that is good still is for {@link #valid} to say, which can give the reason.
 */
final class MembershipTrust extends X509ExtendedTrustManager {
    /** X509_V_ERR_CERT_REJECTED of OpenSSL's x509_vfy.h. */
    private static final int CERT_REJECTED = 28;

    private final UUID network;
    private final byte[] fingerprint;
    private final Predicate<Principal> revoked;
    private final InstantSource clock;

    /**
     * @param fingerprint of the authority's certificate, which every member shows at the end of its chain
     */
    MembershipTrust(UUID network, byte[] fingerprint, Predicate<Principal> revoked, InstantSource clock) {
        this.network = network;
        this.fingerprint = fingerprint.clone();
        this.revoked = revoked;
        this.clock = clock;
    }

    /** @throws CertificateException unless the chain is of a member now, be it revoked or not; the message is for both sides' people */
    Principal valid(X509Certificate[] chain) throws CertificateException {
        Principal principal = certified(chain);
        Certificates.checkTime(chain[0], clock.instant());
        return principal;
    }

    private Principal member(X509Certificate[] chain) throws CertificateException {
        Principal principal = valid(chain);
        if (revoked.test(principal)) {
            throw new CertificateException("the certificate of " + principal + " was revoked");
        }
        return principal;
    }

    private Principal certified(X509Certificate[] chain) throws CertificateException {
        X509Certificate authority = chain[chain.length - 1];
        if (!MessageDigest.isEqual(Certificates.fingerprint(authority), fingerprint)) {
            throw new CertificateException("the certificate is of another network");
        }
        if (chain.length != 2) {
            throw new CertificateException("a chain of " + chain.length + " certificates");
        }
        Certificates.checkSigned(chain[0], authority);
        Principal principal = Principals.of(chain[0]);
        if (!principal.network().equals(network)) {
            throw new CertificateException("the certificate is of the network " + principal.network());
        }
        return principal;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String kind) throws CertificateException {
        try {
            Principal principal = member(chain);
            if (principal.role() != Role.VULCANO) {
                throw new CertificateException("it is " + principal + ", not a vulcano");
            }
        } catch (CertificateException e) {
            throw rejected(e);
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String kind) throws CertificateException {
        try {
            Principal unused = certified(chain);
        } catch (CertificateException e) {
            throw rejected(e);
        }
    }

    /** So that BoringSSL tells the other side that it is the certificate, and not an error here; Java does that anyway. */
    private static CertificateException rejected(CertificateException why) {
        CertificateException rejected =
                new OpenSslCertificateException(String.valueOf(why.getMessage()), CERT_REJECTED);
        rejected.initCause(why);
        return rejected;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String kind, Socket socket) throws CertificateException {
        checkServerTrusted(chain, kind);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String kind, SSLEngine engine) throws CertificateException {
        checkServerTrusted(chain, kind);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String kind, Socket socket) throws CertificateException {
        checkClientTrusted(chain, kind);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String kind, SSLEngine engine) throws CertificateException {
        checkClientTrusted(chain, kind);
    }

    /** None are named: then one of another network shows its certificate too, and can be told why it is refused. */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
