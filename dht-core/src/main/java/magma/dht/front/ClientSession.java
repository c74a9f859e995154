package magma.dht.front;

import java.util.UUID;
import java.util.concurrent.ExecutorService;
import magma.dht.replication.VulcanoId;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.FsException;

/**
 * A session in the process of its client, which goes on with another vulcano when the one that it reached is lost. It is what a session at a vulcano is, but for the
 * homes: here there is one only, whichever vulcano answers. It keeps what was not flushed, opens again what was open, and numbers its operations.
 */
public final class ClientSession {
    private static final VulcanoId ANY = new VulcanoId(new UUID(0, 0));

    private final FrontSession session;
    private final ExecutorService background;

    private ClientSession(FrontSession session, ExecutorService background) {
        this.session = session;
        this.background = background;
    }

    /**
     * Blocks until there is contact.
     *
     * @param any reaches any vulcano of the network; {@link #lost} is to be called whenever contact is lost
     * @param background any number of threads
     */
    public static ClientSession open(
            Homes any, Homes.SessionName name, ChangeListener listener, ExecutorService background) throws FsException {
        SessionHomes homes = new SessionHomes(any, name, listener, background);
        FileSystem first = homes.at(ANY).plain();
        FrontSession session = new FrontSession(
                first.root(),
                new FrontCalls(key -> ANY, homes, OperationSlots.ofClient()),
                background,
                FrontSession.Place.CLIENT,
                closed -> {});
        return new ClientSession(session, background);
    }

    public FileSystem fileSystem() {
        return session;
    }

    /** Contact is lost: looks for the next vulcano, and opens there what was open, in the background. */
    public void lost() {
        background.execute(session::reach);
    }
}
