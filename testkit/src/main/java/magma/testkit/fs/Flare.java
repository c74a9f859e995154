package magma.testkit.fs;

import java.time.Duration;
import java.time.Instant;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import magma.fs.Acl;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.FlareType;
import magma.fs.Key;
import magma.fs.Permissions;
import magma.fs.XattrName;
import org.jspecify.annotations.Nullable;

/** One object of the tree: its attributes and what it holds. Guarded by the volume's lock. */
final class Flare {
    /** relatime: how old an access time may be before a read renews it all the same (mount(8)). */
    private static final Duration STALE_ACCESS = Duration.ofHours(24);

    private static final int DIRECTORY_BYTES = 4096;
    private static final int SET_USER_ID = 04000;
    private static final int SET_GROUP_ID = 02000;
    private static final int GROUP_EXECUTE = 00010;

    final Key key;
    final FlareType type;
    final long device;
    final Instant created;
    final NavigableMap<XattrName, byte[]> xattrs = new TreeMap<>();

    int mode;
    int uid;
    int gid;
    int links;
    /** How many open files and directories hold it. */
    int opens;

    Instant accessed;
    Instant modified;
    Instant changed;
    long change = 1;

    @Nullable
    Acl accessAcl;

    @Nullable
    Acl defaultAcl;

    private final @Nullable Pages pages;
    private final @Nullable Entries entries;
    private byte[] target = new byte[0];
    private @Nullable Flare parent;

    Flare(Key key, FlareType type, long device, int cookieBits, Instant now) {
        this.key = key;
        this.type = type;
        this.device = device;
        created = now;
        accessed = now;
        modified = now;
        changed = now;
        pages = type == FlareType.FILE ? new Pages() : null;
        entries = type == FlareType.DIRECTORY ? new Entries(cookieBits) : null;
    }

    boolean isDirectory() {
        return type == FlareType.DIRECTORY;
    }

    /** Of a file. */
    Pages pages() {
        return Objects.requireNonNull(pages);
    }

    /** Of a directory. */
    Entries entries() {
        return Objects.requireNonNull(entries);
    }

    /** Of a symlink. */
    byte[] target() {
        return target.clone();
    }

    void target(byte[] newTarget) {
        target = newTarget.clone();
    }

    /** Of a directory; the root's is itself. */
    Flare parent() {
        return Objects.requireNonNull(parent);
    }

    void parent(Flare newParent) {
        parent = newParent;
    }

    Attributes attributes() {
        long size = pages != null ? pages.size() : entries != null ? DIRECTORY_BYTES : target.length;
        long allocated = pages == null ? 0 : pages.allocated();
        return new Attributes(
                key, type, mode, links, uid, gid, size, allocated, device, accessed, modified, changed, created,
                change);
    }

    /** Whether {@code caller} has every one of the rwx bits {@code wanted}. */
    boolean allows(Caller caller, int wanted) {
        return Permissions.allow(caller, type, uid, gid, mode, accessAcl, wanted);
    }

    boolean isOwnedBy(Caller caller) {
        return caller.isSuperuser() || caller.uid() == uid;
    }

    void contentChanged(Instant now) {
        modified = now;
        attributesChanged(now);
    }

    void attributesChanged(Instant now) {
        changed = now;
        change++;
    }

    /** relatime: renews the access time where it tells nothing of a change, or is a day old. */
    void accessed(Instant now) {
        boolean overtaken = !accessed.isAfter(modified) || !accessed.isAfter(changed);
        if (overtaken || !now.isBefore(accessed.plus(STALE_ACCESS))) {
            accessed = now;
        }
    }

    /** What a write by {@code caller} takes away. set-group-id without group execution is no privilege. */
    void dropPrivileges(Caller caller) {
        xattrs.remove(XattrName.CAPABILITY);
        if (!caller.isSuperuser()) {
            dropPrivileges();
        }
    }

    void dropPrivileges() {
        xattrs.remove(XattrName.CAPABILITY);
        mode &= (mode & GROUP_EXECUTE) == 0 ? ~SET_USER_ID : ~(SET_USER_ID | SET_GROUP_ID);
    }

    /** {@code newMode} without set-group-id where {@code caller} may not set it on a flare of this type in {@code group}. */
    int permittedMode(Caller caller, int newMode, int group) {
        boolean mayKeep = isDirectory() || caller.isSuperuser() || caller.isInGroup(group);
        return mayKeep ? newMode : newMode & ~SET_GROUP_ID;
    }

    boolean isSticky() {
        return (mode & 01000) != 0;
    }
}
