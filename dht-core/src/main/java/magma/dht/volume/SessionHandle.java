package magma.dht.volume;

import java.util.UUID;
import magma.fs.FsException;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/** Something that a session holds open. */
interface SessionHandle {
    Key flare();

    /** Lets go, once; does nothing when that was done before. */
    void end() throws FsException;

    /**
     * Contact with the client was lost: stores what waits and ends the use, but goes on holding the flare open.
     *
     * @return what is to be let go later; null when that was done before
     */
    @Nullable
    HeldOpen detach();

    /** A flare that is held open in a session's name, though the session may have forgotten it. */
    record HeldOpen(Key flare, UUID session, Term term) {}
}
