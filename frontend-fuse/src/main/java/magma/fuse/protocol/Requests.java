package magma.fuse.protocol;

/**
 * What follows the header in each kind of request. Field names are those of include/uapi/linux/fuse.h in this project's
 * words; a {@code handle} is what the reply to OPEN, CREATE or OPENDIR gave (fh).
 */
public final class Requests {
    private Requests() {}

    /** @param lookups how many times less the kernel knows the node */
    public record Forget(long lookups) {
        public static Forget read(MessageReader in) throws MalformedMessageException {
            return new Forget(in.quad());
        }
    }

    /** @param count how many pairs of node id and lookups follow, 64 bits each */
    public record BatchForget(int count) {
        public static BatchForget read(MessageReader in) throws MalformedMessageException {
            int count = in.word();
            in.skip(4);
            if (count < 0 || count > in.remaining() / 16) {
                throw new MalformedMessageException(count + " nodes to forget in " + in.remaining() + " bytes");
            }
            return new BatchForget(count);
        }
    }

    /** {@code valid} says which of the other fields count. Times are in seconds since 1970 and nanoseconds. */
    public record SetAttributes(
            int valid,
            long handle,
            long size,
            long accessed,
            long modified,
            int accessedNanos,
            int modifiedNanos,
            int mode,
            int uid,
            int gid) {
        public static final int MODE = 1;
        public static final int UID = 1 << 1;
        public static final int GID = 1 << 2;
        public static final int SIZE = 1 << 3;
        public static final int ACCESSED = 1 << 4;
        public static final int MODIFIED = 1 << 5;
        public static final int HANDLE = 1 << 6;
        public static final int ACCESSED_NOW = 1 << 7;
        public static final int MODIFIED_NOW = 1 << 8;

        public static SetAttributes read(MessageReader in) throws MalformedMessageException {
            int valid = in.word();
            in.skip(4);
            long handle = in.quad();
            long size = in.quad();
            in.skip(8);
            long accessed = in.quad();
            long modified = in.quad();
            in.skip(8);
            int accessedNanos = in.word();
            int modifiedNanos = in.word();
            in.skip(4);
            int mode = in.word();
            in.skip(4);
            int uid = in.word();
            int gid = in.word();
            in.skip(4);
            return new SetAttributes(
                    valid, handle, size, accessed, modified, accessedNanos, modifiedNanos, mode, uid, gid);
        }

        public boolean has(int field) {
            return (valid & field) != 0;
        }
    }

    public record Symlink(byte[] name, byte[] target) {
        public static Symlink read(MessageReader in) throws MalformedMessageException {
            return new Symlink(in.text(), in.text());
        }
    }

    /**
     * @param mode format and permission bits
     * @param device the kernel's 32-bit encoding (new_encode_dev), which equals the low half of the 64-bit one
     */
    public record MakeNode(int mode, int device, int umask, byte[] name) {
        public static MakeNode read(MessageReader in) throws MalformedMessageException {
            int mode = in.word();
            int device = in.word();
            int umask = in.word();
            in.skip(4);
            return new MakeNode(mode, device, umask, in.text());
        }
    }

    public record MakeDirectory(int mode, int umask, byte[] name) {
        public static MakeDirectory read(MessageReader in) throws MalformedMessageException {
            return new MakeDirectory(in.word(), in.word(), in.text());
        }
    }

    /** @param flags those of renameat2(2); 0 in a RENAME */
    public record Rename(long toDirectory, int flags, byte[] from, byte[] to) {
        public static final int NO_REPLACE = 1;
        public static final int EXCHANGE = 2;

        /** A RENAME. */
        public static Rename read(MessageReader in) throws MalformedMessageException {
            return new Rename(in.quad(), 0, in.text(), in.text());
        }

        /** A RENAME2. */
        public static Rename readWithFlags(MessageReader in) throws MalformedMessageException {
            long toDirectory = in.quad();
            int flags = in.word();
            in.skip(4);
            return new Rename(toDirectory, flags, in.text(), in.text());
        }
    }

    public record Link(long node, byte[] name) {
        public static Link read(MessageReader in) throws MalformedMessageException {
            return new Link(in.quad(), in.text());
        }
    }

    /** @param flags those of open(2), see {@link OpenFlags} */
    public record Open(int flags, int openFlags) {
        public static Open read(MessageReader in) throws MalformedMessageException {
            return new Open(in.word(), in.word());
        }
    }

    public record Create(int flags, int mode, int umask, int openFlags, byte[] name) {
        public static Create read(MessageReader in) throws MalformedMessageException {
            return new Create(in.word(), in.word(), in.word(), in.word(), in.text());
        }
    }

    public record Release(long handle, int flags, int releaseFlags, long lockOwner) {
        public static final int FLOCK_UNLOCK = 1 << 1;

        public static Release read(MessageReader in) throws MalformedMessageException {
            return new Release(in.quad(), in.word(), in.word(), in.quad());
        }
    }

    public record Flush(long handle, long lockOwner) {
        public static Flush read(MessageReader in) throws MalformedMessageException {
            long handle = in.quad();
            in.skip(8);
            return new Flush(handle, in.quad());
        }
    }

    /**
     * READ, READDIR and READDIRPLUS.
     *
     * @param size the most bytes to answer with, not negative
     * @param flags the open file's flags as they are now
     */
    public record Read(long handle, long offset, int size, int readFlags, long lockOwner, int flags) {
        public static Read read(MessageReader in) throws MalformedMessageException {
            Read read = new Read(in.quad(), in.quad(), in.word(), in.word(), in.quad(), in.word());
            in.skip(4);
            if (read.size < 0) {
                throw new MalformedMessageException("a read of " + Integer.toUnsignedString(read.size) + " bytes");
            }
            return read;
        }
    }

    /** The data follow: {@code size} bytes. */
    public record Write(long handle, long offset, int size, int writeFlags, long lockOwner, int flags) {
        /** From the page cache: {@code handle} is any that is open for writing, the caller unknown. */
        public static final int CACHE = 1;

        /** The caller has no CAP_FSETID: drop set-user-id and set-group-id. */
        public static final int KILL_PRIVILEGE = 1 << 2;

        public static Write read(MessageReader in) throws MalformedMessageException {
            Write write = new Write(in.quad(), in.quad(), in.word(), in.word(), in.quad(), in.word());
            in.skip(4);
            if (write.size < 0 || write.size > in.remaining()) {
                throw new MalformedMessageException("a write of " + write.size + " bytes that holds " + in.remaining());
            }
            return write;
        }

        public boolean has(int flag) {
            return (writeFlags & flag) != 0;
        }
    }

    public record Sync(long handle, int flags) {
        public static final int DATA_ONLY = 1;

        public static Sync read(MessageReader in) throws MalformedMessageException {
            Sync sync = new Sync(in.quad(), in.word());
            in.skip(4);
            return sync;
        }

        public boolean dataOnly() {
            return (flags & DATA_ONLY) != 0;
        }
    }

    /** @param flags those of setxattr(2) */
    public record SetXattr(int flags, byte[] name, byte[] value) {
        public static final int CREATE = 1;
        public static final int REPLACE = 2;

        public static SetXattr read(MessageReader in) throws MalformedMessageException {
            int size = in.word();
            return new SetXattr(in.word(), in.text(), in.bytes(size));
        }
    }

    /** @param size the most bytes to answer with; 0 asks how many there are */
    public record GetXattr(int size, byte[] name) {
        public static GetXattr read(MessageReader in) throws MalformedMessageException {
            return new GetXattr(size(in), in.text());
        }

        private static int size(MessageReader in) throws MalformedMessageException {
            int size = in.word();
            in.skip(4);
            return size;
        }
    }

    /** @param size as in {@link GetXattr} */
    public record ListXattr(int size) {
        public static ListXattr read(MessageReader in) throws MalformedMessageException {
            return new ListXattr(GetXattr.size(in));
        }
    }

    /**
     * GETLK, SETLK and SETLKW.
     *
     * @param start first byte
     * @param end last byte, {@link Long#MAX_VALUE} for all
     * @param type {@link #READ_LOCK}, {@link #WRITE_LOCK} or {@link #UNLOCK}
     */
    public record LockRange(long handle, long owner, long start, long end, int type, int pid, int flags) {
        public static final int READ_LOCK = 0;
        public static final int WRITE_LOCK = 1;
        public static final int UNLOCK = 2;
        public static final int FLOCK = 1;

        public static LockRange read(MessageReader in) throws MalformedMessageException {
            LockRange lock = new LockRange(in.quad(), in.quad(), in.quad(), in.quad(), in.word(), in.word(), in.word());
            in.skip(4);
            if (lock.type < READ_LOCK || lock.type > UNLOCK || lock.start < 0 || lock.end < lock.start) {
                throw new MalformedMessageException(
                        "a lock of type " + lock.type + " from " + lock.start + " to " + lock.end);
            }
            return lock;
        }

        public boolean isFlock() {
            return (flags & FLOCK) != 0;
        }
    }

    /** @param mask rwx bits */
    public record Access(int mask) {
        public static Access read(MessageReader in) throws MalformedMessageException {
            return new Access(in.word());
        }
    }

    /** @param unique the request that its caller no longer wants to wait for */
    public record Interrupt(long unique) {
        public static Interrupt read(MessageReader in) throws MalformedMessageException {
            return new Interrupt(in.quad());
        }
    }

    /** @param mode flags of fallocate(2) */
    public record Allocate(long handle, long offset, long length, int mode) {
        public static final int KEEP_SIZE = 1;
        public static final int PUNCH_HOLE = 2;
        public static final int ZERO_RANGE = 16;

        public static Allocate read(MessageReader in) throws MalformedMessageException {
            return new Allocate(in.quad(), in.quad(), in.quad(), in.word());
        }
    }

    /** @param whence as lseek(2): 3 is SEEK_DATA, 4 SEEK_HOLE */
    public record Seek(long handle, long offset, int whence) {
        public static final int DATA = 3;
        public static final int HOLE = 4;

        public static Seek read(MessageReader in) throws MalformedMessageException {
            return new Seek(in.quad(), in.quad(), in.word());
        }
    }

    public record CopyRange(long handle, long offset, long toNode, long toHandle, long toOffset, long length) {
        public static CopyRange read(MessageReader in) throws MalformedMessageException {
            return new CopyRange(in.quad(), in.quad(), in.quad(), in.quad(), in.quad(), in.quad());
        }
    }
}
