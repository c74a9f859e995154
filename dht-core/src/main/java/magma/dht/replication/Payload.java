package magma.dht.replication;

import java.util.List;
import magma.dht.storage.Mutation;

/** What one entry of a slice's log changes. */
public record Payload(List<Mutation> mutations) {
    private static final int MUTATION_BYTES = 96;

    public Payload {
        mutations = List.copyOf(mutations);
    }

    /** About how many bytes it takes, in memory and on the wire. */
    public int weight() {
        int bytes = 0;
        for (Mutation mutation : mutations) {
            bytes += MUTATION_BYTES;
            if (mutation instanceof Mutation.Put put) {
                bytes += put.value().length;
            } else if (mutation instanceof Mutation.Write write) {
                bytes += write.data().remaining();
            }
        }
        return bytes;
    }
}
