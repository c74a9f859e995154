package magma.fuse.protocol;

import java.nio.ByteBuffer;

/**
 * INIT: the first message, in which kernel and daemon agree on a version and on capabilities.
 *
 * @param maxReadAhead bytes
 * @param flags what the kernel can do; bits 32 and above are flags2
 */
public record Negotiation(int major, int minor, int maxReadAhead, long flags) {
    public static final int MAJOR = 7;

    /** The newest minor version this package speaks. */
    public static final int MINOR = 45;

    /** The oldest that it accepts: Linux 5.4. */
    public static final int OLDEST_MINOR = 31;

    public static final long ASYNC_READ = 1;
    public static final long POSIX_LOCKS = 1 << 1;
    public static final long ATOMIC_O_TRUNC = 1 << 3;
    public static final long EXPORT_SUPPORT = 1 << 4;
    public static final long BIG_WRITES = 1 << 5;
    public static final long DONT_MASK = 1 << 6;
    public static final long FLOCK_LOCKS = 1 << 10;
    public static final long AUTO_INVAL_DATA = 1 << 12;
    public static final long DO_READDIRPLUS = 1 << 13;
    public static final long READDIRPLUS_AUTO = 1 << 14;
    public static final long ASYNC_DIO = 1 << 15;
    public static final long PARALLEL_DIROPS = 1 << 18;
    public static final long HANDLE_KILLPRIV = 1 << 19;
    public static final long POSIX_ACL = 1 << 20;
    public static final long MAX_PAGES = 1 << 22;
    public static final long CACHE_SYMLINKS = 1 << 23;
    public static final long EXPLICIT_INVAL_DATA = 1 << 25;
    public static final long HANDLE_KILLPRIV_V2 = 1 << 28;
    public static final long INIT_EXT = 1 << 30;
    public static final long HAS_EXPIRE_ONLY = 1L << 35;
    public static final long DIRECT_IO_ALLOW_MMAP = 1L << 36;

    /** The first minor version with the notification that makes the kernel doubt all entries. */
    private static final int MINOR_WITH_EPOCH = 44;

    public static Negotiation read(MessageReader in) throws MalformedMessageException {
        int major = in.word();
        int minor = in.word();
        if (major != MAJOR) {
            return new Negotiation(major, minor, 0, 0);
        }
        int maxReadAhead = in.word();
        long flags = Integer.toUnsignedLong(in.word());
        if ((flags & INIT_EXT) != 0) {
            flags |= (long) in.word() << 32;
        }
        return new Negotiation(major, minor, maxReadAhead, flags);
    }

    public boolean has(long flag) {
        return (flags & flag) != 0;
    }

    /** Whether {@link Notifications#putEpoch} is understood. */
    public boolean hasEpoch() {
        return minor >= MINOR_WITH_EPOCH;
    }

    /**
     * The daemon's half (struct fuse_init_out).
     *
     * @param flags what shall be used of what the kernel offers
     * @param maxBackground how many readahead and asynchronous requests may be under way at once
     * @param maxBytes of one read or write; a multiple of 4096
     */
    public record Answer(long flags, int maxReadAhead, int maxBackground, int maxBytes) {
        public void put(ByteBuffer out) {
            out.putInt(MAJOR).putInt(MINOR).putInt(maxReadAhead).putInt((int) flags);
            out.putShort((short) maxBackground).putShort((short) (maxBackground * 3 / 4));
            out.putInt(maxBytes).putInt(1).putShort((short) (maxBytes / 4096)).putShort((short) 0);
            out.putInt((int) (flags >>> 32));
            for (int i = 0; i < 7; i++) {
                out.putInt(0);
            }
        }
    }
}
