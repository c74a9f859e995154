package magma.dht.front;

import java.util.UUID;
import magma.dht.replication.VulcanoId;
import magma.fs.ChangeListener;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;

/** Port: how a session comes to be at other vulcanos, and at this one. */
public interface Homes {
    /**
     * A session as all vulcanos know it.
     *
     * @param generation grows each time the session goes on at another vulcano; a home serves the latest only
     * @param front by which vulcano the client reaches the network; null where that is not known
     */
    record SessionName(
            UUID id,
            long generation,
            String client,
            @Nullable VulcanoId front) {
        public SessionName(UUID id, long generation, String client) {
            this(id, generation, client, null);
        }

        public SessionName by(VulcanoId vulcano) {
            return new SessionName(id, generation, client, vulcano);
        }
    }

    /**
     * Blocks until the session is known there.
     *
     * @throws FsException ENOTCONN when the vulcano cannot be reached
     */
    HomeSession open(VulcanoId home, SessionName session, ChangeListener listener) throws FsException;
}
