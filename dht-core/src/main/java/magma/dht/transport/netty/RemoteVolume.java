package magma.dht.transport.netty;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import magma.dht.front.ClientSession;
import magma.dht.front.Homes;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Volume;

/**
 * The volume that vulcanos serve, seen from another process. Each session has a connection of its own.
 *
 * <p><b>When contact with a vulcano of a network is lost,</b> a session goes on with another one, or with the same when it is back: calls under way are made again there, those
 * that change something under the number that they had, so that they are done once; what is open is opened again where the flare is still there, and ESTALE where it is
 * not; what was written and not flushed is written again; locks stay. Calls fail with EIO when no vulcano answers for a minute. Only an append whose reply did not come
 * fails with EIO: it may have been done or not. Without contact for 30 s the session's locks go, and so do files without a name that it had open.
 *
 * <p><b>A vulcano alone</b> ends the session with the connection. Then waiting calls that only look are asked again once there is contact; a call that would change something and
 * whose reply did not come fails with EIO: it may have been done or not. New calls wait for a while, then fail with ENOTCONN. On the next contact, which is tried for until the
 * session is closed, what was open is opened again where the flare is still there, ESTALE where it is not. Content that had been written and neither flushed nor synced
 * may be lost with the vulcano; the next write, flush, sync or close of that open file says so with EIO, once. Locks are gone: another may have taken them meanwhile.
 *
 * <p>In both cases the listener hears {@link ChangeListener.Change.OfEverything}. One write of up to 1 MiB is atomic; a longer one is several. A long {@link
 * magma.fs.OpenFile#copyRange} is too.
 */
public final class RemoteVolume implements Volume, AutoCloseable {
    private final List<RemoteSettings> known;
    private final EventLoops loops = new EventLoops("magma-remote", 1);
    private final ExecutorService background =
            Executors.newCachedThreadPool(new DefaultThreadFactory("magma-remote-background", true));

    public RemoteVolume(RemoteSettings settings) {
        this(List.of(settings));
    }

    /** @param known how vulcanos of one network can be reached, the one that is tried first at the head; at least one */
    public RemoteVolume(List<RemoteSettings> known) {
        this.known = List.copyOf(known);
    }

    /**
     * Connects.
     *
     * @throws FsException ENOTCONN when no vulcano can be reached, EPROTO when it refuses; the cause says more
     */
    @Override
    public FileSystem openSession(String client, ChangeListener listener) throws FsException {
        AtomicReference<ClientSession> opened = new AtomicReference<>();
        AnyVulcano any = new AnyVulcano(known, loops, () -> {
            ClientSession session = opened.get();
            if (session != null) {
                session.lost();
            }
        });
        try {
            Homes.SessionName name = new Homes.SessionName(UUID.randomUUID(), 1, client);
            if (any.begin(name, listener)) {
                ClientSession session = ClientSession.open(any, name, listener, background);
                opened.set(session);
                return session.fileSystem();
            }
            RemoteLink link = new RemoteLink(any.reached(), loops, client, listener);
            link.connect();
            return new RemoteFileSystem(link);
        } catch (FsException e) {
            throw e;
        } catch (RefusedException e) {
            throw new FsException(Errno.EPROTO, String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new FsException(Errno.ENOTCONN, String.valueOf(e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while connecting", e);
        }
    }

    /** Ends what sessions there still are. */
    @Override
    public void close() {
        loops.close();
        background.shutdown();
    }
}
