package magma.dht.batch;

/** What a step changes of what the primary knows besides the records. */
@FunctionalInterface
interface Effect {
    Effect NONE = sequence -> {};

    /** @param sequence of the step's log record */
    void happen(long sequence);

    default Effect and(Effect next) {
        return sequence -> {
            happen(sequence);
            next.happen(sequence);
        };
    }
}
