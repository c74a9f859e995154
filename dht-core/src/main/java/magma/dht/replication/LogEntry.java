package magma.dht.replication;

import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/**
 * One place in a slice's history.
 *
 * @param payload what changes; null for the entry with which a primary begins its epoch
 */
public record LogEntry<P>(Version version, @Nullable P payload) {

    /**
     * The version of this entry.
     *
     * @throws IllegalArgumentException when no log has this entry next after {@code previous}
     */
    Version mustFollow(Version previous) {
        if (version.sequence() != previous.sequence() + 1 || version.epoch() < Math.max(1, previous.epoch())) {
            throw new IllegalArgumentException(version + " cannot come after " + previous);
        }
        return version;
    }
}
