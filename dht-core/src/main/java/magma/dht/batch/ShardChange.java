package magma.dht.batch;

import magma.dht.record.Rights;
import magma.fs.AttributeChanges.TimeChange;
import org.jspecify.annotations.Nullable;

/**
 * How a directory shard changes. Null and zero leave a field as it is.
 *
 * @param entries how many entries more (or less)
 * @param subdirectories how many of them are directories
 * @param rights a new copy of the directory's
 * @param modified the new mtime
 * @param changed whether ctime moves and the change counter grows
 */
public record ShardChange(
        int entries,
        int subdirectories,
        @Nullable Rights rights,
        @Nullable TimeChange modified,
        boolean changed) {

    /** Entries came or went, or lead elsewhere: mtime and ctime move. */
    public static ShardChange moreEntries(int more, int moreDirectories) {
        return new ShardChange(more, moreDirectories, null, new TimeChange.Now(), true);
    }

    public static ShardChange newRights(Rights rights) {
        return new ShardChange(0, 0, rights, null, false);
    }

    public static ShardChange newModified(TimeChange modified) {
        return new ShardChange(0, 0, null, modified, true);
    }
}
