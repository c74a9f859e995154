package magma.identity;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;
import magma.dht.identity.Invitation;
import magma.dht.identity.JoinReply;
import magma.dht.identity.JoinRequest;
import magma.dht.identity.Joining;
import magma.dht.identity.Principal;
import magma.dht.identity.RenewReply;
import magma.dht.identity.RenewRequest;
import magma.dht.identity.Role;
import magma.dht.identity.Token;
import magma.fs.Errno;
import magma.fs.FsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets others in at a vulcano: checks what they ask, has the network take their token, and signs. The authority's key is in memory only while it signs. */
public final class JoinDesk implements Joining {
    private static final Logger log = LoggerFactory.getLogger(JoinDesk.class);

    private final Safe safe;
    private final TokenRedeemer tokens;
    private final Register register;
    private final Predicate<String> revoked;
    private final InstantSource clock;

    /**
     * Where the authority is.
     *
     * @param sealed as the network's state has it now
     * @param secret under which it is sealed
     */
    public record Safe(Supplier<SealedAuthority> sealed, NetworkSecret secret) {
        private Authority open() throws FsException {
            try {
                return sealed.get().open(secret);
            } catch (IdentityException e) {
                throw new FsException(Errno.EIO, String.valueOf(e.getMessage()), e);
            }
        }
    }

    /** @param revoked of serial numbers; does not block */
    public JoinDesk(
            Safe safe, TokenRedeemer tokens, Register register, Predicate<String> revoked, InstantSource clock) {
        this.safe = safe;
        this.tokens = tokens;
        this.register = register;
        this.revoked = revoked;
        this.clock = clock;
    }

    @Override
    public JoinReply join(JoinRequest request) throws FsException {
        PublicKey key = key(request.csr());
        Authority authority = safe.open();
        Invitation granted = tokens.redeem(new TokenRedeemer.Redemption(
                request.token(), Token.verifier(request.token(), request.secret()), request.name(), sha256(key)));
        String name = granted.name().isEmpty() ? request.name() : granted.name();
        Principal principal;
        try {
            principal = new Principal(authority.network(), granted.role(), name, granted.claims(), "");
        } catch (IllegalArgumentException e) {
            throw new FsException(Errno.EINVAL, String.valueOf(e.getMessage()), e);
        }
        X509Certificate certificate = sign(authority, key, principal);
        return new JoinReply(
                List.of(Certificates.der(certificate)),
                Certificates.der(authority.certificate()),
                granted.role() == Role.VULCANO
                        ? new JoinReply.ForVulcano(
                                safe.secret().bytes(), safe.sealed().get().toBytes())
                        : null);
    }

    @Override
    public RenewReply renew(Principal holder, RenewRequest request) throws FsException {
        if (revoked.test(holder.serial())) {
            throw new FsException(Errno.EACCES, "the certificate of " + holder + " was revoked");
        }
        PublicKey key = key(request.csr());
        return new RenewReply(List.of(Certificates.der(sign(safe.open(), key, holder))));
    }

    private X509Certificate sign(Authority authority, PublicKey key, Principal principal) throws FsException {
        try {
            X509Certificate signed = authority.sign(key, principal, clock.instant(), Authority.VALIDITY);
            String serial = signed.getSerialNumber().toString(16);
            register.note(principal.withSerial(serial), signed.getNotAfter().toInstant());
            log.info(
                    "Certified {}, {}, until {}, serial {}",
                    principal,
                    principal.claims(),
                    signed.getNotAfter().toInstant(),
                    serial);
            return signed;
        } catch (InvalidKeyException e) {
            throw new FsException(Errno.EINVAL, String.valueOf(e.getMessage()), e);
        }
    }

    private static PublicKey key(byte[] csr) throws FsException {
        try {
            return Authority.keyOf(csr);
        } catch (IdentityException e) {
            throw new FsException(Errno.EINVAL, String.valueOf(e.getMessage()), e);
        }
    }

    private static byte[] sha256(PublicKey key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
