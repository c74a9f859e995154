package magma.dht.storage;

/**
 * A record as it is committed.
 *
 * @param value not a copy: do not change it
 */
public record StoredRecord(RecordId id, Version version, byte[] value) {}
