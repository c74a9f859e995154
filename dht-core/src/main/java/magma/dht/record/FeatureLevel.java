package magma.dht.record;

/** From which feature level of the network on its records have what earlier builds do not know (docs/council.md). */
public final class FeatureLevel {
    /** What was there from the beginning. */
    public static final int FIRST = 1;

    /** Which spans of a file have chunks is recorded: {@link RecordKind#SPAN}, {@link Content#spans}, {@link Cleaning#spans}. */
    public static final int SPANS = 2;

    /** All that this build knows. */
    public static final int LATEST = SPANS;

    private FeatureLevel() {}
}
