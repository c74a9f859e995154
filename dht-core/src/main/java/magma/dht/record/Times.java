package magma.dht.record;

import java.time.Duration;
import java.time.Instant;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;

/** The four times of a flare. */
public record Times(Instant accessed, Instant modified, Instant changed, Instant created) {
    private static final Duration STALE_ACCESS = Duration.ofDays(1);

    public static Times allAt(Instant now) {
        return new Times(now, now, now, now);
    }

    /** {@code now}, or ctime where that is later: times of a flare never go back. */
    public Instant atLeastChanged(Instant now) {
        return now.isBefore(changed) ? changed : now;
    }

    /** Whether a read at {@code now} moves atime (mount(8), relatime). */
    public boolean isAccessDue(Instant now) {
        return !accessed.isAfter(modified) || !accessed.isAfter(changed) || now.isAfter(accessed.plus(STALE_ACCESS));
    }

    void write(Encoder to) {
        to.time(accessed).time(modified).time(changed).time(created);
    }

    static Times read(Decoder from) {
        return new Times(from.time(), from.time(), from.time(), from.time());
    }
}
