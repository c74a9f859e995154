package magma.dht.volume;

import magma.fs.FsException;
import magma.fs.Key;

/** Something that a session holds open. */
interface SessionHandle {
    Key flare();

    /** Lets go, once; does nothing when that was done before. */
    void end() throws FsException;
}
