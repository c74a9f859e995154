package magma.dht.transport.netty;

import java.util.Set;
import magma.dht.front.HomeSession;
import magma.dht.front.Operation;
import magma.dht.wire.FileRequest;
import magma.dht.wire.Reply;
import magma.dht.wire.Signal;
import magma.dht.wire.TreeRequest;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import magma.fs.OpenOption;

/** A session's part at a vulcano in another process, for as long as one connection lasts. */
record RemoteHome(RemoteLink link, RemoteFileSystem fileSystem) implements HomeSession {
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

    /** Where the vulcano is too old to tell they are taken for held, as they were before it could. */
    @Override
    public boolean holds(Key file, Lock lock) throws FsException {
        return link.firstConnection().welcome().features() < Signal.HELD_LOCKS
                || link.call(new TreeRequest.HoldsLock(file, lock), Reply.Amount.class)
                                .value()
                        != 0;
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
