package magma.dht.council;

/** The result of a command of the last ones, for when it comes again. */
public record Remembered(CommandId id, Result result) {
    static final int LEAST_BYTES = Fields.UUID_BYTES + 1;
}
