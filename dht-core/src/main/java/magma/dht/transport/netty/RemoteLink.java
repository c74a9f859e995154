package magma.dht.transport.netty;

import java.io.IOException;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import magma.dht.wire.Reply;
import magma.dht.wire.Request;
import magma.dht.wire.Signal;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one session's contact with its vulcano: one connection at a time, the next one tried for as soon as one is lost. Connecting again, and telling
 * the listener of changes, is the work of one thread of the link.
 */
final class RemoteLink implements ClientConnection.Listener {
    private static final Logger log = LoggerFactory.getLogger(RemoteLink.class);
    private static final long LOOK_MILLIS = 25;

    /** Makes a request for one connection: handles are good for that one only. */
    interface Maker {
        Request make(ClientConnection connection) throws ContactLostException, FsException;
    }

    private final RemoteSettings settings;
    private final EventLoops loops;
    private final Signal.Hello hello;
    private final ChangeQueue changes;
    private final Set<Reopened> open = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private @Nullable ClientConnection current;
    private UUID network = Signal.Hello.ANY_NETWORK;
    private boolean closed;

    /** Whether this link is good for one connection only. */
    private final boolean once;

    /** Told, on the event loop, when such a connection is over that nobody here has closed. */
    private final Runnable onLost;

    /** What is opened again on each new connection. */
    interface Reopened {
        /** All that was not safe with the vulcano may be lost. */
        void contactLost();

        /** @param rebooted whether the vulcano's machine was started anew meanwhile */
        void contactAgain(ClientConnection connection, boolean rebooted);
    }

    RemoteLink(RemoteSettings settings, EventLoops loops, String client, ChangeListener listener) {
        this.settings = settings;
        this.loops = loops;
        this.hello = new Signal.Hello(0, settings.network(), Signal.Purpose.SESSION, client);
        this.changes = new ChangeQueue(client, listener);
        this.once = false;
        this.onLost = () -> {};
    }

    /** For one connection, on behalf of a session that is kept here and has its parts at vulcanos. */
    RemoteLink(RemoteSettings settings, EventLoops loops, Signal.Hello hello, ChangeListener listener, Runnable lost) {
        this.settings = settings;
        this.loops = loops;
        this.hello = hello;
        this.changes = new ChangeQueue(hello.client(), listener);
        this.once = true;
        this.onLost = lost;
    }

    /** The first contact. */
    void connect() throws IOException, InterruptedException {
        ClientConnection first;
        try {
            first = ClientConnection.open(loops, settings, hello, this);
        } catch (IOException | InterruptedException e) {
            changes.close();
            throw e;
        }
        network = first.welcome().network();
        publish(first);
    }

    ClientConnection firstConnection() throws FsException {
        return connection(System.nanoTime());
    }

    void add(Reopened opened) {
        open.add(opened);
    }

    void remove(Reopened opened) {
        open.remove(opened);
    }

    /**
     * Sends a request and waits for the reply, over contact lost where that is safe. The answer must be closed.
     *
     * @throws FsException what the vulcano answered; EIO when contact was lost before the answer; ENOTCONN when there is none
     */
    Answer call(Maker maker) throws FsException {
        long deadline = System.nanoTime() + settings.patience().toNanos();
        while (true) {
            ClientConnection connection = connection(deadline);
            Request request = null;
            try {
                request = maker.make(connection);
                return answered(connection, connection.call(request));
            } catch (ContactLostException lost) {
                if (once || (lost.isSent() && request != null && !request.isRepeatable())) {
                    throw new FsException(
                            Errno.EIO, "contact with the vulcano was lost; whether it was done is not known", lost);
                }
            }
        }
    }

    /** {@link #call} of a request without handles. */
    <R extends Reply> R call(Request request, Class<R> kind) throws FsException {
        try (Answer answer = call(connection -> request)) {
            return answer.as(kind);
        }
    }

    /** A vulcano that says that it does not serve the session any more is as good as lost. */
    private Answer answered(ClientConnection connection, Answer answer) throws FsException {
        if (once && answer.reply() instanceof Reply.Failure failure && failure.errno() == Errno.ENOTCONN) {
            connection.abort();
            throw new FsException(Errno.ENOTCONN, failure.detail(), new ContactLostException(true, failure.detail()));
        }
        return checked(answer);
    }

    static Answer checked(Answer answer) throws FsException {
        if (answer.reply() instanceof Reply.Failure failure) {
            throw new FsException(failure.errno(), failure.detail());
        }
        return answer;
    }

    /** The connection that is there now, waiting for one until {@code deadline}. */
    private ClientConnection connection(long deadline) throws FsException {
        lock.lock();
        try {
            while (current == null || current.isOver()) {
                long left = deadline - System.nanoTime();
                if (once) {
                    throw new FsException(
                            Errno.ENOTCONN,
                            "contact with the vulcano was lost",
                            new ContactLostException(false, "the connection is over"));
                } else if (closed) {
                    throw new FsException(Errno.ENOTCONN, "the session is closed");
                } else if (left <= 0) {
                    throw new FsException(Errno.ENOTCONN, "no contact with the vulcano at " + settings.vulcano());
                }
                long unused = changed.awaitNanos(Math.min(left, TimeUnit.MILLISECONDS.toNanos(100)));
            }
            return current;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while there is no contact with the vulcano", e);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void changed(ClientConnection connection, Signal.Changed change) {
        changes.add(connection, change);
    }

    @Override
    public void lost(ClientConnection connection) {
        lock.lock();
        try {
            if (closed || connection != current) {
                return;
            }
            current = null;
        } finally {
            lock.unlock();
        }
        if (once) {
            changes.end();
            onLost.run();
            return;
        }
        log.warn("Contact with the vulcano at {} was lost; trying until it is back", settings.vulcano());
        open.forEach(Reopened::contactLost);
        changes.everything();
        Thread again = new Thread(() -> connectAgain(connection.welcome().boot()), "magma-reconnect");
        again.setDaemon(true);
        again.start();
    }

    private void connectAgain(UUID boot) {
        Dialling dialling = new Dialling();
        boolean refused = false;
        try {
            while (!isClosed()) {
                try {
                    ClientConnection next = dialling.to(
                            settings.vulcano(), () -> ClientConnection.open(loops, settings, sameNetwork(), this));
                    boolean rebooted = !next.welcome().boot().equals(boot);
                    open.forEach(opened -> opened.contactAgain(next, rebooted));
                    changes.everything();
                    publish(next);
                    log.info("Contact with the vulcano at {} is back", settings.vulcano());
                    return;
                } catch (RefusedException e) {
                    if (!refused) {
                        refused = true;
                        log.warn("{}; trying again now and then", e.getMessage());
                    }
                } catch (IOException e) {
                    log.debug("Still no contact", e);
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Signal.Hello sameNetwork() {
        return new Signal.Hello(hello.features(), network, hello.purpose(), hello.client());
    }

    private void publish(ClientConnection next) {
        boolean late;
        lock.lock();
        try {
            late = closed;
            current = next;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (late) {
            next.close();
        } else if (next.isOver()) {
            lost(next);
        }
    }

    private boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** Whether there is no contact, and for a link of one connection will be none. */
    boolean isOver() {
        lock.lock();
        try {
            return closed || current == null || current.isOver();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the connection at once. */
    void abort() {
        ClientConnection last;
        lock.lock();
        try {
            last = current;
        } finally {
            lock.unlock();
        }
        if (last != null) {
            last.abort();
        }
    }

    /** Idempotent. @return the connection that was current, for the last request; null for none */
    @Nullable
    ClientConnection close() {
        lock.lock();
        try {
            ClientConnection last = closed ? null : current;
            closed = true;
            current = null;
            changed.signalAll();
            return last;
        } finally {
            lock.unlock();
            changes.close();
        }
    }
}
