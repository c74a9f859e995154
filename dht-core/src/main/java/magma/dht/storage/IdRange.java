package magma.dht.storage;

/**
 * Records that lie side by side.
 *
 * @param from included
 * @param to excluded
 */
public record IdRange(RecordId from, RecordId to) {}
