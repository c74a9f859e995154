package magma.dht.transport.netty;

import java.util.concurrent.atomic.AtomicBoolean;
import magma.dht.wire.FileRequest;
import magma.dht.wire.Reply;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenDirectory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A directory that is open at the vulcano. */
final class RemoteOpenDirectory implements OpenDirectory, RemoteLink.Reopened {
    private static final Logger log = LoggerFactory.getLogger(RemoteOpenDirectory.class);

    private final RemoteLink link;
    private final Key flare;
    private final AtomicBoolean closed = new AtomicBoolean();
    private RemoteHandle handle;

    RemoteOpenDirectory(RemoteLink link, Key flare, RemoteHandle handle) {
        this.link = link;
        this.flare = flare;
        this.handle = handle;
        link.add(this);
    }

    @Override
    public Key flare() {
        return flare;
    }

    private synchronized long handleOn(ClientConnection connection) throws ContactLostException, FsException {
        if (handle.on() != connection) {
            handle = RemoteHandle.reopen(connection, new FileRequest.ReopenDirectory(flare));
        }
        return handle.number();
    }

    @Override
    public void contactLost() {}

    @Override
    public void contactAgain(ClientConnection connection, boolean rebooted) {
        try {
            long unused = handleOn(connection);
        } catch (FsException | ContactLostException e) {
            log.debug("{} cannot be opened again", flare, e);
        }
    }

    @Override
    public Page list(long cookie, int most, boolean attributes) throws FsException {
        checkOpen();
        try (Answer answer =
                link.call(connection -> new FileRequest.ListEntries(handleOn(connection), cookie, most, attributes))) {
            return answer.as(Reply.Page.class).page();
        }
    }

    @Override
    public void sync() throws FsException {
        checkOpen();
        try (Answer answer = link.call(connection -> new FileRequest.SyncDirectory(handleOn(connection)))) {
            Reply.Done unused = answer.as(Reply.Done.class);
        }
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        link.remove(this);
        RemoteHandle last;
        synchronized (this) {
            last = handle;
        }
        try (Answer answer = last.on().call(new FileRequest.Close(last.number()))) {
            Reply.Done unused = answer.as(Reply.Done.class);
        } catch (FsException | ContactLostException e) {
            log.debug("{} was closed without the vulcano", flare, e);
        }
    }

    private void checkOpen() throws FsException {
        if (closed.get()) {
            throw new FsException(Errno.EBADF, "the open directory is closed");
        }
    }
}
