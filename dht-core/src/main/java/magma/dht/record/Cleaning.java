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
 * @param layout how the chunks lie
 */
public record Cleaning(long from, long limit, boolean gone, ChunkLayout layout) {
    /** What builds before {@link FeatureLevel#FIRST_NEAR} read. */
    private static final int SPREAD = 1;

    private static final int FIRST_NEAR = 2;

    public byte[] encode() {
        return new Encoder(18)
                .u8(layout == ChunkLayout.FIRST_NEAR ? FIRST_NEAR : SPREAD)
                .i64(from)
                .i64(limit)
                .flag(gone)
                .toBytes();
    }

    /** @throws MalformedException when the bytes are no cleaning */
    public static Cleaning decode(byte[] bytes) {
        return Decoder.decode("cleaning", bytes, from -> {
            int format = from.u8();
            boolean isNear = format == FIRST_NEAR;
            RecordFormat.check("cleaning", format, isNear ? FIRST_NEAR : SPREAD);
            return new Cleaning(
                    from.i64(), from.i64(), from.flag(), isNear ? ChunkLayout.FIRST_NEAR : ChunkLayout.SPREAD);
        });
    }
}
