package magma.testkit.disk;

import java.nio.ByteBuffer;
import magma.fs.Caller;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenFile;

/** An open file of a {@link ForgetfulVolume}. */
final class ForgetfulFile implements OpenFile {
    private static final int COPY_BYTES = 1 << 20;

    private final ForgetfulVolume volume;
    private final OpenFile inner;

    ForgetfulFile(ForgetfulVolume volume, OpenFile inner) {
        this.volume = volume;
        this.inner = inner;
    }

    OpenFile inner() {
        return inner;
    }

    @Override
    public Key flare() {
        return inner.flare();
    }

    @Override
    public int read(ByteBuffer to, long offset) throws FsException {
        return volume.read(() -> inner.read(to, offset));
    }

    @Override
    public int write(Caller caller, ByteBuffer from, long offset) throws FsException {
        ByteBuffer bytes = from.duplicate();
        return volume.change(() -> {
            int count = inner.write(caller, from, offset);
            note(bytes, offset, count);
            return count;
        });
    }

    @Override
    public long append(Caller caller, ByteBuffer from) throws FsException {
        ByteBuffer bytes = from.duplicate();
        return volume.change(() -> {
            long offset = inner.append(caller, from);
            note(bytes, offset, bytes.remaining() - from.remaining());
            return offset;
        });
    }

    private void note(ByteBuffer bytes, long offset, int count) {
        if (count > 0) {
            byte[] copy = new byte[count];
            bytes.get(copy);
            volume.journal().changed(flare(), new FileChange.Write(offset, copy));
        }
    }

    @Override
    public void flush() throws FsException {
        volume.read(() -> {
            inner.flush();
            return true;
        });
    }

    @Override
    public void sync(boolean attributes) throws FsException {
        volume.sync(() -> volume.journal().syncFile(flare()));
    }

    @Override
    public void allocate(Caller caller, long offset, long length, boolean keepSize) throws FsException {
        volume.change(() -> {
            inner.allocate(caller, offset, length, keepSize);
            if (!keepSize) {
                volume.journal().changed(flare(), new FileChange.Grow(offset + length));
            }
            return true;
        });
    }

    @Override
    public void punch(Caller caller, long offset, long length) throws FsException {
        volume.change(() -> {
            inner.punch(caller, offset, length);
            volume.journal().changed(flare(), new FileChange.Punch(offset, length));
            return true;
        });
    }

    @Override
    public long seekData(long offset) throws FsException {
        return volume.read(() -> inner.seekData(offset));
    }

    @Override
    public long seekHole(long offset) throws FsException {
        return volume.read(() -> inner.seekHole(offset));
    }

    /** Reads and writes: a copy of at most a MiB, with no holes. */
    @Override
    public long copyRange(Caller caller, long offset, OpenFile to, long toOffset, long length) throws FsException {
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(COPY_BYTES, length));
        return read(buffer, offset) == 0 ? 0 : to.write(caller, buffer.flip(), toOffset);
    }

    /** Works without power too. */
    @Override
    public void close() throws FsException {
        inner.close();
    }
}
