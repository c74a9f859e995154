package magma.dht.identity;

import java.util.List;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import org.jspecify.annotations.Nullable;

/**
 * Makes the one who asked a member.
 *
 * @param chain its certificate first, then those up to but without the authority's; DER
 * @param authority the authority's certificate, DER
 * @param forVulcano what only a vulcano gets
 */
@SuppressWarnings("ArrayRecordComponent")
public record JoinReply(
        List<byte[]> chain, byte[] authority, @Nullable ForVulcano forVulcano) {
    /** The longest certificate: one with as many claims as there may be. */
    public static final int CERTIFICATE_BYTES = 16 << 10;

    /** The longest chain. */
    public static final int CHAIN = 4;

    /**
     * By which a vulcano can sign for the network.
     *
     * @param networkSecret {@value #SECRET_BYTES} bytes, under which the authority's key is sealed
     * @param sealedAuthority the sealed key
     */
    public record ForVulcano(byte[] networkSecret, byte[] sealedAuthority) {
        public static final int SECRET_BYTES = 32;

        /** The longest sealed authority. */
        public static final int SEALED_BYTES = 16 << 10;

        public ForVulcano {
            if (networkSecret.length != SECRET_BYTES) {
                throw new IllegalArgumentException("a network's secret of " + networkSecret.length + " bytes");
            }
        }

        void write(Encoder to) {
            to.raw(networkSecret).bytes(sealedAuthority);
        }

        static ForVulcano read(Decoder from) {
            return new ForVulcano(from.raw(SECRET_BYTES), from.bytes(SEALED_BYTES));
        }

        /** Without the secrets. */
        @Override
        public String toString() {
            return "what only vulcanos know";
        }
    }

    public JoinReply {
        chain = List.copyOf(chain);
        if (chain.isEmpty() || chain.size() > CHAIN) {
            throw new IllegalArgumentException("a chain of " + chain.size() + " certificates");
        }
    }

    public void write(Encoder to) {
        to.list(chain, Encoder::bytes).bytes(authority);
        to.optional(forVulcano, (out, value) -> value.write(out));
    }

    public static JoinReply read(Decoder from) {
        return new JoinReply(
                from.list(CHAIN, Integer.BYTES, one -> one.bytes(CERTIFICATE_BYTES)),
                from.bytes(CERTIFICATE_BYTES),
                from.optional(ForVulcano::read));
    }
}
