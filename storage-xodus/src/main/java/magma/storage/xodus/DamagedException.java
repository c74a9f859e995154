package magma.storage.xodus;

/** The log does not go on as a log does. */
final class DamagedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final long position;
    private final boolean foreign;

    /** @param position where */
    DamagedException(long position, String how) {
        this(position, how, false);
    }

    /** @param foreign when nothing is broken, but the log is not for this storage or this program */
    DamagedException(long position, String how, boolean foreign) {
        super(how);
        this.position = position;
        this.foreign = foreign;
    }

    boolean foreign() {
        return foreign;
    }

    long position() {
        return position;
    }
}
