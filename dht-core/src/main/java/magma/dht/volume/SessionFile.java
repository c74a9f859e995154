package magma.dht.volume;

import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Limits;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file that a session has open: what it may do with the content, and which failures it has been told of. */
final class SessionFile implements OpenFile, SessionHandle {
    private static final Logger log = LoggerFactory.getLogger(SessionFile.class);
    private static final int COPY_BYTES = 1 << 20;

    private final Session session;
    private final FileContent content;
    private final Set<OpenOption> options;
    private final AtomicBoolean closed = new AtomicBoolean();
    private int failuresTold;

    SessionFile(Session session, FileContent content, Set<OpenOption> options) {
        this.session = session;
        this.content = content;
        this.options = options.isEmpty() ? EnumSet.noneOf(OpenOption.class) : EnumSet.copyOf(options);
        this.failuresTold = content.failures().count();
    }

    @Override
    public Key flare() {
        return content.key();
    }

    boolean isWritable() {
        return options.contains(OpenOption.WRITE) && !closed.get();
    }

    @Override
    public int read(ByteBuffer to, long offset) throws FsException {
        demandReadable();
        if (offset < 0) {
            throw new FsException(Errno.EINVAL, "a read at " + offset);
        }
        int length = content.read(to, offset);
        if (length > 0) {
            content.touchRead(session.volume().now());
        }
        return length;
    }

    @Override
    public int write(Caller caller, ByteBuffer from, long offset) throws FsException {
        demand(OpenOption.WRITE);
        tellFailure();
        int length = content.write(from, offset, !caller.isSuperuser());
        written();
        return length;
    }

    @Override
    public long append(Caller caller, ByteBuffer from) throws FsException {
        demand(OpenOption.WRITE);
        tellFailure();
        long offset = content.append(from, !caller.isSuperuser());
        written();
        return offset;
    }

    /** A write that must last is stored and synced; other sessions are told of every one. */
    private void written() throws FsException {
        if (options.contains(OpenOption.SYNC)) {
            sync(true);
        }
        session.tellWritten(content);
    }

    void truncate(Caller caller) throws FsException {
        session.looks(content);
        content.truncate(0, !caller.isSuperuser());
        session.tellFlare(flare(), true);
    }

    @Override
    public void flush() throws FsException {
        demandOpen();
        tellFailure();
        content.flush();
    }

    @Override
    public void sync(boolean attributes) throws FsException {
        demandOpen();
        tellFailure();
        content.sync();
    }

    @Override
    public void allocate(Caller caller, long offset, long length, boolean keepSize) throws FsException {
        demand(OpenOption.WRITE);
        long end = end(offset, length);
        if (end > Limits.FILE_BYTES) {
            throw new FsException(Errno.EFBIG, "a file of " + end + " bytes");
        }
        if (session.volume().slices().space().available() < length) {
            throw new FsException(Errno.ENOSPC, "there is no room for " + length + " bytes");
        }
        if (!keepSize) {
            content.extendTo(end, !caller.isSuperuser());
        } else {
            content.touch(!caller.isSuperuser());
        }
        session.tellFlare(flare(), true);
    }

    @Override
    public void punch(Caller caller, long offset, long length) throws FsException {
        demand(OpenOption.WRITE);
        content.punch(offset, Math.min(end(offset, length), Limits.FILE_BYTES), !caller.isSuperuser());
        session.tellFlare(flare(), true);
    }

    private static long end(long offset, long length) throws FsException {
        if (offset < 0 || length <= 0) {
            throw new FsException(Errno.EINVAL, length + " bytes at " + offset);
        }
        long end = offset + length;
        if (end < 0) {
            throw new FsException(Errno.EFBIG, length + " bytes at " + offset);
        }
        return end;
    }

    @Override
    public long seekData(long offset) throws FsException {
        demandOpen();
        long found = seek(offset, true);
        if (found >= content.size()) {
            throw new FsException(Errno.ENXIO, "no data after " + offset);
        }
        return found;
    }

    @Override
    public long seekHole(long offset) throws FsException {
        demandOpen();
        return seek(offset, false);
    }

    private long seek(long offset, boolean data) throws FsException {
        if (offset < 0 || offset >= content.size()) {
            throw new FsException(Errno.ENXIO, offset + " is behind the end");
        }
        return content.seek(offset, data);
    }

    @Override
    public long copyRange(Caller caller, long offset, OpenFile to, long toOffset, long length) throws FsException {
        demandReadable();
        if (offset < 0 || toOffset < 0 || length < 0) {
            throw new FsException(Errno.EINVAL, length + " bytes from " + offset + " to " + toOffset);
        }
        if (flare().equals(to.flare()) && offset < toOffset + length && toOffset < offset + length) {
            throw new FsException(Errno.EINVAL, "the ranges overlap");
        }
        ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.max(1, Math.min(COPY_BYTES, length)));
        long present = Math.min(length, content.size() - offset);
        long copied = 0;
        while (copied < present) {
            buffer.clear().limit((int) Math.min(buffer.capacity(), present - copied));
            int read = read(buffer, offset + copied);
            if (read == 0) {
                break;
            }
            copied += to.write(caller, buffer.flip(), toOffset + copied);
        }
        return copied;
    }

    @Override
    public void close() throws FsException {
        end();
    }

    @Override
    public void end() throws FsException {
        if (closed.getAndSet(true)) {
            return;
        }
        session.forget(this);
        FsException first = null;
        try {
            tellFailure();
            content.flush();
        } catch (FsException e) {
            first = e;
        }
        try {
            session.volume().contents().release(content, session.id());
        } catch (FsException e) {
            first = first == null ? e : first;
        }
        if (first != null) {
            throw first;
        }
    }

    @Override
    public @Nullable HeldOpen detach() {
        if (closed.getAndSet(true)) {
            return null;
        }
        session.forget(this);
        try {
            content.flush();
        } catch (FsException e) {
            log.debug("What was written last to {} is not stored: its session is to write it again", flare(), e);
        }
        try {
            session.volume().contents().end(content);
        } catch (FsException e) {
            log.debug("The use of {} ends with its term", flare(), e);
        }
        return new HeldOpen(flare(), session.id(), content.term());
    }

    private void demandReadable() throws FsException {
        if (!options.contains(OpenOption.EXECUTE)) {
            demand(OpenOption.READ);
        } else {
            demandOpen();
        }
    }

    private void demand(OpenOption option) throws FsException {
        demandOpen();
        if (!options.contains(option)) {
            throw new FsException(Errno.EBADF, "the file is not open for " + option);
        }
    }

    /** Called first by all that read or change the content. */
    private void demandOpen() throws FsException {
        session.demandOpen();
        if (closed.get()) {
            throw new FsException(Errno.EBADF, "the file is closed");
        }
        session.looks(content);
    }

    /** What failed in the background is told once to each open file. */
    private synchronized void tellFailure() throws FsException {
        int failures = content.failures().count();
        FsException failure = content.failures().last();
        if (failure != null && failuresTold != failures) {
            failuresTold = failures;
            throw new FsException(failure.errno(), "an earlier write could not be stored", failure);
        }
    }
}
