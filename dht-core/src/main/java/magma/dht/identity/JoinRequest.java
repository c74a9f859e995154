package magma.dht.identity;

import java.util.UUID;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;

/**
 * Asks to become a member, over a connection on which the vulcano has shown that it belongs to the network of the token. It may be sent again when the answer
 * was lost: the same key is then answered the same.
 *
 * @param token the id of the token
 * @param secret the token's
 * @param name who it wants to be, see {@link Principal#name}; the invitation may say otherwise, but for a vulcano
 * @param csr a PKCS #10 request (RFC 2986), DER: its key and its proof of having the private one count, its names do not
 */
@SuppressWarnings("ArrayRecordComponent")
public record JoinRequest(UUID token, byte[] secret, String name, byte[] csr) {
    /** The longest request for a certificate. */
    public static final int CSR_BYTES = 2_048;

    public JoinRequest {
        if (secret.length != Token.SECRET_BYTES) {
            throw new IllegalArgumentException("a secret of " + secret.length + " bytes");
        }
    }

    public void write(Encoder to) {
        Uuids.write(to, token);
        to.raw(secret).text(name).bytes(csr);
    }

    public static JoinRequest read(Decoder from) {
        return new JoinRequest(
                Uuids.read(from),
                from.raw(Token.SECRET_BYTES),
                from.text(4 * Principal.NAME_LENGTH),
                from.bytes(CSR_BYTES));
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "a request to join as " + name + " with the token " + token;
    }
}
