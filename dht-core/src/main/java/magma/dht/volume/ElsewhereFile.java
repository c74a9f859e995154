package magma.dht.volume;

import java.nio.ByteBuffer;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenFile;

/** A file that was asked for together with its name, and has its home at another vulcano than the name: it is to be opened there. Nothing is open here. */
record ElsewhereFile(Key flare) implements OpenFile {
    private FsException elsewhere() {
        return new FsException(Errno.EREMOTE, "another vulcano answers for " + flare);
    }

    @Override
    public int read(ByteBuffer to, long offset) throws FsException {
        throw elsewhere();
    }

    @Override
    public int write(Caller caller, ByteBuffer from, long offset) throws FsException {
        throw elsewhere();
    }

    @Override
    public long append(Caller caller, ByteBuffer from) throws FsException {
        throw elsewhere();
    }

    @Override
    public void flush() throws FsException {
        throw elsewhere();
    }

    @Override
    public void sync(boolean attributes) throws FsException {
        throw elsewhere();
    }

    @Override
    public void allocate(Caller caller, long offset, long length, boolean keepSize) throws FsException {
        throw elsewhere();
    }

    @Override
    public void punch(Caller caller, long offset, long length) throws FsException {
        throw elsewhere();
    }

    @Override
    public long seekData(long offset) throws FsException {
        throw elsewhere();
    }

    @Override
    public long seekHole(long offset) throws FsException {
        throw elsewhere();
    }

    @Override
    public long copyRange(Caller caller, long offset, OpenFile to, long toOffset, long length) throws FsException {
        throw elsewhere();
    }

    @Override
    public void close() {}
}
