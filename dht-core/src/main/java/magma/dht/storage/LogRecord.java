package magma.dht.storage;

import java.util.List;

/**
 * One atomic step in a slice's history: all of its mutations happen, or none.
 *
 * @param slice the number of the slice
 * @param version its place in the slice's history; also the version of every record it writes
 */
public record LogRecord(long slice, Version version, List<Mutation> mutations) {
    public LogRecord {
        mutations = List.copyOf(mutations);
    }
}
