package magma.dht.record;

import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;

/**
 * Chunks that hold bytes which no longer count.
 *
 * @param from the first chunk's index
 * @param limit the index after the last one's
 * @param gone whether the flare is gone, and the chunks with it
 */
public record Cleaning(long from, long limit, boolean gone) {
    private static final int FORMAT = 1;

    public byte[] encode() {
        return new Encoder(18).u8(FORMAT).i64(from).i64(limit).flag(gone).toBytes();
    }

    /** @throws magma.dht.codec.MalformedException when the bytes are no cleaning */
    public static Cleaning decode(byte[] bytes) {
        return Decoder.decode("cleaning", bytes, from -> {
            RecordFormat.check("cleaning", from.u8(), FORMAT);
            return new Cleaning(from.i64(), from.i64(), from.flag());
        });
    }
}
