package magma.dht.batch;

import magma.dht.record.Content;
import magma.dht.record.Rights;
import magma.fs.AttributeChanges.TimeChange;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/**
 * How a flare's record changes. Null and zero leave a field as it is.
 *
 * @param links how many names more (or less, when negative)
 * @param rights the new rights, composed from the ones read: goes with a condition on the record's version
 * @param dropPrivileges whether set-user-id goes, and set-group-id where the group may execute
 * @param content the new state of a file's content
 * @param size the new size in bytes
 * @param allocated how many bytes more (or less) are stored, beside what operations on chunks of the same flare that come before in the batch make of it
 * @param changed whether ctime moves and the change counter grows
 * @param parent a directory's new parent
 */
public record FlareChange(
        int links,
        @Nullable Rights rights,
        boolean dropPrivileges,
        @Nullable Content content,
        @Nullable Long size,
        long allocated,
        @Nullable TimeChange accessed,
        @Nullable TimeChange modified,
        boolean changed,
        @Nullable Key parent) {

    private static final FlareChange NONE = new FlareChange(0, null, false, null, null, 0, null, null, false, null);

    /** Only ctime moves. */
    public static final FlareChange TOUCH = NONE.withChanged();

    public static FlareChange moreLinks(int more) {
        return new FlareChange(more, null, false, null, null, 0, null, null, true, null);
    }

    public static FlareChange newRights(Rights rights) {
        return new FlareChange(0, rights, false, null, null, 0, null, null, true, null);
    }

    /** New content state and size; mtime and ctime move. */
    public static FlareChange written(Content content, long size, long allocated, boolean dropPrivileges) {
        return new FlareChange(
                0, null, dropPrivileges, content, size, allocated, null, new TimeChange.Now(), true, null);
    }

    /** Only the state of the content: nothing that anybody sees. */
    public static FlareChange newContent(Content content, long allocated) {
        return new FlareChange(0, null, false, content, null, allocated, null, null, false, null);
    }

    /** A read moves atime alone. */
    public static FlareChange readNow() {
        return NONE.withTimes(new TimeChange.Now(), null);
    }

    public static FlareChange newParent(Key parent) {
        return new FlareChange(0, null, false, null, null, 0, null, null, true, parent);
    }

    public FlareChange withTimes(@Nullable TimeChange newAccessed, @Nullable TimeChange newModified) {
        return new FlareChange(
                links, rights, dropPrivileges, content, size, allocated, newAccessed, newModified, changed, parent);
    }

    FlareChange withMoreAllocated(long more) {
        return more == 0
                ? this
                : new FlareChange(
                        links,
                        rights,
                        dropPrivileges,
                        content,
                        size,
                        allocated + more,
                        accessed,
                        modified,
                        changed,
                        parent);
    }

    public FlareChange withChanged() {
        return new FlareChange(
                links, rights, dropPrivileges, content, size, allocated, accessed, modified, true, parent);
    }

    public FlareChange withRights(Rights newRights) {
        return new FlareChange(
                links, newRights, dropPrivileges, content, size, allocated, accessed, modified, true, parent);
    }
}
