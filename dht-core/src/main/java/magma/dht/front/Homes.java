package magma.dht.front;

import java.util.UUID;
import magma.dht.replication.VulcanoId;
import magma.fs.ChangeListener;
import magma.fs.FsException;

/** Port: how a session comes to be at other vulcanos, and at this one. */
public interface Homes {
    /**
     * A session as all vulcanos know it.
     *
     * @param generation grows each time the session goes on at another vulcano; a home serves the latest only
     */
    record SessionName(UUID id, long generation, String client) {}

    /**
     * Blocks until the session is known there.
     *
     * @throws FsException ENOTCONN when the vulcano cannot be reached
     */
    HomeSession open(VulcanoId home, SessionName session, ChangeListener listener) throws FsException;
}
