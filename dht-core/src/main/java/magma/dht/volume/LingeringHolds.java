package magma.dht.volume;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import magma.dht.volume.SessionHandle.HeldOpen;
import magma.fs.FsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What sessions held open when contact was lost: it is held for them until they have had time to open it again. */
final class LingeringHolds {
    private static final Logger log = LoggerFactory.getLogger(LingeringHolds.class);

    private final Contents contents;
    private final Map<UUID, List<List<HeldOpen>>> bySession = new HashMap<>();

    LingeringHolds(Contents contents) {
        this.contents = contents;
    }

    /** Takes over what a session held. */
    synchronized void keep(UUID session, List<HeldOpen> held) {
        bySession.computeIfAbsent(session, id -> new ArrayList<>()).add(held);
    }

    /** Lets that go, where it was not let go before. */
    void letGo(UUID session, List<HeldOpen> held) {
        if (take(session, held)) {
            held.forEach(this::letGo);
        }
    }

    private synchronized boolean take(UUID session, List<HeldOpen> held) {
        List<List<HeldOpen>> all = bySession.get(session);
        if (all == null) {
            return false;
        }
        boolean found = all.removeIf(one -> one == held);
        if (all.isEmpty()) {
            bySession.remove(session);
        }
        return found;
    }

    /** Lets go all that is held for a session. */
    void letGoAll(UUID session) {
        List<List<HeldOpen>> all;
        synchronized (this) {
            all = bySession.remove(session);
        }
        if (all != null) {
            all.forEach(held -> held.forEach(this::letGo));
        }
    }

    private void letGo(HeldOpen one) {
        try {
            contents.letGo(one.flare(), one.session(), one.term());
        } catch (FsException e) {
            log.warn("{} is held open still, though its session is gone: {}", one.flare(), e.getMessage());
        }
    }
}
