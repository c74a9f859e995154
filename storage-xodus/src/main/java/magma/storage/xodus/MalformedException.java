package magma.storage.xodus;

/** Bytes that no writer of this format wrote. */
final class MalformedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean foreign;

    MalformedException(String message) {
        this(message, false);
    }

    private MalformedException(String message, boolean foreign) {
        super(message);
        this.foreign = foreign;
    }

    /** The bytes are sound, but of a version that came after this program. */
    static MalformedException future(int version, int known) {
        return new MalformedException(
                "it has format version " + version + ", and this Magma knows versions up to " + known
                        + " only: use a newer Magma",
                true);
    }

    boolean foreign() {
        return foreign;
    }
}
