package magma.fuse.protocol;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import magma.fs.Attributes;
import magma.fs.Lock;
import magma.fs.Name;
import magma.fs.Statistics;

/** Writes what answers requests. All methods append at the buffer's position; it must be in the native byte order. */
public final class Replies {
    /** struct fuse_out_header: length, negative errno or 0, unique. */
    public static final int HEADER_BYTES = 16;

    /** struct fuse_attr. */
    public static final int ATTRIBUTES_BYTES = 88;

    /** struct fuse_entry_out. */
    public static final int ENTRY_BYTES = 40 + ATTRIBUTES_BYTES;

    private static final int DIRENT_BYTES = 24;
    private static final int PREFERRED_IO_BYTES = 4096;

    private Replies() {}

    /** Writes the header at the start of {@code out}, whose position is the end of the message. */
    public static void putHeader(ByteBuffer out, long unique, int error) {
        out.putInt(0, out.position()).putInt(4, -error).putLong(8, unique);
    }

    /** struct fuse_entry_out of what {@code node} names. */
    public static void putEntry(ByteBuffer out, long node, Validity validity, Attributes attributes) {
        putEntryHead(out, node, validity);
        putAttributes(out, attributes);
    }

    /** struct fuse_entry_out that says that there is no such name. */
    public static void putNoEntry(ByteBuffer out, Validity validity) {
        putEntryHead(out, 0, validity);
        putZeros(out, ATTRIBUTES_BYTES);
    }

    private static void putEntryHead(ByteBuffer out, long node, Validity validity) {
        out.putLong(node).putLong(0);
        out.putLong(validity.entry().toSeconds()).putLong(validity.attributes().toSeconds());
        out.putInt(validity.entry().toNanosPart()).putInt(validity.attributes().toNanosPart());
    }

    /** struct fuse_attr_out. */
    public static void putAttributesReply(ByteBuffer out, Validity validity, Attributes attributes) {
        Duration valid = validity.attributes();
        out.putLong(valid.toSeconds()).putInt(valid.toNanosPart()).putInt(0);
        putAttributes(out, attributes);
    }

    /** struct fuse_attr. */
    static void putAttributes(ByteBuffer out, Attributes attributes) {
        Instant accessed = attributes.accessed();
        Instant modified = attributes.modified();
        Instant changed = attributes.changed();
        out.putLong(attributes.key().inode()).putLong(attributes.size()).putLong(attributes.allocated() / 512);
        out.putLong(accessed.getEpochSecond()).putLong(modified.getEpochSecond());
        out.putLong(changed.getEpochSecond());
        out.putInt(accessed.getNano()).putInt(modified.getNano()).putInt(changed.getNano());
        out.putInt(attributes.type().format() | attributes.mode()).putInt(attributes.links());
        out.putInt(attributes.uid()).putInt(attributes.gid()).putInt((int) attributes.device());
        out.putInt(PREFERRED_IO_BYTES).putInt(0);
    }

    /** struct fuse_statx_out with all basic fields and the time of birth. */
    public static void putStatx(ByteBuffer out, Validity validity, Attributes attributes) {
        Duration valid = validity.attributes();
        out.putLong(valid.toSeconds())
                .putInt(valid.toNanosPart())
                .putInt(0)
                .putLong(0)
                .putLong(0);
        int basicAndBirth = 0xfff;
        out.putInt(basicAndBirth).putInt(PREFERRED_IO_BYTES).putLong(0);
        out.putInt(attributes.links()).putInt(attributes.uid()).putInt(attributes.gid());
        out.putShort((short) (attributes.type().format() | attributes.mode())).putShort((short) 0);
        out.putLong(attributes.key().inode()).putLong(attributes.size()).putLong(attributes.allocated() / 512);
        out.putLong(0);
        putStatxTime(out, attributes.accessed());
        putStatxTime(out, attributes.created());
        putStatxTime(out, attributes.changed());
        putStatxTime(out, attributes.modified());
        int device = (int) attributes.device();
        out.putInt(device >>> 8 & 0xfff).putInt(device & 0xff | device >>> 12 & 0xfff00);
        putZeros(out, 8 + 14 * 8);
    }

    private static void putStatxTime(ByteBuffer out, Instant time) {
        out.putLong(time.getEpochSecond()).putInt(time.getNano()).putInt(0);
    }

    /** struct fuse_open_out. */
    public static void putOpen(ByteBuffer out, long handle, int flags) {
        out.putLong(handle).putInt(flags).putInt(0);
    }

    /** What the reply to OPEN, CREATE and OPENDIR says of the page cache. */
    public static final class Opened {
        public static final int DIRECT_IO = 1;
        public static final int KEEP_CACHE = 1 << 1;
        public static final int CACHE_DIRECTORY = 1 << 3;
        public static final int PARALLEL_DIRECT_WRITES = 1 << 6;

        private Opened() {}
    }

    /** struct fuse_write_out, and struct fuse_getxattr_out. */
    public static void putCount(ByteBuffer out, int count) {
        out.putInt(count).putInt(0);
    }

    /** struct fuse_lseek_out, and struct fuse_copy_file_range_out. */
    public static void putLong(ByteBuffer out, long value) {
        out.putLong(value);
    }

    /** struct fuse_statfs_out. */
    public static void putStatistics(ByteBuffer out, Statistics statistics) {
        long block = statistics.blockBytes();
        out.putLong(statistics.totalBytes() / block).putLong(statistics.freeBytes() / block);
        out.putLong(statistics.availableBytes() / block);
        out.putLong(statistics.flares() + statistics.availableFlares()).putLong(statistics.availableFlares());
        out.putInt(statistics.blockBytes()).putInt(Name.MAX_BYTES).putInt(statistics.blockBytes());
        putZeros(out, 4 + 6 * 4);
    }

    /** struct fuse_lk_out of a lock that is in the way. */
    public static void putLock(ByteBuffer out, Lock lock) {
        out.putLong(lock.range().start()).putLong(lock.range().end());
        out.putInt(lock.exclusive() ? Requests.LockRange.WRITE_LOCK : Requests.LockRange.READ_LOCK);
        out.putInt(lock.pid());
    }

    /** struct fuse_lk_out that says that nothing is in the way. */
    public static void putNoLock(ByteBuffer out) {
        out.putLong(0).putLong(0).putInt(Requests.LockRange.UNLOCK).putInt(0);
    }

    /** Bytes that {@link #putDirectoryEntry} takes for a name of {@code nameBytes}. */
    public static int directoryEntryBytes(int nameBytes) {
        return DIRENT_BYTES + nameBytes + 7 & ~7;
    }

    /**
     * struct fuse_dirent.
     *
     * @param inode not 0
     * @param next the cookie from which to go on after this entry
     * @param type d_type of readdir(3)
     */
    public static void putDirectoryEntry(ByteBuffer out, long inode, long next, int type, byte[] name) {
        out.putLong(inode).putLong(next).putInt(name.length).putInt(type).put(name);
        putZeros(out, directoryEntryBytes(name.length) - DIRENT_BYTES - name.length);
    }

    /** The first half of struct fuse_direntplus where there are no attributes to tell. */
    public static void putUnknownEntry(ByteBuffer out) {
        putZeros(out, ENTRY_BYTES);
    }

    private static void putZeros(ByteBuffer out, int count) {
        int left = count;
        for (; left >= Long.BYTES; left -= Long.BYTES) {
            out.putLong(0);
        }
        for (; left > 0; left--) {
            out.put((byte) 0);
        }
    }
}
