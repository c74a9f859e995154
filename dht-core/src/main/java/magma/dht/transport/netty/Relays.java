package magma.dht.transport.netty;

import java.io.IOException;
import java.util.Set;
import magma.dht.front.HomeSession;
import magma.dht.front.Homes;
import magma.dht.front.Operation;
import magma.dht.wire.FileRequest;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import magma.fs.OpenOption;

/** Sessions of this vulcano's clients at other vulcanos: a connection for each. */
public final class Relays {
    private final EventLoops loops;

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
        RemoteLink link = new RemoteLink(settings, loops, session, listener);
        try {
            link.connect();
        } catch (IOException e) {
            throw new FsException(
                    Errno.ENOTCONN,
                    String.valueOf(e.getMessage()),
                    new ContactLostException(false, String.valueOf(e.getMessage())));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while connecting", e);
        }
        return new Relay(link, new RemoteFileSystem(link));
    }

    private record Relay(RemoteLink link, RemoteFileSystem fileSystem) implements HomeSession {
        @Override
        public FileSystem plain() {
            return fileSystem;
        }

        @Override
        public FileSystem numbered(Operation operation) {
            return fileSystem.numbered(operation);
        }

        @Override
        public OpenFile reopen(Key file, Set<OpenOption> options) throws FsException {
            return new RemoteOpenFile(
                    link, file, options, RemoteHandle.open(link, new FileRequest.ReopenFile(file, options)));
        }

        @Override
        public OpenDirectory reopenDirectory(Key directory) throws FsException {
            return new RemoteOpenDirectory(
                    link, directory, RemoteHandle.open(link, new FileRequest.ReopenDirectory(directory)));
        }

        @Override
        public boolean isOver() {
            return link.isOver();
        }

        @Override
        public void abort() {
            link.abort();
        }

        @Override
        public void close() {
            fileSystem.close();
        }
    }
}
