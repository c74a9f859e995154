package magma.dht.volume;

import java.util.concurrent.atomic.AtomicBoolean;
import magma.dht.namespace.Namespace;
import magma.dht.record.Times;
import magma.fs.Attributes;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenDirectory;

/** A directory that a session lists. */
final class SessionDirectory implements OpenDirectory, SessionHandle {
    private final Session session;
    private final Namespace namespace;
    private final Key flare;
    private final AtomicBoolean closed = new AtomicBoolean();

    SessionDirectory(Session session, Key flare) {
        this.session = session;
        this.namespace = session.volume().namespace();
        this.flare = flare;
    }

    @Override
    public Key flare() {
        return flare;
    }

    @Override
    public Page list(long cookie, int most, boolean attributes) throws FsException {
        demandOpen();
        if (cookie <= RESERVED) {
            touch();
        }
        return session.list(flare, cookie, most, attributes);
    }

    /** Listing from the start moves atime where that is due (relatime). */
    private void touch() throws FsException {
        Attributes now = namespace.attributes(flare);
        Times times = new Times(now.accessed(), now.modified(), now.changed(), now.created());
        if (times.isAccessDue(session.volume().now())) {
            namespace.touchAccess(flare);
        }
    }

    @Override
    public void sync() throws FsException {
        demandOpen();
        session.volume().slices().sync(session.volume().slices().map().slices());
    }

    @Override
    public void close() {
        end();
    }

    @Override
    public void end() {
        if (!closed.getAndSet(true)) {
            session.forget(this);
            try {
                namespace.release(flare, session.volume().holder());
            } catch (FsException e) {
                throw new IllegalStateException("cannot let go of directory " + flare, e);
            }
        }
    }

    private void demandOpen() throws FsException {
        if (closed.get()) {
            throw new FsException(Errno.EBADF, "the directory is closed");
        }
    }
}
