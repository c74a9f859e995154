package magma.vulcano;

import java.time.Instant;
import magma.dht.host.ReplicaPorts;

/** This machine's clocks. */
final class SystemTime implements ReplicaPorts.Time {
    @Override
    public Instant now() {
        return Instant.now();
    }

    @Override
    public long nanos() {
        return System.nanoTime();
    }
}
