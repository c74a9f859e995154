package magma.storage.xodus;

import java.io.IOException;

/** Where a test may let the process die or the disk fail. */
@FunctionalInterface
interface Steps {
    Steps NONE = step -> {};

    /** The table is frozen, and nothing of it is written. */
    String FLUSH_BEGINS = "flush begins";

    /** Some rows are written. */
    String FLUSH_WRITES = "flush writes";

    /** The index holds everything, and the table lets go of it. */
    String FLUSH_ENDS = "flush ends";

    /** Some of what lives in a segment was copied. */
    String CLEAN_COPIES = "clean copies";

    /** All of it was copied and the table points to the copies. */
    String CLEAN_COPIED = "clean copied";

    /** The index points to the copies, durably. */
    String CLEAN_FLUSHED = "clean flushed";

    /** The segment is deleted. */
    String CLEAN_DELETED = "clean deleted";

    /** A named place in the work that is done in the background. */
    void at(String step);

    /** A record is to be written at {@code position}. @throws IOException to have the disk refuse it */
    default void writing(long position) throws IOException {}

    /** The log is to be synced. @throws IOException to have the disk fail */
    default void syncing() throws IOException {}
}
