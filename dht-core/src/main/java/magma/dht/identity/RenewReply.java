package magma.dht.identity;

import java.util.List;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;

/**
 * The certificate that was asked for.
 *
 * @param chain as {@link JoinReply#chain}
 */
public record RenewReply(List<byte[]> chain) {
    public RenewReply {
        chain = List.copyOf(chain);
        if (chain.isEmpty() || chain.size() > JoinReply.CHAIN) {
            throw new IllegalArgumentException("a chain of " + chain.size() + " certificates");
        }
    }

    public void write(Encoder to) {
        to.list(chain, Encoder::bytes);
    }

    public static RenewReply read(Decoder from) {
        return new RenewReply(from.list(JoinReply.CHAIN, Integer.BYTES, one -> one.bytes(JoinReply.CERTIFICATE_BYTES)));
    }
}
