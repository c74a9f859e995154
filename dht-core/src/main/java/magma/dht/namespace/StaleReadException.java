package magma.dht.namespace;

/** Two reads for one plan saw different moments: compose it again. */
final class StaleReadException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StaleReadException() {
        super("changed while it was read", null, false, false);
    }
}
