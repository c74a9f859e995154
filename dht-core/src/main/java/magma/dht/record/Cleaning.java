package magma.dht.record;

import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;

/**
 * Chunks that hold bytes which no longer count.
 *
 * @param from the first chunk's index
 * @param limit the index after the last one's
 * @param gone whether the flare is gone, and the chunks with it
 * @param spans as {@link Content#spans} is, or was
 */
public record Cleaning(long from, long limit, boolean gone, boolean spans) {
    /** Without spans; what builds before {@link FeatureLevel#SPANS} read. */
    private static final int WITHOUT_SPANS = 1;

    private static final int WITH_SPANS = 2;

    public byte[] encode() {
        return new Encoder(18)
                .u8(spans ? WITH_SPANS : WITHOUT_SPANS)
                .i64(from)
                .i64(limit)
                .flag(gone)
                .toBytes();
    }

    /** @throws MalformedException when the bytes are no cleaning */
    public static Cleaning decode(byte[] bytes) {
        return Decoder.decode("cleaning", bytes, from -> {
            int format = from.u8();
            boolean spans = format == WITH_SPANS;
            RecordFormat.check("cleaning", format, spans ? WITH_SPANS : WITHOUT_SPANS);
            return new Cleaning(from.i64(), from.i64(), from.flag(), spans);
        });
    }
}
