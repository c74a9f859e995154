package magma.fs;

/** What every implementation keeps to. */
public final class Limits {
    /** The largest file: 2⁶³ - 1 bytes would not leave room for rounding up to a page. */
    public static final long FILE_BYTES = Long.MAX_VALUE - (1 << 20) + 1;

    /** The longest target of a symlink (PATH_MAX less the NUL). */
    public static final int SYMLINK_BYTES = 4095;

    /** The most hard links a flare may have, and the most subdirectories, less two. */
    public static final int LINKS = 1_000_000_000;

    /** The longest name of an extended attribute (XATTR_NAME_MAX). */
    public static final int XATTR_NAME_BYTES = 255;

    /** The longest value of an extended attribute (XATTR_SIZE_MAX). */
    public static final int XATTR_BYTES = 64 * 1024;

    /** The most that all names and values of one flare's attributes may take. */
    public static final int XATTRS_BYTES = 1024 * 1024;

    /** The most locks that may be held on one file. */
    public static final int LOCKS = 8192;

    private Limits() {}
}
