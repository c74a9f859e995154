package magma.dht.record;

import java.util.HexFormat;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.runtime.Entropy;

/** Names one transaction over several slices: 128 random bits. */
public record TransactionId(long high, long low) {
    /** Length in bytes. */
    public static final int BYTES = 16;

    public static TransactionId random(Entropy entropy) {
        return of(entropy.bytes(BYTES));
    }

    /** @throws magma.dht.codec.MalformedException when not 16 bytes */
    public static TransactionId of(byte[] bytes) {
        return Decoder.decode("transaction number", bytes, from -> new TransactionId(from.i64(), from.i64()));
    }

    public byte[] bytes() {
        return new Encoder(BYTES).i64(high).i64(low).toBytes();
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes());
    }
}
