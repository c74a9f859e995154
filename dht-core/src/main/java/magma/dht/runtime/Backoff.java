package magma.dht.runtime;

import magma.fs.FsException;

/** How to wait when somebody else's transaction is in the way. */
@FunctionalInterface
public interface Backoff {
    /**
     * Waits a little before the next try.
     *
     * @param attempt how many tries were made before, from 0
     * @throws FsException EINTR when the thread was interrupted
     */
    void pause(int attempt) throws FsException;
}
