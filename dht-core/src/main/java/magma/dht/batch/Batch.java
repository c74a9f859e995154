package magma.dht.batch;

import java.util.List;
import magma.dht.storage.Storage.Purpose;

/** Operations of one slice that happen together, if all conditions hold; or not at all. */
public record Batch(List<Condition> conditions, List<Operation> operations, Purpose purpose) {
    public Batch {
        conditions = List.copyOf(conditions);
        operations = List.copyOf(operations);
    }
}
