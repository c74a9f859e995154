package magma.fs;

import java.time.Instant;

/**
 * What stat shows of a flare.
 *
 * @param key the flare; {@link Key#inode()} is its inode number
 * @param mode the twelve permission bits, setuid, setgid and sticky included; no format bits
 * @param links the number of hard links; a directory has 2 and one for each subdirectory; 0 when unlinked but open
 * @param size bytes; of a symlink the length of its target
 * @param allocated bytes of storage that the content takes, holes excluded; a multiple of 512
 * @param device Linux's 64-bit dev_t of a device, as makedev(3) composes it; 0 for other types
 * @param modified time of the last change of content (mtime)
 * @param changed time of the last change of content or attributes (ctime)
 * @param created time of birth
 * @param change grows with every change of content or attributes, and never goes back (NFSv4's change attribute)
 */
public record Attributes(
        Key key,
        FlareType type,
        int mode,
        int links,
        int uid,
        int gid,
        long size,
        long allocated,
        long device,
        Instant accessed,
        Instant modified,
        Instant changed,
        Instant created,
        long change) {

    /** The permission bits a mode may have. */
    public static final int MODE_MASK = 07777;

    public Attributes {
        if ((mode & ~MODE_MASK) != 0) {
            throw new IllegalArgumentException("a mode of 0" + Integer.toOctalString(mode));
        }
        if (size < 0 || allocated < 0 || links < 0) {
            throw new IllegalArgumentException("negative size or link count of " + key);
        }
    }
}
