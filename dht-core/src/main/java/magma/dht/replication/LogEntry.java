package magma.dht.replication;

import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/**
 * One place in a slice's history.
 *
 * @param payload what changes; null for the entry with which a primary begins its epoch
 */
public record LogEntry<P>(Version version, @Nullable P payload) {}
