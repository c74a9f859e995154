package magma.dht.transport.netty;

import java.io.IOException;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Volume;

/**
 * The volume that a vulcano serves, seen from another process. Each session is a connection of its own, and ends with it.
 *
 * <p><b>When contact is lost,</b> waiting calls that only look are asked again once there is contact; a call that would change something and whose reply
 * did not come fails with EIO: it may have been done or not. New calls wait for a while, then fail with ENOTCONN. The listener hears
 * {@link ChangeListener.Change.OfEverything}. On the next contact, which is tried for until the session is closed, what was open is opened again
 * where the flare is still there, ESTALE where it is not. Content that had been written and neither flushed nor synced may be lost with
 * the vulcano; the next write, flush, sync or close of that open file says so with EIO, once. Locks are gone: another may have taken them meanwhile.
 *
 * <p>One write of up to 1 MiB is atomic; a longer one is several. A long {@link magma.fs.OpenFile#copyRange} is too.
 */
public final class RemoteVolume implements Volume, AutoCloseable {
    private final RemoteSettings settings;
    private final EventLoops loops = new EventLoops("magma-remote", 1);

    public RemoteVolume(RemoteSettings settings) {
        this.settings = settings;
    }

    /**
     * Connects.
     *
     * @throws FsException ENOTCONN when no vulcano can be reached, EPROTO when it refuses; the cause says more
     */
    @Override
    public FileSystem openSession(String client, ChangeListener listener) throws FsException {
        RemoteLink link = new RemoteLink(settings, loops, client, listener);
        try {
            link.connect();
        } catch (RefusedException e) {
            throw new FsException(Errno.EPROTO, String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new FsException(Errno.ENOTCONN, String.valueOf(e.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while connecting", e);
        }
        return new RemoteFileSystem(link);
    }

    /** Ends what sessions there still are. */
    @Override
    public void close() {
        loops.close();
    }
}
