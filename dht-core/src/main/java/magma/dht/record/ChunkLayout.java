package magma.dht.record;

/** How the chunks of a file lie. It is settled when the first chunk is written, and may be another when none is left. */
public enum ChunkLayout {
    /** All are spread over the key space, and nothing says where in the file there are any. What builds before {@link FeatureLevel#FIRST_NEAR} wrote. */
    SPREAD,

    /** The first lies beside the flare, all others are spread; for each span but the first in which one was ever written there is a record ({@link RecordKind#SPAN}). */
    FIRST_NEAR
}
