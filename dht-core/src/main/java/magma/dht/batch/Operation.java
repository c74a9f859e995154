package magma.dht.batch;

import java.nio.ByteBuffer;
import magma.dht.record.Flare;
import magma.dht.record.Shard;
import magma.dht.storage.RecordId;

/**
 * One change that a batch makes. Those that change records say how, not what the result is: the primary works it out from the record as it is then and
 * stamps it with its own clock, so that two creations in one directory do not get into each other's way.
 */
public sealed interface Operation {
    RecordId id();

    /** The record becomes {@code value}. */
    record Put(RecordId id, byte[] value) implements Operation {}

    /** The record goes. */
    record Remove(RecordId id) implements Operation {}

    /** A flare is born; the primary sets its times. */
    record NewFlare(RecordId id, Flare flare) implements Operation {}

    /** A flare that is there changes. */
    record ChangeFlare(RecordId id, FlareChange change) implements Operation {}

    /** A flare loses a name. With its last one it goes, or becomes an orphan if it is held open. */
    record DropLink(RecordId id) implements Operation {}

    /** A directory gets a shard; the primary sets its times. */
    record NewShard(RecordId id, Shard shard) implements Operation {}

    /** A shard that is there changes. */
    record ChangeShard(RecordId id, ShardChange change) implements Operation {}

    /** Bytes of a chunk are written, but for those that are stored with a higher generation: they stay. Only in batches of a single slice. */
    record WriteChunk(RecordId id, int offset, long generation, ByteBuffer data) implements Operation {}

    /** Bytes of a chunk become a hole. Only in batches of a single slice. */
    record PunchChunk(RecordId id, int from, int to) implements Operation {}
}
