package magma.identity;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import magma.dht.identity.Principal;

/**
 * What a member shows: its key, its certificate and the authority that signed it. In a directory these are three files in PEM, each there whole or not at all:
 *
 * <pre>
 * identity.key    the private key, for the owner alone
 * identity.crt    its certificate, and what stands between that and the authority's
 * authority.crt   the authority's certificate
 * </pre>
 *
 * <p>A new key waits in identity.key.next until its certificate is there: that is where a save is cut into before and after.
 */
public final class Identity {
    private static final String KEY = "identity.key";
    private static final String NEXT_KEY = "identity.key.next";
    private static final String CHAIN = "identity.crt";
    static final String AUTHORITY = "authority.crt";

    private final PrivateKey key;
    private final List<X509Certificate> chain;
    private final X509Certificate authority;
    private final Principal principal;

    /** @throws CertificateException when the three do not belong together */
    Identity(PrivateKey key, List<X509Certificate> chain, X509Certificate authority) throws CertificateException {
        this.key = key;
        this.chain = List.copyOf(chain);
        this.authority = authority;
        this.principal = Principals.of(certificate());
        Certificates.checkSigned(authority, authority);
        Certificates.checkSigned(certificate(), authority);
        if (!principal.network().equals(Principals.networkOf(authority))) {
            throw new CertificateException("the certificate and the authority's are of two networks");
        }
        if (!Keys.match(key, certificate().getPublicKey())) {
            throw new CertificateException("the key is not the one of the certificate");
        }
    }

    /** Draws a key and has the authority certify it on the spot, as for the first member of a network. */
    public static Identity issue(Authority authority, Principal principal, Instant now) {
        KeyPair keys = Keys.draw();
        try {
            X509Certificate signed = authority.sign(keys.getPublic(), principal, now, Authority.VALIDITY);
            return new Identity(keys.getPrivate(), List.of(signed), authority.certificate());
        } catch (InvalidKeyException | CertificateException e) {
            throw new IllegalStateException("no certificate for " + principal, e);
        }
    }

    /** Whether a directory has one, be it good or not. */
    public static boolean isIn(Path directory) {
        return Files.exists(directory.resolve(CHAIN));
    }

    /**
     * Reads what {@link #save} wrote.
     *
     * @throws IdentityException when a file is missing or damaged, does not belong to the others, or the key can be read by others
     */
    public static Identity load(Path directory) throws IOException {
        List<X509Certificate> chain = certificates(directory.resolve(CHAIN));
        X509Certificate authority = certificates(directory.resolve(AUTHORITY)).get(0);
        Path next = directory.resolve(NEXT_KEY);
        if (Files.exists(next)) {
            PrivateKey newer = key(next);
            if (Keys.match(newer, chain.get(0).getPublicKey())) {
                SecretFile.move(next, directory.resolve(KEY));
            }
        }
        PrivateKey key = key(directory.resolve(KEY));
        return whole(directory.toString(), key, chain, authority);
    }

    private static Identity whole(String where, PrivateKey key, List<X509Certificate> chain, X509Certificate authority)
            throws IdentityException {
        try {
            return new Identity(key, chain, authority);
        } catch (CertificateException e) {
            throw new IdentityException("the identity in " + where + " is not whole: " + e.getMessage(), e);
        }
    }

    /**
     * Reads what {@link #pem} gave.
     *
     * @param what the text is, for messages
     */
    static Identity ofPem(String what, byte[] text) throws IdentityException {
        List<X509Certificate> all = certificates(what, text);
        if (all.size() < 2) {
            throw new IdentityException(what + " is damaged: the authority's certificate is missing");
        }
        return whole(what, key(what, text), all.subList(0, all.size() - 1), all.get(all.size() - 1));
    }

    /** The key, the certificates from this member's on, and last the authority's. */
    byte[] pem() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(Pem.bytes(Pem.KEY, key.getEncoded()));
        for (X509Certificate certificate : wholeChain()) {
            all.writeBytes(Pem.bytes(Pem.CERTIFICATE, Certificates.der(certificate)));
        }
        return all.toByteArray();
    }

    private static PrivateKey key(Path file) throws IOException {
        return key(file.toString(), SecretFile.read(file));
    }

    private static PrivateKey key(String what, byte[] text) throws IdentityException {
        try {
            return Keys.ofPkcs8(Pem.decode(what, Pem.KEY, text).get(0));
        } catch (GeneralSecurityException e) {
            throw new IdentityException(what + " is damaged: " + e.getMessage(), e);
        }
    }

    static List<X509Certificate> certificates(Path file) throws IOException {
        return certificates(file.toString(), SecretFile.readPublic(file));
    }

    private static List<X509Certificate> certificates(String what, byte[] text) throws IdentityException {
        try {
            return Certificates.ofDer(Pem.decode(what, Pem.CERTIFICATE, text));
        } catch (CertificateException e) {
            throw new IdentityException(what + " is damaged: " + e.getMessage(), e);
        }
    }

    /** Writes it into a directory, which is made for its owner alone where it is missing. Whole, and durable on return. */
    public void save(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory, SecretFile.SECRET_DIRECTORY);
        }
        Path next = directory.resolve(NEXT_KEY);
        SecretFile.write(next, Pem.bytes(Pem.KEY, key.getEncoded()));
        SecretFile.writePublic(directory.resolve(AUTHORITY), Pem.bytes(Pem.CERTIFICATE, Certificates.der(authority)));
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (X509Certificate certificate : chain) {
            all.writeBytes(Pem.bytes(Pem.CERTIFICATE, Certificates.der(certificate)));
        }
        SecretFile.writePublic(directory.resolve(CHAIN), all.toByteArray());
        SecretFile.move(next, directory.resolve(KEY));
    }

    public Principal principal() {
        return principal;
    }

    public UUID network() {
        return principal.network();
    }

    /** The network's name when it was founded, for people. */
    public String networkName() {
        try {
            return Principals.nameOfAuthority(authority);
        } catch (CertificateException e) {
            throw new IllegalStateException("this was checked before", e);
        }
    }

    public Instant expires() {
        return certificate().getNotAfter().toInstant();
    }

    public boolean isExpired(Instant now) {
        return now.isAfter(expires());
    }

    /** From two thirds of the certificate's life on. */
    public boolean isDueForRenewal(Instant now) {
        Instant from = certificate().getNotBefore().toInstant();
        Duration life = Duration.between(from, expires());
        return !now.isBefore(from.plus(life.multipliedBy(2).dividedBy(3)));
    }

    public X509Certificate certificate() {
        return chain.get(0);
    }

    public X509Certificate authority() {
        return authority;
    }

    PrivateKey key() {
        return key;
    }

    /** From the member's certificate to the authority's, both included. */
    X509Certificate[] wholeChain() {
        List<X509Certificate> all = new ArrayList<>(chain);
        all.add(authority);
        return all.toArray(X509Certificate[]::new);
    }

    /** Whose it is, for people. */
    @Override
    public String toString() {
        return principal + " of the network " + networkName();
    }
}
