package magma.it.faults;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import magma.testkit.history.Linearizability;

/** What happened to the registers that all clients share, since all were last known. */
final class Registers {
    static final int COUNT = 16;

    private final Map<Integer, List<Call>> calls = new HashMap<>();
    private final Map<Integer, Long> known = new HashMap<>();

    static String name(int register) {
        return "register-" + register;
    }

    synchronized void happened(int register, Call call) {
        calls.computeIfAbsent(register, none -> Collections.synchronizedList(new ArrayList<>()))
                .add(call);
    }

    /**
     * Checks the histories, with what was found at last; the next ones begin there. Changes of which it was never known whether they happened may still happen.
     *
     * @param found the value of each
     * @return histories that can not have been, by register
     */
    synchronized Map<Integer, List<Call>> check(Map<Integer, Long> found) {
        Map<Integer, List<Call>> wrong = new TreeMap<>();
        for (int register = 0; register < COUNT; register++) {
            long last = found.getOrDefault(register, 0L);
            long now = System.nanoTime();
            List<Call> history = new ArrayList<>(calls.getOrDefault(register, List.of()));
            history.add(new Call(Call.Kind.READ, last, true, now, now, "at the end"));
            if (!Linearizability.holds(history, known.getOrDefault(register, 0L))) {
                wrong.put(register, history);
            }
            known.put(register, last);
            List<Call> unknown = new ArrayList<>(history);
            unknown.removeIf(call -> call.isKnown() || call.kind() == Call.Kind.READ);
            calls.put(register, Collections.synchronizedList(new ArrayList<>(unknown)));
        }
        return wrong;
    }
}
