package magma.identity;

import java.time.Instant;
import magma.dht.identity.Principal;
import magma.fs.FsException;

/** Where it is noted which certificates the authority has signed, so that they can be revoked. */
@FunctionalInterface
public interface Register {
    /**
     * Notes one; its holder gets it only after this has returned. On a thread that may block.
     *
     * @param holder with the serial number
     * @throws FsException when it cannot be noted now, or shall not be
     */
    void note(Principal holder, Instant expires) throws FsException;
}
