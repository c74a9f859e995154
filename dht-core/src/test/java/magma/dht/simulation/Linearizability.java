package magma.dht.simulation;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Whether there is an order of the calls on one key, each at one moment between its invocation and its return, in which each reply is right (Wing and Gong, 1993, with
 * Lowe's memory of states seen).
 */
final class Linearizability {
    private final List<History.Call> calls;
    private final Set<State> seen = new HashSet<>();

    /** Calls before {@code first} are all placed; of the later ones those in {@code placed}. */
    private record State(int first, BitSet placed, long value) {}

    private Linearizability(List<History.Call> calls) {
        this.calls = new ArrayList<>(calls);
        this.calls.sort(Comparator.comparingLong(call -> call.invoked));
    }

    static boolean holds(List<History.Call> calls) {
        return new Linearizability(calls).search();
    }

    private boolean search() {
        List<State> open = new ArrayList<>();
        open.add(new State(0, new BitSet(), 0));
        while (!open.isEmpty()) {
            State state = open.remove(open.size() - 1);
            if (!seen.add(state)) {
                continue;
            }
            if (isOver(state)) {
                return true;
            }
            extend(state, open);
        }
        return false;
    }

    /** All that returned have a place. */
    private boolean isOver(State state) {
        for (int i = state.first(); i < calls.size(); i++) {
            if (!state.placed().get(i) && calls.get(i).reply != null) {
                return false;
            }
        }
        return true;
    }

    private void extend(State state, List<State> open) {
        long firstReturn = Long.MAX_VALUE;
        for (int i = state.first(); i < calls.size(); i++) {
            History.Call call = calls.get(i);
            if (call.invoked > firstReturn) {
                break;
            }
            if (!state.placed().get(i)) {
                firstReturn = Math.min(firstReturn, call.returned);
            }
        }
        for (int i = state.first(); i < calls.size(); i++) {
            History.Call call = calls.get(i);
            if (call.invoked > firstReturn) {
                break;
            }
            if (!state.placed().get(i)) {
                place(state, i, open);
            }
        }
    }

    private void place(State state, int index, List<State> open) {
        History.Call call = calls.get(index);
        Op op = call.op;
        long value = state.value();
        boolean fits = true;
        Op.Reply reply = call.reply;
        switch (op.kind()) {
            case READ -> fits = reply == null || reply.value() == value;
            case WRITE -> value = op.value();
            case COMPARE_AND_SET -> {
                boolean done = value == op.expected();
                fits = reply == null || (reply.value() == 1) == done;
                value = done ? op.value() : value;
            }
        }
        if (fits) {
            BitSet placed = (BitSet) state.placed().clone();
            placed.set(index);
            int first = placed.nextClearBit(state.first());
            placed.clear(0, first);
            open.add(new State(first, placed, value));
        }
    }
}
