package magma.dht.record;

/** From which feature level of the network on its records have what earlier builds do not know (docs/council.md). */
public final class FeatureLevel {
    /** What was there from the beginning. */
    public static final int FIRST = 1;

    /** {@link ChunkLayout#FIRST_NEAR}, and {@link RecordKind#FENCE}. */
    public static final int FIRST_NEAR = 2;

    /** All that this build knows. */
    public static final int LATEST = FIRST_NEAR;

    private FeatureLevel() {}
}
