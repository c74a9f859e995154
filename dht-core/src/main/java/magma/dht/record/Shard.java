package magma.dht.record;

import java.time.Instant;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;

/**
 * What one slice knows of a directory of whose window it holds a part. Changes in one batch with the entries it counts;
 * where there is none, the directory is removed and nothing may be put into it.
 *
 * @param rights the directory's, a copy
 * @param entries the entries in this slice
 * @param subdirectories how many of those are directories
 * @param modified when an entry in this slice changed last, or what utimensat set
 * @param change grows with each change of the shard
 */
public record Shard(Rights rights, long entries, long subdirectories, Instant modified, Instant changed, long change) {
    private static final int FORMAT = 1;

    /** Of a new directory. */
    public static Shard empty(Rights rights, Instant now) {
        return new Shard(rights, 0, 0, now, now, 0);
    }

    /** Both as if they were one: sums, and the later times. */
    public Shard merge(Shard other) {
        return new Shard(
                rights.version() >= other.rights.version() ? rights : other.rights,
                entries + other.entries,
                subdirectories + other.subdirectories,
                modified.isAfter(other.modified) ? modified : other.modified,
                changed.isAfter(other.changed) ? changed : other.changed,
                change + other.change);
    }

    public byte[] encode() {
        Encoder to = new Encoder(96).u8(FORMAT);
        rights.write(to);
        return to.i64(entries)
                .i64(subdirectories)
                .time(modified)
                .time(changed)
                .i64(change)
                .toBytes();
    }

    /** @throws magma.dht.codec.MalformedException when the bytes are no shard */
    public static Shard decode(byte[] bytes) {
        return Decoder.decode("directory shard", bytes, from -> {
            RecordFormat.check("directory shard", from.u8(), FORMAT);
            return new Shard(Rights.read(from), from.i64(), from.i64(), from.time(), from.time(), from.i64());
        });
    }
}
