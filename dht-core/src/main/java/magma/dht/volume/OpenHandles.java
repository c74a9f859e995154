package magma.dht.volume;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import magma.dht.volume.SessionHandle.HeldOpen;
import magma.fs.Errno;
import magma.fs.FsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a session has open. */
final class OpenHandles {
    private static final Logger log = LoggerFactory.getLogger(OpenHandles.class);

    private final String client;
    private final Set<SessionHandle> open = ConcurrentHashMap.newKeySet();

    OpenHandles(String client) {
        this.client = client;
    }

    void add(SessionHandle handle) {
        open.add(handle);
    }

    void remove(SessionHandle handle) {
        open.remove(handle);
    }

    /** Ends all that are open now; nobody is there to be told of what could not be stored. */
    void endAll() {
        for (SessionHandle handle : new ArrayList<>(open)) {
            try {
                handle.end();
            } catch (FsException e) {
                if (e.errno() != Errno.EREMOTE) {
                    log.warn(
                            "What {} had written last to {} could not be stored: {}",
                            client,
                            handle.flare(),
                            e.getMessage());
                }
            }
        }
    }

    /** Detaches all that are open now. */
    List<HeldOpen> detachAll() {
        List<HeldOpen> held = new ArrayList<>();
        for (SessionHandle handle : new ArrayList<>(open)) {
            HeldOpen one = handle.detach();
            if (one != null) {
                held.add(one);
            }
        }
        return held;
    }
}
