package magma.dht.namespace;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import magma.dht.batch.Batch;
import magma.dht.batch.ClientRequest;
import magma.dht.batch.Condition;
import magma.dht.batch.Operation;
import magma.dht.record.RecordKind;
import magma.dht.slice.Slice;
import magma.dht.slice.SliceMap;
import magma.dht.storage.Storage.Purpose;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/**
 * One step of the namespace, composed from what was read: what must still be so, and what then happens, over however many slices the records lie in.
 */
final class Plan {
    private static final class Part {
        private final List<Condition> conditions = new ArrayList<>();
        private final List<Operation> operations = new ArrayList<>();
    }

    private final SliceMap map;
    private final Key decidedAt;
    private final Purpose purpose;
    private final Map<Slice, Part> parts = new TreeMap<>(Comparator.comparingLong(Slice::number));
    private List<Key> answer = List.of();
    private @Nullable ClientRequest client;
    private long term;

    /** @param decidedAt a key of the slice that decides: that of the entry that comes or goes */
    Plan(SliceMap map, Key decidedAt, Purpose purpose) {
        this.map = map;
        this.decidedAt = decidedAt;
        this.purpose = purpose;
        part(decidedAt);
    }

    Plan expect(Condition condition) {
        part(condition.id().key()).conditions.add(condition);
        return this;
    }

    Plan then(Operation operation) {
        part(operation.id().key()).operations.add(operation);
        return this;
    }

    /** What is to be told of it once it is carried out: the flares that it makes, moves or unlinks. */
    Plan answer(List<Key> keys) {
        answer = List.copyOf(keys);
        return this;
    }

    List<Key> answer() {
        return answer;
    }

    /** It is to be carried out here, and in that term only: all of it in the slice that decides. */
    Plan inTerm(long newTerm) {
        term = newTerm;
        return this;
    }

    /** 0 for one that is carried out wherever its slices are led. */
    long term() {
        return term;
    }

    /** Whose operation it carries out. */
    void calledBy(@Nullable ClientCall call) {
        client = call == null ? null : call.answering(answer);
    }

    Key decidedAt() {
        return decidedAt;
    }

    Slice decider() {
        return map.of(decidedAt);
    }

    /** The slices but the one that decides, in the order of their numbers. */
    List<Slice> others() {
        return parts.keySet().stream()
                .filter(slice -> !slice.contains(decidedAt))
                .toList();
    }

    /** Whether a slice but the one that decides changes records that are looked for by their range. */
    boolean isFoundByRange() {
        return others().stream()
                .flatMap(slice -> part(slice.first()).operations.stream())
                .mapToInt(operation -> operation.id().kind())
                .anyMatch(kind -> kind == RecordKind.ENTRY.code() || kind == RecordKind.XATTR.code());
    }

    Batch batch(Slice slice) {
        Part part = part(slice.first());
        return new Batch(part.conditions, part.operations, purpose, slice.contains(decidedAt) ? client : null);
    }

    private Part part(Key key) {
        return parts.computeIfAbsent(map.of(key), slice -> new Part());
    }
}
