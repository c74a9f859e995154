package magma.dht.council;

/** The result of a command of the last ones, for when it comes again. */
public record Remembered(CommandId id, Result result) {
    static final int LEAST_BYTES = Fields.UUID_BYTES + 1;

    /** How much room it takes: a result about many slices counts as several. */
    int weight() {
        if (result instanceof Result.SlicesChanged slices) {
            return 1 + slices.changed().size() / 64 + slices.refused().size() / 4;
        }
        return 1;
    }
}
