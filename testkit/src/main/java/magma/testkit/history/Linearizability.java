package magma.testkit.history;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Whether there is an order of the calls on one register, each at one moment between its invocation and its return, in which each result is right (Wing and Gong, 1993, with
 * Lowe's memory of states seen). Calls that never returned may have happened at any time after, or not.
 */
public final class Linearizability {
    private final List<RegisterCall> calls;
    private final Set<State> seen = new HashSet<>();

    /** Calls before {@code first} are all placed; of the later ones those in {@code placed}. */
    private record State(int first, BitSet placed, long value) {}

    private Linearizability(List<? extends RegisterCall> calls) {
        this.calls = new ArrayList<>(calls);
        this.calls.sort(Comparator.comparingLong(RegisterCall::invoked));
    }

    /** @param initial what the register had before all of them */
    public static boolean holds(List<? extends RegisterCall> calls, long initial) {
        return new Linearizability(calls).search(initial);
    }

    private boolean search(long initial) {
        List<State> open = new ArrayList<>();
        open.add(new State(0, new BitSet(), initial));
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
            if (!state.placed().get(i) && calls.get(i).returned() != RegisterCall.NEVER) {
                return false;
            }
        }
        return true;
    }

    private void extend(State state, List<State> open) {
        long firstReturn = Long.MAX_VALUE;
        for (int i = state.first(); i < calls.size() && calls.get(i).invoked() <= firstReturn; i++) {
            if (!state.placed().get(i)) {
                firstReturn = Math.min(firstReturn, calls.get(i).returned());
            }
        }
        for (int i = state.first(); i < calls.size() && calls.get(i).invoked() <= firstReturn; i++) {
            if (!state.placed().get(i) && calls.get(i).fits(state.value())) {
                BitSet placed = (BitSet) state.placed().clone();
                placed.set(i);
                int first = placed.nextClearBit(state.first());
                placed.clear(0, first);
                open.add(new State(first, placed, calls.get(i).after(state.value())));
            }
        }
    }
}
