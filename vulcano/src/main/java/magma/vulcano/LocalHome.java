package magma.vulcano;

import java.util.Set;
import magma.dht.front.HomeSession;
import magma.dht.front.Operation;
import magma.fs.Caller;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import magma.fs.OpenOption;

/** A session at this very vulcano. */
record LocalHome(FileSystem fileSystem) implements HomeSession {
    @Override
    public FileSystem plain() {
        return fileSystem;
    }

    @Override
    public FileSystem numbered(Operation operation) {
        return fileSystem;
    }

    @Override
    public OpenFile reopen(Key file, Set<OpenOption> options) throws FsException {
        return fileSystem.open(Caller.ROOT, file, options);
    }

    @Override
    public OpenDirectory reopenDirectory(Key directory) throws FsException {
        return fileSystem.openDirectory(Caller.ROOT, directory);
    }

    @Override
    public boolean isOver() {
        return false;
    }

    @Override
    public void abort() {}

    @Override
    public void close() {
        fileSystem.close();
    }
}
