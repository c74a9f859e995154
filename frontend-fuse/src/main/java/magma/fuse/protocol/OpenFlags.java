package magma.fuse.protocol;

/** Flags of open(2) as Linux numbers them; some differ between processors. */
public final class OpenFlags {
    public static final int ACCESS_MODE = 3;
    public static final int READ_ONLY = 0;
    public static final int WRITE_ONLY = 1;
    public static final int READ_WRITE = 2;
    public static final int EXCLUSIVE = 0200;
    public static final int TRUNCATE = 01000;
    public static final int APPEND = 02000;

    /** O_DSYNC; O_SYNC has this bit too. */
    public static final int DATA_SYNC = 010000;

    /** FMODE_EXEC: the kernel opens a program to run it. */
    public static final int EXECUTE = 0x20;

    /** O_DIRECT. */
    public static final int DIRECT = isArm() ? 0200000 : 040000;

    private OpenFlags() {}

    private static boolean isArm() {
        String processor = System.getProperty("os.arch", "");
        return processor.startsWith("aarch64") || processor.startsWith("arm");
    }
}
