package magma.identity;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Date;
import java.util.UUID;
import magma.dht.identity.Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentVerifierProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;

/**
 * The authority of a network: says with a certificate who its members are. Its key signs by ECDSA on P-256 and is in memory here; at rest it is in a
 * {@link SealedAuthority} or an {@link AuthorityFile}. Good for any thread.
 */
public final class Authority {
    /** How long certificates are valid that members use day by day, and renew. */
    public static final Duration VALIDITY = Duration.ofDays(90);

    /** Clocks of two machines may differ by so much. */
    static final Duration SKEW = Duration.ofHours(1);

    private static final Duration LIFE = Duration.ofDays(30 * 365);
    private static final int SERIAL_BITS = 127;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final PrivateKey key;
    private final X509Certificate certificate;
    private final UUID network;

    /** @throws CertificateException when the certificate is not one of an authority, or not of this key */
    Authority(PrivateKey key, X509Certificate certificate) throws CertificateException {
        this.key = key;
        this.certificate = certificate;
        this.network = Principals.networkOf(certificate);
        Certificates.checkSigned(certificate, certificate);
        if (!Keys.match(key, certificate.getPublicKey())) {
            throw new CertificateException("the key is not the one of the authority's certificate");
        }
    }

    /**
     * Draws a key for a new network, and a certificate that it signs itself.
     *
     * @param name of the network, for people
     * @throws IllegalArgumentException for a name that {@link Principal} would not take
     */
    public static Authority create(UUID network, String name, InstantSource clock) {
        KeyPair keys = Keys.draw();
        X500Name subject = subject(name, "authority");
        Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
        X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                subject, serial(), Date.from(now.minus(SKEW)), Date.from(now.plus(LIFE)), subject, keys.getPublic());
        try {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            builder.addExtension(
                    Extension.subjectKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createSubjectKeyIdentifier(keys.getPublic()));
            addName(builder, Principals.uri(network, Principals.AUTHORITY, name));
            return new Authority(keys.getPrivate(), signed(builder, keys.getPrivate()));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("no authority for " + network, e);
        }
    }

    /**
     * Certifies the key of a request. Of the request only the key counts, and that its sender has the private one.
     *
     * @param csr PKCS #10, DER
     * @param principal whose it will be; its serial number is drawn
     * @throws IdentityException when the request is malformed, of another kind of key, or not signed by its key
     */
    public X509Certificate sign(byte[] csr, Principal principal, Instant now, Duration validity)
            throws IdentityException {
        try {
            return sign(keyOf(csr), principal, now, validity);
        } catch (InvalidKeyException e) {
            throw new IdentityException("not a request for a certificate of Magma: " + e.getMessage(), e);
        }
    }

    /**
     * The key of a request, whose sender has the private one.
     *
     * @throws IdentityException when the request is malformed, of another kind of key, or not signed by its key
     */
    static PublicKey keyOf(byte[] csr) throws IdentityException {
        try {
            PKCS10CertificationRequest request = new PKCS10CertificationRequest(csr);
            PublicKey requested =
                    Keys.ofSubjectInfo(request.getSubjectPublicKeyInfo().getEncoded());
            ContentVerifierProvider verifier = new JcaContentVerifierProviderBuilder().build(requested);
            if (request.isSignatureValid(verifier)) {
                return requested;
            }
        } catch (IOException
                | GeneralSecurityException
                | OperatorCreationException
                | PKCSException
                | RuntimeException e) {
            throw new IdentityException("not a request for a certificate of Magma: " + e.getMessage(), e);
        }
        throw new IdentityException("the request for a certificate is not signed by its key");
    }

    /**
     * Certifies a key that is known to be the holder's.
     *
     * @throws InvalidKeyException when the key is not on P-256
     * @throws IllegalArgumentException when the principal is of another network
     */
    public X509Certificate sign(PublicKey holder, Principal principal, Instant now, Duration validity)
            throws InvalidKeyException {
        Keys.checkCurve(holder);
        if (!principal.network().equals(network)) {
            throw new IllegalArgumentException(principal + " of another network than " + network);
        }
        Instant from = now.truncatedTo(ChronoUnit.SECONDS);
        X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                subjectOfAuthority(),
                serial(),
                Date.from(from.minus(SKEW)),
                Date.from(from.plus(validity)),
                subject(principal.name(), principal.role().text()),
                holder);
        try {
            JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(new KeyPurposeId[] {
                KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
            }));
            builder.addExtension(Extension.subjectKeyIdentifier, false, identifiers.createSubjectKeyIdentifier(holder));
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    identifiers.createAuthorityKeyIdentifier(certificate.getPublicKey()));
            addName(builder, Principals.uri(network, principal.role().text(), principal.name()));
            builder.addExtension(
                    new ASN1ObjectIdentifier(Principals.CLAIMS_OID), false, Principals.claims(principal.claims()));
            return signed(builder, key);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("no certificate for " + principal, e);
        }
    }

    private static void addName(X509v3CertificateBuilder builder, String uri) throws IOException {
        GeneralNames names = new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, uri));
        builder.addExtension(Extension.subjectAlternativeName, false, names);
    }

    private static X509Certificate signed(X509v3CertificateBuilder builder, PrivateKey key)
            throws CertificateException, IOException {
        try {
            return Certificates.ofDer(builder.build(new JcaContentSignerBuilder(Keys.SIGNATURE).build(key))
                    .getEncoded());
        } catch (OperatorCreationException e) {
            throw new IllegalStateException("this Java cannot sign", e);
        }
    }

    private X500Name subjectOfAuthority() {
        return X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    }

    /** For people who look with other tools; Magma reads {@link Principals} only. */
    private static X500Name subject(String name, String role) {
        return new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.O, "Magma")
                .addRDN(BCStyle.OU, role)
                .addRDN(BCStyle.CN, name)
                .build();
    }

    private static BigInteger serial() {
        return new BigInteger(SERIAL_BITS, RANDOM).setBit(SERIAL_BITS - 1);
    }

    public UUID network() {
        return network;
    }

    public X509Certificate certificate() {
        return certificate;
    }

    /** SHA-256 of the certificate, by which tokens name it. */
    public byte[] fingerprint() {
        return Certificates.fingerprint(certificate);
    }

    PrivateKey key() {
        return key;
    }
}
