package magma.dht.transport.netty;

import java.io.IOException;
import magma.dht.front.HomeSession;
import magma.dht.front.Homes;
import magma.dht.wire.Signal;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FsException;

/** Sessions of this vulcano's clients at other vulcanos: a connection for each. */
public final class Relays {
    private final EventLoops loops;
    private final Dialling dialling = new Dialling();

    /** @param loops which must outlive the connections */
    public Relays(EventLoops loops) {
        this.loops = loops;
    }

    /**
     * Connects. Blocks.
     *
     * @throws FsException ENOTCONN with a cause of {@link magma.dht.transport.NoContactException} when the vulcano cannot be reached or refuses
     */
    public HomeSession open(RemoteSettings settings, Homes.SessionName session, ChangeListener listener)
            throws FsException {
        Signal.Hello hello = new Signal.Hello(
                Signal.HELD_LOCKS,
                settings.network(),
                Signal.Purpose.RELAY,
                session.client(),
                session.id(),
                session.generation());
        RemoteLink link;
        try {
            link = dialling.to(settings.vulcano(), () -> {
                RemoteLink made = new RemoteLink(settings, loops, hello, listener, () -> {});
                made.connect();
                return made;
            });
        } catch (IOException e) {
            throw new FsException(
                    Errno.ENOTCONN,
                    String.valueOf(e.getMessage()),
                    new ContactLostException(false, String.valueOf(e.getMessage())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while connecting", e);
        }
        return new RemoteHome(link, new RemoteFileSystem(link));
    }
}
