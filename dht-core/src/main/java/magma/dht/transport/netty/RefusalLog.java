package magma.dht.transport.netty;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says who was sent away and why: once in a minute for each machine and kind of reason, so that one that tries again and again fills no log. What was left out is counted
 * and said with the next one. Remembers at most {@value #MOST}. On any thread.
 */
final class RefusalLog {
    private static final Logger log = LoggerFactory.getLogger(RefusalLog.class);
    private static final long WINDOW_NANOS = 60_000_000_000L;
    private static final int MOST = 1024;

    private record Peer(String machine, String kind) {}

    private record Window(long since, int leftOut) {}

    private final LongSupplier nanos;
    private final Map<Peer, Window> windows = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Peer, Window> eldest) {
            return size() > MOST;
        }
    };

    /** @param nanos as System.nanoTime */
    RefusalLog(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /**
     * @param kind of reason
     * @param detail a clause, for people
     */
    void refused(@Nullable SocketAddress from, String kind, String detail) {
        Integer leftOut = leftOut(new Peer(machine(from), kind));
        if (leftOut != null) {
            String more = leftOut == 0 ? "" : " (" + leftOut + " more from there since then)";
            log.info("Refused {}: {}{}", from, detail, more);
        }
    }

    /** How many were not logged before this one that is; null where this one is not either. */
    private synchronized @Nullable Integer leftOut(Peer peer) {
        long now = nanos.getAsLong();
        Window window = windows.get(peer);
        if (window != null && now - window.since() < WINDOW_NANOS) {
            windows.put(peer, new Window(window.since(), window.leftOut() + 1));
            return null;
        }
        windows.remove(peer);
        windows.put(peer, new Window(now, 0));
        return window == null ? 0 : window.leftOut();
    }

    private static String machine(@Nullable SocketAddress from) {
        return from instanceof InetSocketAddress address && address.getAddress() != null
                ? address.getAddress().getHostAddress()
                : String.valueOf(from);
    }
}
