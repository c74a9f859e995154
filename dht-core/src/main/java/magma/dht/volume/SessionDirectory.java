package magma.dht.volume;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import magma.dht.key.KeyScheme;
import magma.dht.namespace.Namespace;
import magma.dht.record.Times;
import magma.dht.slice.Slice;
import magma.dht.slice.SliceMap;
import magma.fs.Attributes;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenDirectory;
import org.jspecify.annotations.Nullable;

/** A directory that a session lists. */
final class SessionDirectory implements OpenDirectory, SessionHandle {
    private final Session session;
    private final Namespace namespace;
    private final HeldOpen held;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** @param held the directory, which is held open */
    SessionDirectory(Session session, HeldOpen held) {
        this.session = session;
        this.namespace = session.volume().namespace();
        this.held = held;
    }

    @Override
    public Key flare() {
        return held.flare();
    }

    @Override
    public Page list(long cookie, int most, boolean attributes) throws FsException {
        demandOpen();
        if (cookie <= RESERVED) {
            touch();
        }
        return session.list(flare(), cookie, most, attributes);
    }

    /** Listing from the start moves atime where that is due (relatime). */
    private void touch() throws FsException {
        Attributes now = namespace.attributes(flare());
        Times times = new Times(now.accessed(), now.modified(), now.changed(), now.created());
        if (times.isAccessDue(session.volume().now())) {
            namespace.touchAccess(flare());
        }
    }

    @Override
    public void sync() throws FsException {
        demandOpen();
        SliceMap map = session.volume().slices().map();
        Set<Slice> slices = new HashSet<>(map.within(KeyScheme.windowFirst(flare()), KeyScheme.windowLast(flare())));
        slices.add(map.of(flare()));
        session.volume().slices().sync(slices);
    }

    @Override
    public void close() {
        end();
    }

    @Override
    public void end() {
        HeldOpen last = detach();
        if (last != null) {
            try {
                session.volume().contents().letGo(last.flare(), last.session(), last.term());
            } catch (FsException e) {
                throw new IllegalStateException("cannot let go of directory " + last.flare(), e);
            }
        }
    }

    @Override
    public @Nullable HeldOpen detach() {
        if (closed.getAndSet(true)) {
            return null;
        }
        session.forget(this);
        return held;
    }

    private void demandOpen() throws FsException {
        session.demandOpen();
        if (closed.get()) {
            throw new FsException(Errno.EBADF, "the directory is closed");
        }
        held.term().demand();
    }
}
