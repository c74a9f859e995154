package magma.vulcano;

import magma.dht.host.Replicas;
import magma.dht.storage.StorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a loss of power has taken from this vulcano's storage is said at each start, until the council knows. Safe for all threads. */
final class PowerLoss {
    private static final Logger log = LoggerFactory.getLogger(PowerLoss.class);

    private final NodeParts parts;
    private final Replicas replicas;
    private volatile boolean over;

    PowerLoss(NodeParts parts, Replicas replicas) {
        this.parts = parts;
        this.replicas = replicas;
        this.over = parts.clean();
    }

    /** Whether there was one, and the council may not know all of it. */
    boolean isOpen() {
        return !over;
    }

    /** Once the council knows what was lost here, the next process need not say it again. */
    void closeIfKnown() {
        if (over || !replicas.isClean()) {
            return;
        }
        try {
            parts.cleaned().mark();
            over = true;
        } catch (StorageException e) {
            log.warn("The next start will say again that power was lost here: {}", e.getMessage());
        }
    }
}
