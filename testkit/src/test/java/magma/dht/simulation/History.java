package magma.dht.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import magma.testkit.history.Linearizability;
import magma.testkit.history.RegisterCall;
import org.jspecify.annotations.Nullable;

/** What clients asked, and what they were told when. */
final class History {
    /** One operation on one key as its client saw it. */
    static final class Call implements RegisterCall {
        private final Op op;
        private final long invoked;
        private long returned = NEVER;
        private Op.@Nullable Reply reply;

        Call(Op op, long invoked) {
            this.op = op;
            this.invoked = invoked;
        }

        @Override
        public long invoked() {
            return invoked;
        }

        @Override
        public long returned() {
            return returned;
        }

        @Override
        public boolean fits(long before) {
            Op.Reply known = reply;
            return known == null
                    || switch (op.kind()) {
                        case READ -> known.value() == before;
                        case WRITE -> true;
                        case COMPARE_AND_SET -> (known.value() == 1) == (before == op.expected());
                    };
        }

        @Override
        public long after(long before) {
            return switch (op.kind()) {
                case READ -> before;
                case WRITE -> op.value();
                case COMPARE_AND_SET -> before == op.expected() ? op.value() : before;
            };
        }

        @Override
        public String toString() {
            return op + " at " + invoked + " -> " + reply + " at " + returned;
        }
    }

    private final Map<Op, Call> calls = new HashMap<>();
    private final Map<Integer, List<Call>> byKey = new HashMap<>();

    void invoked(Op op, long now) {
        Call call = new Call(op, now);
        calls.put(op, call);
        byKey.computeIfAbsent(op.key(), key -> new ArrayList<>()).add(call);
    }

    void returned(Op op, Op.Reply reply, long now) {
        Call call = calls.get(op);
        if (call == null) {
            throw new IllegalStateException(op + " was never asked");
        }
        call.reply = reply;
        call.returned = now;
    }

    /** It was not done, and never will be. */
    void cameToNothing(Op op) {
        byKey.computeIfAbsent(op.key(), key -> new ArrayList<>()).remove(calls.remove(op));
    }

    int size() {
        return calls.size();
    }

    /** A value that the key may have now. */
    long recent(int key, Random random) {
        List<Call> of = byKey.getOrDefault(key, List.of());
        return of.isEmpty()
                ? 0
                : of.get(Math.max(0, of.size() - 1 - random.nextInt(4))).op.value();
    }

    void check() {
        for (Map.Entry<Integer, List<Call>> key : byKey.entrySet()) {
            if (!Linearizability.holds(key.getValue(), 0)) {
                throw new Invariants.Violation(
                        "the history of key " + key.getKey() + " is not linearizable: " + key.getValue());
            }
        }
    }
}
