package magma.dht.runtime;

import java.time.Instant;

/** The time of day, by which changes are stamped. */
@FunctionalInterface
public interface Clock {
    Instant now();
}
