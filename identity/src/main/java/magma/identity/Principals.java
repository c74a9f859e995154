package magma.identity;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.dht.identity.Claims;
import magma.dht.identity.Principal;
import magma.dht.identity.Role;
import org.bouncycastle.asn1.ASN1OctetString;

/**
 * How a certificate names its holder: the one subject alternative name {@code magma://NETWORK/ROLE/NAME}, and the claims in an extension of their own, whose
 * value is a version (1 byte) and {@link Claims#write}. docs/identity.md draws both.
 */
public final class Principals {
    /** From a random UUID, as ITU-T X.667 allows anybody. */
    static final String CLAIMS_OID = "2.25.30014200019063823973850685903435953766";

    /** Where a role would be in an authority's certificate. */
    static final String AUTHORITY = "authority";

    private static final String SCHEME = "magma";
    private static final int CLAIMS_VERSION = 1;
    private static final int URI_NAME = 6;

    private Principals() {}

    /**
     * Reads a member's certificate. Whether that is good is not asked here.
     *
     * @throws CertificateException when it is not one of a member
     */
    public static Principal of(X509Certificate certificate) throws CertificateException {
        URI uri = uri(certificate);
        String[] path = path(uri);
        Role role = Role.ofText(path[0])
                .orElseThrow(() -> new CertificateException("a certificate for \"" + path[0] + "\", which is no role"));
        if (certificate.getBasicConstraints() >= 0) {
            throw new CertificateException("an authority's certificate where a member's must be");
        }
        try {
            return new Principal(
                    network(uri),
                    role,
                    path[1],
                    claims(certificate),
                    certificate.getSerialNumber().toString(16));
        } catch (IllegalArgumentException | MalformedException e) {
            throw new CertificateException("the certificate names no member: " + e.getMessage(), e);
        }
    }

    /**
     * Reads the certificate that the other end of a connection has shown; see {@link #of(X509Certificate)}.
     *
     * @throws SSLPeerUnverifiedException when it has shown none
     */
    public static Principal of(SSLSession session) throws SSLPeerUnverifiedException, CertificateException {
        if (session.getPeerCertificates()[0] instanceof X509Certificate certificate) {
            return of(certificate);
        }
        throw new CertificateException("not a certificate of X.509");
    }

    /** The network of an authority's certificate. */
    static UUID networkOf(X509Certificate authority) throws CertificateException {
        URI uri = uri(authority);
        if (!path(uri)[0].equals(AUTHORITY) || authority.getBasicConstraints() < 0) {
            throw new CertificateException("not the certificate of a network's authority");
        }
        return network(uri);
    }

    static String nameOfAuthority(X509Certificate authority) throws CertificateException {
        return path(uri(authority))[1];
    }

    static String uri(UUID network, String role, String name) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = b > 0 && (Character.isLetterOrDigit(b) || "-._~".indexOf(b) >= 0);
            encoded.append(plain ? String.valueOf((char) b) : String.format("%%%02X", b & 0xff));
        }
        return SCHEME + "://" + network + "/" + role + "/" + encoded;
    }

    static byte[] claims(Claims claims) {
        Encoder to = new Encoder().u8(CLAIMS_VERSION);
        claims.write(to);
        return to.toBytes();
    }

    private static Claims claims(X509Certificate certificate) throws CertificateException {
        byte[] extension = certificate.getExtensionValue(CLAIMS_OID);
        if (extension == null) {
            throw new CertificateException("a certificate without claims");
        }
        byte[] bytes;
        try {
            bytes = ASN1OctetString.getInstance(extension).getOctets();
        } catch (IllegalArgumentException e) {
            throw new CertificateException("a certificate with malformed claims", e);
        }
        return Decoder.decode("claims", bytes, from -> {
            int version = from.u8();
            if (version != CLAIMS_VERSION) {
                throw new MalformedException("claims of version " + version + ", known is " + CLAIMS_VERSION);
            }
            return Claims.read(from);
        });
    }

    private static URI uri(X509Certificate certificate) throws CertificateException {
        List<URI> found = new ArrayList<>();
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            for (List<?> name : names == null ? List.<List<?>>of() : names) {
                if (Integer.valueOf(URI_NAME).equals(name.get(0))) {
                    found.add(URI.create(String.valueOf(name.get(1))));
                }
            }
        } catch (CertificateParsingException | IllegalArgumentException e) {
            throw new CertificateException("a certificate with malformed names", e);
        }
        if (found.size() != 1 || !SCHEME.equals(found.get(0).getScheme())) {
            throw new CertificateException("not a certificate of Magma");
        }
        return found.get(0);
    }

    /** Role and name. */
    private static String[] path(URI uri) throws CertificateException {
        String path = String.valueOf(uri.getPath());
        int slash = path.indexOf('/', 1);
        if (!path.startsWith("/") || slash < 0) {
            throw new CertificateException("a certificate for " + uri + ", which names nobody");
        }
        return new String[] {path.substring(1, slash), path.substring(slash + 1)};
    }

    private static UUID network(URI uri) throws CertificateException {
        String host = String.valueOf(uri.getAuthority());
        try {
            UUID network = UUID.fromString(host);
            if (network.toString().equals(host)) {
                return network;
            }
        } catch (IllegalArgumentException e) {
            throw new CertificateException("a certificate for " + uri + ", which names no network", e);
        }
        throw new CertificateException("a certificate for " + uri + ", which names no network");
    }
}
