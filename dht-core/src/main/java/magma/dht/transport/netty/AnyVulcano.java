package magma.dht.transport.netty;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import magma.dht.front.HomeSession;
import magma.dht.front.Homes;
import magma.dht.replication.VulcanoId;
import magma.dht.wire.Signal;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reaches one vulcano of a network for a session, whichever answers first of those that are known; each time in a higher generation of it. */
final class AnyVulcano implements Homes {
    private static final Logger log = LoggerFactory.getLogger(AnyVulcano.class);

    /** One of several that does not answer for so long is passed over. */
    private static final Duration CONNECT = Duration.ofSeconds(2);

    /** After three times so long without a word the next one is tried. */
    private static final Duration QUIET = Duration.ofMillis(1_200);

    private final List<RemoteSettings> known;
    private final EventLoops loops;
    private final Runnable lost;
    private int next;
    private long generation;
    private final Dialling dialling = new Dialling();
    private UUID network;

    /** Whether it has been said that vulcanos refuse. */
    private boolean refused;

    private @Nullable HomeSession first;

    /** @param lost told whenever contact is lost; must return at once */
    AnyVulcano(List<RemoteSettings> known, EventLoops loops, Runnable lost) {
        this.known = List.copyOf(known);
        this.loops = loops;
        this.lost = lost;
        this.network = known.get(0).network();
    }

    /**
     * The first contact.
     *
     * @return false when sessions do not go on elsewhere there: then it is to be reached in another way, at {@link #reached}
     * @throws RefusedException when the last of those that were tried says no
     * @throws IOException when none can be reached
     */
    synchronized boolean begin(SessionName session, ChangeListener listener) throws IOException, InterruptedException {
        RemoteLink link = link(session, listener);
        if (features(link) < Signal.CONTINUING) {
            ClientConnection last = link.close();
            if (last != null) {
                last.close();
            }
            return false;
        }
        first = home(link);
        return true;
    }

    /** Where the last contact was made. */
    synchronized RemoteSettings reached() {
        return known.get(next);
    }

    @Override
    public synchronized HomeSession open(VulcanoId any, SessionName session, ChangeListener listener)
            throws FsException {
        HomeSession begun = first;
        first = null;
        if (begun != null) {
            return begun;
        }
        // One that hangs takes connections still: it is tried last.
        next = (next + 1) % known.size();
        try {
            RemoteLink link = link(session, listener);
            if (features(link) < Signal.CONTINUING) {
                link.abort();
                throw new IOException("the vulcano at " + known.get(next).vulcano() + " does not go on with sessions");
            }
            log.info("Goes on with the vulcano at {}", known.get(next).vulcano());
            return home(link);
        } catch (IOException e) {
            String detail = String.valueOf(e.getMessage());
            if (e instanceof RefusedException && !refused) {
                refused = true;
                log.warn("{}; trying again now and then", detail);
            }
            throw new FsException(Errno.ENOTCONN, detail, new ContactLostException(false, detail));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FsException(Errno.EINTR, "interrupted while connecting", e);
        }
    }

    private static HomeSession home(RemoteLink link) throws FsException {
        return new RemoteHome(link, new RemoteFileSystem(link));
    }

    private static int features(RemoteLink link) throws FsException {
        return link.firstConnection().welcome().features();
    }

    private RemoteLink link(SessionName session, ChangeListener listener) throws IOException, InterruptedException {
        IOException problem = new IOException("no vulcano is known");
        for (int tried = 0; tried < known.size(); tried++) {
            RemoteSettings settings = settings(known.get(next));
            try {
                RemoteLink link = dialling.to(settings.vulcano(), () -> connected(settings, session, listener));
                network = link.firstConnection().welcome().network();
                refused = false;
                return link;
            } catch (IOException e) {
                log.debug("{} does not take the session", settings.vulcano(), e);
                problem = e;
            }
            next = (next + 1) % known.size();
        }
        throw problem;
    }

    private synchronized RemoteLink connected(RemoteSettings settings, SessionName session, ChangeListener listener)
            throws IOException, InterruptedException {
        Signal.Hello hello = new Signal.Hello(
                Signal.HELD_LOCKS, network, Signal.Purpose.SESSION, session.client(), session.id(), ++generation);
        RemoteLink link = new RemoteLink(settings, loops, hello, listener, this::lost);
        link.connect();
        return link;
    }

    private void lost() {
        log.warn("Contact with the vulcano was lost; looking for another");
        lost.run();
    }

    private RemoteSettings settings(RemoteSettings of) {
        return known.size() == 1
                ? of
                : new RemoteSettings(of.vulcano(), of.network(), CONNECT, of.patience(), QUIET, of.security());
    }
}
