package magma.dht.identity;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;

/**
 * An invitation into a network, good for one. As text it is one line that can be copied: "magma-" and base 32 of
 *
 * <pre>
 * version 1 (1) | network (16) | id (16) | secret (16) | fingerprint (32) | expires, seconds (8) | count (4) | addresses, each length (4) and text | check (4)
 * </pre>
 *
 * <p>where check is the beginning of the SHA-256 of all before it. What it grants is not in it, but with the network, under its id.
 *
 * @param secret {@value #SECRET_BYTES} random bytes: who has them may join
 * @param fingerprint SHA-256 of the authority's certificate: by it the one who joins knows the network
 * @param expires whole seconds
 * @param addresses HOST:PORT of vulcanos, one or more
 */
@SuppressWarnings("ArrayRecordComponent")
public record Token(UUID network, UUID id, byte[] secret, byte[] fingerprint, Instant expires, List<String> addresses) {
    public static final int SECRET_BYTES = 16;
    public static final int FINGERPRINT_BYTES = 32;

    private static final String PREFIX = "magma-";
    private static final int VERSION = 1;
    private static final int CHECK_BYTES = 4;
    private static final int ADDRESSES = 16;
    private static final int ADDRESS_BYTES = 300;

    public Token {
        secret = secret.clone();
        fingerprint = fingerprint.clone();
        expires = Instant.ofEpochSecond(expires.getEpochSecond());
        addresses = List.copyOf(addresses);
        if (secret.length != SECRET_BYTES || fingerprint.length != FINGERPRINT_BYTES) {
            throw new IllegalArgumentException("a token with a secret of " + secret.length + " and a fingerprint of "
                    + fingerprint.length + " bytes");
        }
        if (addresses.isEmpty() || addresses.size() > ADDRESSES) {
            throw new IllegalArgumentException(
                    "a token with " + addresses.size() + " addresses; it holds 1 to " + ADDRESSES);
        }
        for (String address : addresses) {
            if (!address.matches("[!-~]{3," + ADDRESS_BYTES + "}")) {
                throw new IllegalArgumentException("\"" + address + "\" is no address");
            }
        }
    }

    /**
     * Reads a token; white space and line breaks that came with copying do not matter, nor do capitals.
     *
     * @throws TokenException when it is none, damaged, or expired at {@code now}
     */
    public static Token parse(String text, Instant now) throws TokenException {
        String line = text.replaceAll("\\s", "").toLowerCase(Locale.ROOT);
        if (!line.startsWith(PREFIX)) {
            throw new TokenException(
                    TokenException.Kind.NO_TOKEN,
                    "this is not a token: one begins with \"" + PREFIX + "\" and is printed by \"magma invite\"");
        }
        byte[] bytes = Base32.decode(line.substring(PREFIX.length())).orElseThrow(Token::damaged);
        int length = bytes.length - CHECK_BYTES;
        if (length < 1 || !Arrays.equals(check(bytes, length), Arrays.copyOfRange(bytes, length, bytes.length))) {
            throw damaged();
        }
        if (bytes[0] != VERSION) {
            throw new TokenException(
                    TokenException.Kind.NEWER,
                    "this token is of version " + (bytes[0] & 0xff) + ", this release of Magma knows version " + VERSION
                            + ": run the release that printed it");
        }
        Token token;
        try {
            token = Decoder.decode("token", Arrays.copyOf(bytes, length), Token::read);
        } catch (MalformedException e) {
            throw damaged();
        }
        if (!now.isBefore(token.expires)) {
            throw new TokenException(
                    TokenException.Kind.EXPIRED,
                    "this token expired at " + token.expires + ": ask for another, which \"magma invite\" prints");
        }
        return token;
    }

    private static TokenException damaged() {
        return new TokenException(
                TokenException.Kind.DAMAGED,
                "this token is damaged: copy all of it, from \"" + PREFIX + "\" to its end");
    }

    private static Token read(Decoder from) {
        int unused = from.u8();
        return new Token(
                Uuids.read(from),
                Uuids.read(from),
                from.raw(SECRET_BYTES),
                from.raw(FINGERPRINT_BYTES),
                Instant.ofEpochSecond(from.i64()),
                from.list(ADDRESSES, Integer.BYTES, address -> address.text(ADDRESS_BYTES)));
    }

    /** One line, without its end. Whoever reads it may join. */
    public String text() {
        Encoder to = new Encoder(256).u8(VERSION);
        Uuids.write(to, network);
        Uuids.write(to, id);
        to.raw(secret).raw(fingerprint).i64(expires.getEpochSecond()).list(addresses, Encoder::text);
        byte[] bytes = to.toBytes();
        return PREFIX + Base32.encode(to.raw(check(bytes, bytes.length)).toBytes());
    }

    /** What the network keeps of the secret: enough to know it again, not enough to join. */
    public byte[] verifier() {
        return verifier(id, secret);
    }

    /** As {@link #verifier()}, of a secret that somebody shows. */
    public static byte[] verifier(UUID id, byte[] secret) {
        Encoder to = new Encoder().raw("magma token 1".getBytes(StandardCharsets.US_ASCII));
        Uuids.write(to, id);
        return sha256().digest(to.bytes(secret).toBytes());
    }

    private static byte[] check(byte[] bytes, int length) {
        return Arrays.copyOf(sha256().digest(Arrays.copyOf(bytes, length)), CHECK_BYTES);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "token " + id + " of the network " + network + ", expires " + expires;
    }
}
