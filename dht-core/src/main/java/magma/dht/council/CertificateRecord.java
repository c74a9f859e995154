package magma.dht.council;

import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;

/**
 * A certificate that the network's authority has signed.
 *
 * @param role of its holder, as the identity's own text
 * @param name of its holder; a vulcano's id as text
 * @param expiresAt seconds since 1970 from which on it is worth nothing
 */
public record CertificateRecord(String role, String name, long expiresAt) {
    static final int LEAST_BYTES = 4 + 4 + 8;

    public CertificateRecord {
        Fields.checkText("a role", role, Fields.MAX_ROLE);
        Fields.checkText("a holder's name", name, Fields.MAX_NAME);
    }

    void write(Encoder to) {
        to.text(role).text(name).i64(expiresAt);
    }

    static CertificateRecord read(Decoder from) {
        return new CertificateRecord(from.text(Fields.MAX_ROLE), from.text(Fields.MAX_NAME), from.i64());
    }
}
