package magma.identity;

import java.io.IOException;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import javax.security.auth.x500.X500Principal;
import magma.dht.identity.JoinReply;
import magma.dht.identity.JoinRequest;
import magma.dht.identity.RenewReply;
import magma.dht.identity.RenewRequest;
import magma.dht.identity.Token;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** A key that is to be certified: for one who joins, or in place of an older one. The key does not leave this process but in {@link Identity#save}. */
public final class Applicant {
    private final KeyPair keys;
    private final byte[] csr;

    private Applicant(KeyPair keys, byte[] csr) {
        this.keys = keys;
        this.csr = csr;
    }

    public static Applicant create() {
        KeyPair keys = Keys.draw();
        try {
            byte[] csr = new JcaPKCS10CertificationRequestBuilder(new X500Principal("O=Magma"), keys.getPublic())
                    .build(new JcaContentSignerBuilder(Keys.SIGNATURE).build(keys.getPrivate()))
                    .getEncoded();
            return new Applicant(keys, csr);
        } catch (OperatorCreationException | IOException e) {
            throw new IllegalStateException("this Java cannot sign", e);
        }
    }

    /** @param name who it wants to be */
    public JoinRequest joinRequest(Token token, String name) {
        return new JoinRequest(token.id(), token.secret(), name, csr);
    }

    public RenewRequest renewRequest() {
        return new RenewRequest(csr);
    }

    /**
     * What was applied for.
     *
     * @throws IdentityException when the answer is of another network than the token, or not for this key
     */
    public Identity joined(JoinReply reply, Token token) throws IdentityException {
        try {
            Identity identity = new Identity(
                    keys.getPrivate(), Certificates.ofDer(reply.chain()), Certificates.ofDer(reply.authority()));
            if (!MessageDigest.isEqual(Certificates.fingerprint(identity.authority()), token.fingerprint())
                    || !identity.network().equals(token.network())) {
                throw new IdentityException("the answer is of another network than the token");
            }
            return identity;
        } catch (CertificateException e) {
            throw new IdentityException("the answer makes no identity: " + e.getMessage(), e);
        }
    }

    /**
     * What takes the place of {@code before}.
     *
     * @throws IdentityException when the answer is for somebody else, or not for this key
     */
    public Identity renewed(RenewReply reply, Identity before) throws IdentityException {
        try {
            Identity identity = new Identity(keys.getPrivate(), Certificates.ofDer(reply.chain()), before.authority());
            if (!identity.principal().withSerial("").equals(before.principal().withSerial(""))) {
                throw new IdentityException(
                        "the answer is for " + identity.principal() + ", not " + before.principal());
            }
            return identity;
        } catch (CertificateException e) {
            throw new IdentityException("the answer makes no identity: " + e.getMessage(), e);
        }
    }
}
