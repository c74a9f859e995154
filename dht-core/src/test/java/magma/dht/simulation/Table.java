package magma.dht.simulation;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import magma.dht.replication.LogEntry;
import org.jspecify.annotations.Nullable;

/** What a log amounts to: values, and the last reply of each session. */
final class Table {
    private final Map<Integer, Long> values = new HashMap<>();
    private final Map<Integer, Op.Reply> replies = new HashMap<>();

    void applyAll(List<LogEntry<Change>> entries) {
        entries.forEach(this::apply);
    }

    void apply(LogEntry<Change> entry) {
        Change change = entry.payload();
        if (change != null) {
            Op op = change.op();
            if (change.result() == 1) {
                values.put(op.key(), op.value());
            }
            replies.put(op.client(), new Op.Reply(op.number(), change.result()));
        }
    }

    long value(int key) {
        return values.getOrDefault(key, 0L);
    }

    /** What a request comes to now. */
    long result(Op op) {
        return switch (op.kind()) {
            case READ -> value(op.key());
            case WRITE -> 1;
            case COMPARE_AND_SET -> value(op.key()) == op.expected() ? 1 : 0;
        };
    }

    /** The reply to a request that was carried out, or null. */
    Op.@Nullable Reply reply(Op op) {
        Op.Reply last = replies.get(op.client());
        return last != null && last.number() == op.number() ? last : null;
    }

    /** A later request of the session was carried out: the client has given this one up. */
    boolean isPast(Op op) {
        Op.Reply last = replies.get(op.client());
        return last != null && last.number() > op.number();
    }
}
