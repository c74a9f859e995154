package magma.dht.volume;

import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import magma.dht.front.Homes.SessionName;
import magma.dht.transport.NoContactException;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FsException;

/**
 * A session at this vulcano, from when contact with it begins until that is lost: what it has open, and what it waits for. What it has locked, and what it holds open,
 * goes on to its next life here, as {@link Sessions} draws.
 */
final class SessionLife {
    private enum State {
        OPEN,
        /** Others of the session may follow. */
        WITHOUT_CONTACT,
        CLOSED
    }

    private final Sessions sessions;
    private final SessionName name;
    private final boolean isBound;
    private final ChangeListener listener;
    private final OpenHandles handles;
    private final SessionLocks locks;
    private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);

    /** @param isBound whether the session ends with contact, and with this process */
    SessionLife(Sessions sessions, FileLocks locks, SessionName name, boolean isBound, ChangeListener listener) {
        this.sessions = sessions;
        this.name = name;
        this.isBound = isBound;
        this.listener = listener;
        this.handles = new OpenHandles(name.client());
        this.locks = new SessionLocks(locks, name.id(), this::isOver);
    }

    SessionName name() {
        return name;
    }

    UUID id() {
        return name.id();
    }

    ChangeListener listener() {
        return listener;
    }

    OpenHandles handles() {
        return handles;
    }

    SessionLocks locks() {
        return locks;
    }

    boolean isOver() {
        return state.get() != State.OPEN;
    }

    /** @throws FsException ENOTCONN when it is over */
    void demandOpen() throws FsException {
        State now = state.get();
        if (now != State.OPEN) {
            throw now == State.CLOSED ? closed() : withoutContact();
        }
    }

    /** Contact is lost. The session may come back; what it has open is stored meanwhile, and held open for a while. */
    void lost() {
        if (isBound) {
            end();
        } else if (state.compareAndSet(State.OPEN, State.WITHOUT_CONTACT)) {
            leave();
            sessions.lost(this);
        }
    }

    /** A next life has begun. */
    void replaced() {
        if (state.compareAndSet(State.OPEN, State.WITHOUT_CONTACT)) {
            leave();
        }
    }

    private void leave() {
        locks.abandon(withoutContact());
        sessions.detach(this);
    }

    /** The session ends, unless it goes on in a next life. */
    void end() {
        if (state.getAndSet(State.CLOSED) != State.CLOSED && sessions.end(this)) {
            letGo();
        }
    }

    /** The session has been without contact for too long. */
    void expired() {
        state.set(State.CLOSED);
        letGo();
    }

    private void letGo() {
        locks.abandon(closed());
        handles.endAll();
        sessions.letGoAll(id());
        locks.end(sessions::isKnown);
    }

    private static FsException closed() {
        return new FsException(Errno.ENOTCONN, "the session is closed");
    }

    private static FsException withoutContact() {
        String message = "contact with the session was lost";
        return new FsException(Errno.ENOTCONN, message, new NoContactException(true, message));
    }
}
