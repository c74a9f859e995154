package magma.dht.replication;

import java.util.UUID;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;

/** Names a vulcano for ever. One whose data directory is lost comes back under a new id. */
public record VulcanoId(UUID uuid) implements Comparable<VulcanoId> {
    static final int BYTES = 16;

    static VulcanoId decode(Decoder from) {
        return new VulcanoId(new UUID(from.i64(), from.i64()));
    }

    /** 16 bytes. */
    void encode(Encoder to) {
        to.i64(uuid.getMostSignificantBits()).i64(uuid.getLeastSignificantBits());
    }

    @Override
    public int compareTo(VulcanoId other) {
        return uuid.compareTo(other.uuid);
    }

    @Override
    public String toString() {
        return uuid.toString();
    }
}
