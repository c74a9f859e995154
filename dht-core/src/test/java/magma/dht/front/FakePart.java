package magma.dht.front;

import java.util.Set;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import magma.fs.OpenOption;

/** What a session has at a home: over when the test, or whoever uses it, says so. */
class FakePart implements HomeSession {
    volatile boolean over;

    @Override
    public FileSystem plain() {
        throw new UnsupportedOperationException();
    }

    @Override
    public final FileSystem numbered(Operation operation) {
        return plain();
    }

    @Override
    public OpenFile reopen(Key file, Set<OpenOption> options) {
        throw new UnsupportedOperationException();
    }

    @Override
    public final OpenDirectory reopenDirectory(Key directory) {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean holds(Key file, Lock lock) throws FsException {
        throw new UnsupportedOperationException();
    }

    @Override
    public final boolean isOver() {
        return over;
    }

    @Override
    public final void abort() {
        over = true;
    }

    @Override
    public final void close() {
        over = true;
    }
}
