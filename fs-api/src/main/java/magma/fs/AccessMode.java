package magma.fs;

/** A permission to ask for. On a directory {@code EXECUTE} is search. */
public enum AccessMode {
    EXECUTE(1),
    WRITE(2),
    READ(4);

    private final int bit;

    AccessMode(int bit) {
        this.bit = bit;
    }

    /** The bit in one rwx triple. */
    public int bit() {
        return bit;
    }
}
