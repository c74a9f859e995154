package magma.dht.council;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Objects;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import org.jspecify.annotations.Nullable;

/**
 * An invitation that can be used once.
 *
 * @param secretHash of the secret that the invited shows; the secret itself is nowhere
 * @param role what the certificate will be for
 * @param claims what it may claim, as the identity's own bytes
 * @param expiresAt seconds since 1970 from which on it is worth nothing
 * @param usedBy who used it, as {@link CouncilCommand.RedeemToken} said; null before
 */
public record TokenRecord(
        byte[] secretHash,
        String role,
        byte[] claims,
        long expiresAt,
        @Nullable String usedBy) {
    static final int LEAST_BYTES = 4 + 4 + 4 + 8 + 1;

    public TokenRecord {
        secretHash = Fields.checkBytes("a hash", secretHash, Fields.MAX_HASH);
        claims = Fields.checkBytes("claims", claims, Fields.MAX_CLAIMS);
        Fields.checkText("a role", role, Fields.MAX_ROLE);
        if (usedBy != null) {
            Fields.checkText("a user's name", usedBy, Fields.MAX_NAME);
        }
        if (secretHash.length == 0) {
            throw new IllegalArgumentException("a token without a secret");
        }
    }

    @Override
    public byte[] secretHash() {
        return secretHash.clone();
    }

    @Override
    public byte[] claims() {
        return claims.clone();
    }

    /** Whether {@code hash} is that of the secret; takes as long whether or not. */
    boolean opensWith(byte[] hash) {
        return MessageDigest.isEqual(secretHash, hash);
    }

    TokenRecord usedBy(String user) {
        return new TokenRecord(secretHash, role, claims, expiresAt, user);
    }

    void write(Encoder to) {
        to.bytes(secretHash).text(role).bytes(claims).i64(expiresAt).optional(usedBy, Encoder::text);
    }

    static TokenRecord read(Decoder from) {
        return new TokenRecord(
                from.bytes(Fields.MAX_HASH),
                from.text(Fields.MAX_ROLE),
                from.bytes(Fields.MAX_CLAIMS),
                from.i64(),
                from.optional(user -> user.text(Fields.MAX_NAME)));
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TokenRecord that
                && Arrays.equals(secretHash, that.secretHash)
                && role.equals(that.role)
                && Arrays.equals(claims, that.claims)
                && expiresAt == that.expiresAt
                && Objects.equals(usedBy, that.usedBy);
    }

    @Override
    public int hashCode() {
        return Objects.hash(Arrays.hashCode(secretHash), role, Arrays.hashCode(claims), expiresAt, usedBy);
    }

    /** Without the secret's hash. */
    @Override
    public String toString() {
        return "TokenRecord[role=" + role + ", expiresAt=" + expiresAt + ", usedBy=" + usedBy + "]";
    }
}
