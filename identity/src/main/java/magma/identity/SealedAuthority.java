package magma.identity;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.dht.identity.JoinReply;

/**
 * An authority as it lies in the network's state, where any vulcano can take it out with the network's secret. As bytes:
 *
 * <pre>
 * "MGSA" | version 1 (1) | certificate: length (4), DER | sealed key: length (4), nonce (12), PKCS #8 encrypted, tag (16)
 * </pre>
 *
 * <p>The key is bound to all before it, so that it opens with its own certificate only.
 */
public final class SealedAuthority {
    private static final byte[] MAGIC = "MGSA".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;

    private final X509Certificate certificate;
    private final byte[] sealed;

    private SealedAuthority(X509Certificate certificate, byte[] sealed) {
        this.certificate = certificate;
        this.sealed = sealed;
    }

    public static SealedAuthority seal(Authority authority, NetworkSecret secret) {
        X509Certificate certificate = authority.certificate();
        return new SealedAuthority(
                certificate,
                secret.seal(authority.key().getEncoded(), head(certificate).toBytes()));
    }

    /** @throws IdentityException when they are damaged, or something else */
    public static SealedAuthority ofBytes(byte[] bytes) throws IdentityException {
        try {
            return Decoder.decode("sealed authority", bytes, from -> {
                if (!Arrays.equals(from.raw(MAGIC.length), MAGIC)) {
                    throw new MalformedException("not a sealed authority");
                }
                int version = from.u8();
                if (version != VERSION) {
                    throw new MalformedException("version " + version + ", known is " + VERSION);
                }
                return new SealedAuthority(
                        certificate(from.bytes(JoinReply.CERTIFICATE_BYTES)),
                        from.bytes(JoinReply.ForVulcano.SEALED_BYTES));
            });
        } catch (MalformedException e) {
            throw new IdentityException("the sealed authority is damaged: " + e.getMessage(), e);
        }
    }

    private static X509Certificate certificate(byte[] der) {
        try {
            return Certificates.ofDer(der);
        } catch (GeneralSecurityException e) {
            throw new MalformedException("a damaged certificate", e);
        }
    }

    public byte[] toBytes() {
        return head(certificate).bytes(sealed).toBytes();
    }

    private static Encoder head(X509Certificate certificate) {
        return new Encoder(1_024).raw(MAGIC).u8(VERSION).bytes(Certificates.der(certificate));
    }

    public X509Certificate certificate() {
        return certificate;
    }

    /** @throws IdentityException when it was sealed under another network's secret, or is damaged */
    public Authority open(NetworkSecret secret) throws IdentityException {
        try {
            PrivateKey key = Keys.ofPkcs8(secret.open(sealed, head(certificate).toBytes()));
            return new Authority(key, certificate);
        } catch (GeneralSecurityException e) {
            throw new IdentityException(
                    "the sealed authority does not open: it is damaged, or " + NetworkSecret.FILE
                            + " is that of another network",
                    e);
        }
    }
}
