package magma.testkit.fs;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Limits;
import magma.fs.OpenFile;
import magma.fs.OpenOption;

/** An open file of a {@link MemoryVolume}. */
final class MemoryFile implements OpenFile {
    private static final int COPY_BYTES = 1 << 20;

    private final MemoryVolume volume;
    private final MemorySession session;
    private final Flare file;
    private final Set<OpenOption> options;
    private boolean closed;

    /** Under the volume's lock; the permissions are checked. */
    MemoryFile(MemorySession session, Flare file, Set<OpenOption> options) {
        this.volume = session.volume();
        this.session = session;
        this.file = file;
        this.options = EnumSet.noneOf(OpenOption.class);
        this.options.addAll(options);
        file.opens++;
    }

    @Override
    public Key flare() {
        return file.key;
    }

    /** Under the volume's lock. */
    boolean isOpenForWriting(Flare flare) {
        return !closed && flare == file && options.contains(OpenOption.WRITE);
    }

    @Override
    public int read(ByteBuffer to, long offset) throws FsException {
        checkNotNegative(offset);
        return volume.with(session, () -> {
            checkReadable();
            if (to.hasRemaining()) {
                file.accessed(volume.tree().now());
            }
            return file.pages().read(to, offset);
        });
    }

    @Override
    public int write(Caller caller, ByteBuffer from, long offset) throws FsException {
        checkNotNegative(offset);
        return volume.with(session, () -> {
            checkOpenFor(OpenOption.WRITE);
            return writeHere(caller, from, offset);
        });
    }

    @Override
    public long append(Caller caller, ByteBuffer from) throws FsException {
        return volume.with(session, () -> {
            checkOpenFor(OpenOption.WRITE);
            long offset = file.pages().size();
            writeHere(caller, from, offset);
            return offset;
        });
    }

    private int writeHere(Caller caller, ByteBuffer from, long offset) throws FsException {
        int length = from.remaining();
        if (length == 0) {
            return 0;
        }
        checkEnd(offset, length);
        Tree tree = volume.tree();
        int writable = file.pages().writable(offset, length, tree.free());
        if (writable <= 0) {
            throw new FsException(Errno.ENOSPC, "no room to write");
        }
        long before = file.pages().allocated();
        ByteBuffer part = from.slice(from.position(), writable);
        file.pages().write(part, offset);
        from.position(from.position() + writable);
        tree.grown(file.pages().allocated() - before);
        contentChanged(caller);
        return writable;
    }

    @Override
    public void flush() throws FsException {
        volume.with(session, () -> {
            checkOpen();
            return true;
        });
    }

    @Override
    public void sync(boolean attributes) throws FsException {
        flush();
    }

    @Override
    public void allocate(Caller caller, long offset, long length, boolean keepSize) throws FsException {
        checkRange(offset, length);
        volume.with(session, () -> {
            checkOpenFor(OpenOption.WRITE);
            checkEnd(offset, length);
            if (length > volume.tree().free()) {
                throw new FsException(Errno.ENOSPC, "no room for " + length + " bytes");
            }
            Instant now = volume.tree().now();
            long end = offset + length;
            if (!keepSize && end > file.pages().size()) {
                file.pages().resize(end);
                file.modified = now;
            }
            file.dropPrivileges(caller);
            file.attributesChanged(now);
            volume.tree().tellFlare(file, true);
            return true;
        });
    }

    @Override
    public void punch(Caller caller, long offset, long length) throws FsException {
        checkRange(offset, length);
        volume.with(session, () -> {
            checkOpenFor(OpenOption.WRITE);
            long before = file.pages().allocated();
            file.pages().punch(offset, Math.min(length, Limits.FILE_BYTES - Math.min(offset, Limits.FILE_BYTES)));
            volume.tree().grown(file.pages().allocated() - before);
            contentChanged(caller);
            return true;
        });
    }

    @Override
    public long seekData(long offset) throws FsException {
        return volume.with(session, () -> {
            checkSeek(offset);
            long data = file.pages().nextData(offset);
            if (data < 0) {
                throw new FsException(Errno.ENXIO, "no data after " + offset);
            }
            return data;
        });
    }

    @Override
    public long seekHole(long offset) throws FsException {
        return volume.with(session, () -> {
            checkSeek(offset);
            return file.pages().nextHole(offset);
        });
    }

    private void checkSeek(long offset) throws FsException {
        checkOpen();
        if (offset < 0 || offset >= file.pages().size()) {
            throw new FsException(Errno.ENXIO, "the offset " + offset + " is outside of the file");
        }
    }

    @Override
    public long copyRange(Caller caller, long offset, OpenFile to, long toOffset, long length) throws FsException {
        checkNotNegative(offset);
        checkNotNegative(toOffset);
        checkNotNegative(length);
        if (!(to instanceof MemoryFile target) || target.volume != volume) {
            throw new FsException(Errno.EXDEV, "the target is a file of another volume");
        }
        return volume.with(session, () -> {
            checkReadable();
            target.checkOpenFor(OpenOption.WRITE);
            long available = Math.max(0, Math.min(length, file.pages().size() - offset));
            if (target.file == file && offset < toOffset + length && toOffset < offset + length) {
                throw new FsException(Errno.EINVAL, "the ranges overlap");
            }
            target.checkEnd(toOffset, available);
            return copyTo(caller, offset, target, toOffset, available);
        });
    }

    /** Copies data as data, and leaves holes where the source has them. */
    private long copyTo(Caller caller, long offset, MemoryFile target, long toOffset, long length) throws FsException {
        Pages source = file.pages();
        long done = 0;
        while (done < length) {
            long data = source.nextData(offset + done);
            long hole = (data < 0 ? offset + length : Math.min(data, offset + length)) - offset - done;
            if (hole > 0) {
                target.makeHole(caller, toOffset + done, hole);
                done += hole;
                continue;
            }
            long run = Math.min(source.nextHole(data) - data, Math.min(COPY_BYTES, length - done));
            ByteBuffer buffer = ByteBuffer.allocate((int) run);
            source.read(buffer, data);
            int written = target.writeSome(caller, buffer.flip(), toOffset + done, done > 0);
            done += written;
            if (written < run) {
                break;
            }
        }
        if (length > 0) {
            file.accessed(volume.tree().now());
        }
        return done;
    }

    /** Writes; where there is no room, 0 if some was written before, else ENOSPC. */
    private int writeSome(Caller caller, ByteBuffer from, long offset, boolean someBefore) throws FsException {
        boolean room =
                file.pages().writable(offset, from.remaining(), volume.tree().free()) > 0;
        return room || !someBefore ? writeHere(caller, from, offset) : 0;
    }

    private void makeHole(Caller caller, long offset, long length) {
        long before = file.pages().allocated();
        file.pages().punch(offset, length);
        file.pages().resize(Math.max(file.pages().size(), offset + length));
        volume.tree().grown(file.pages().allocated() - before);
        contentChanged(caller);
    }

    private void contentChanged(Caller caller) {
        file.dropPrivileges(caller);
        file.contentChanged(volume.tree().now());
        volume.tree().tellFlare(file, true);
    }

    @Override
    public void close() throws FsException {
        volume.alone(() -> {
            if (!closed) {
                closed = true;
                session.closed(this);
                session.letGo(file);
            }
        });
    }

    private void checkOpen() throws FsException {
        if (closed) {
            throw new FsException(Errno.EBADF, "the open file is closed");
        }
    }

    private void checkReadable() throws FsException {
        if (options.contains(OpenOption.EXECUTE)) {
            checkOpen();
        } else {
            checkOpenFor(OpenOption.READ);
        }
    }

    private void checkOpenFor(OpenOption option) throws FsException {
        checkOpen();
        if (!options.contains(option)) {
            throw new FsException(Errno.EBADF, "the file is not open for " + option);
        }
    }

    private static void checkNotNegative(long number) throws FsException {
        if (number < 0) {
            throw new FsException(Errno.EINVAL, "a negative offset or length: " + number);
        }
    }

    private static void checkRange(long offset, long length) throws FsException {
        if (offset < 0 || length < 1) {
            throw new FsException(Errno.EINVAL, "no range: " + length + " bytes at " + offset);
        }
    }

    private void checkEnd(long offset, long length) throws FsException {
        if (offset > Limits.FILE_BYTES - length) {
            throw new FsException(Errno.EFBIG, length + " bytes at " + offset + " of " + file.key);
        }
    }
}
