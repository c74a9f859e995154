package magma.dht.identity;

import java.util.UUID;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;

/** Ids in 16 bytes. */
final class Uuids {
    private Uuids() {}

    static void write(Encoder to, UUID id) {
        to.i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
    }

    static UUID read(Decoder from) {
        return new UUID(from.i64(), from.i64());
    }
}
