package magma.vulcano;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import magma.dht.replication.VulcanoId;

/** When this vulcano last heard anything of each of the others. Decides nothing: it is for people. Safe for all threads. */
final class Contacts {
    /** One that was not heard for so long, and does not answer, counts as silent: as long as a backup waits before it takes over. */
    static final Duration SILENT = Duration.ofSeconds(3);

    private final LongSupplier nanos;
    private final long began;
    private final Map<VulcanoId, Long> heard = new ConcurrentHashMap<>();

    /** @param nanos monotonic */
    Contacts(LongSupplier nanos) {
        this.nanos = nanos;
        this.began = nanos.getAsLong();
    }

    /** It has said something, or answered. */
    void heard(VulcanoId other) {
        heard.put(other, nanos.getAsLong());
    }

    /** For how long it has said nothing; since this began where it never has. */
    Duration silence(VulcanoId other) {
        return Duration.ofNanos(Math.max(0, nanos.getAsLong() - heard.getOrDefault(other, began)));
    }
}
