package magma.dht.batch;

import magma.dht.storage.RecordId;
import magma.dht.storage.Version;

/** What must still be so when the primary carries out a batch; otherwise the batch was composed from what is no longer true. */
public sealed interface Condition {
    RecordId id();

    /** There is no such record. */
    record Absent(RecordId id) implements Condition {}

    /** There is such a record. */
    record Exists(RecordId id) implements Condition {}

    /** The record is the one that was read. */
    record AtVersion(RecordId id, Version version) implements Condition {}

    /** The directory shard is there, and the directory's rights are those that were read. */
    record RightsAt(RecordId id, long version) implements Condition {}

    /** The directory shard is there and counts no entry. */
    record Empty(RecordId id) implements Condition {}
}
