package magma.dht.identity;

import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;

/**
 * Asks for a certificate that says the same as the one by which the connection was made, and is valid for longer.
 *
 * @param csr as {@link JoinRequest#csr}; the key may be the same or another
 */
@SuppressWarnings("ArrayRecordComponent")
public record RenewRequest(byte[] csr) {
    public void write(Encoder to) {
        to.bytes(csr);
    }

    public static RenewRequest read(Decoder from) {
        return new RenewRequest(from.bytes(JoinRequest.CSR_BYTES));
    }
}
