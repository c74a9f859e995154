package magma.dht.front;

import java.util.Set;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import magma.fs.OpenOption;

/**
 * What a session has at one home. Calls fail with {@link magma.fs.Errno#EREMOTE} where the vulcano does not answer for the flare (nothing was done then), and with a cause of
 * {@link magma.dht.transport.NoContactException} when contact was lost.
 */
public interface HomeSession extends Numbering, LockKeeping, AutoCloseable {
    /** For calls that only look, and those that do no harm when done twice. */
    FileSystem plain();

    /** For the calls of one operation. */
    @Override
    FileSystem numbered(Operation operation);

    /** Opens a file again that the session has open, without asking for permission again. */
    OpenFile reopen(Key file, Set<OpenOption> options) throws FsException;

    /** Opens a directory again that the session has open. */
    OpenDirectory reopenDirectory(Key directory) throws FsException;

    /** Whether contact was lost; for good then. */
    boolean isOver();

    /** Ends contact at once: calls under way fail. */
    void abort();

    /** Ends the session's part at this home. */
    @Override
    void close();
}
