package magma.fs;

/** What a flare is. The format bits are those of st_mode (S_IFMT), the same on every Unix that matters. */
public enum FlareType {
    FILE(0100000),
    DIRECTORY(0040000),
    SYMLINK(0120000),
    CHARACTER_DEVICE(0020000),
    BLOCK_DEVICE(0060000),
    FIFO(0010000),
    SOCKET(0140000);

    /** The bits of st_mode that tell the type. */
    public static final int FORMAT_MASK = 0170000;

    private final int format;

    FlareType(int format) {
        this.format = format;
    }

    /** The format bits of st_mode. */
    public int format() {
        return format;
    }

    /** The value of d_type that readdir shows: the format bits shifted by 12. */
    public int directoryType() {
        return format >> 12;
    }

    public boolean isDevice() {
        return this == CHARACTER_DEVICE || this == BLOCK_DEVICE;
    }

    /**
     * The type whose format bits stand in {@code mode}.
     *
     * @throws IllegalArgumentException when none has them
     */
    public static FlareType ofMode(int mode) {
        for (FlareType type : values()) {
            if (type.format == (mode & FORMAT_MASK)) {
                return type;
            }
        }
        throw new IllegalArgumentException("no type has the mode 0" + Integer.toOctalString(mode));
    }
}
