package magma.dht.batch;

import java.util.List;
import magma.dht.storage.Storage.Purpose;
import org.jspecify.annotations.Nullable;

/**
 * Operations of one slice that happen together, if all conditions hold; or not at all.
 *
 * @param client the client's operation that this carries out; of use only in the slice that decides
 */
public record Batch(
        List<Condition> conditions,
        List<Operation> operations,
        Purpose purpose,
        @Nullable ClientRequest client) {
    public Batch {
        conditions = List.copyOf(conditions);
        operations = List.copyOf(operations);
    }

    /** Of no client's operation. */
    public Batch(List<Condition> conditions, List<Operation> operations, Purpose purpose) {
        this(conditions, operations, purpose, null);
    }
}
