package magma.dht.front;

import java.util.ArrayDeque;
import java.util.Deque;

/** Numbers those operations of a session that its client has not numbered. */
final class OperationSlots {
    /** Slots below are the client's. */
    private static final int FIRST = 1 << 15;

    private static final int GENERATION_SHIFT = 40;

    private final Deque<Slot> free = new ArrayDeque<>();
    private final long before;
    private int slots = FIRST;

    /** @param generation of the session: what is numbered here comes after all that was numbered where the session was before */
    OperationSlots(long generation) {
        this.before = generation << GENERATION_SHIFT;
    }

    /** A slot in use. */
    static final class Slot {
        private final int number;
        private long sequence;

        private Slot(int number, long before) {
            this.number = number;
            this.sequence = before;
        }

        Operation operation() {
            return new Operation(number, sequence, false);
        }
    }

    synchronized Slot take() {
        Slot slot = free.poll();
        if (slot == null) {
            slot = new Slot(slots++, before);
        }
        slot.sequence++;
        return slot;
    }

    synchronized void give(Slot slot) {
        free.push(slot);
    }
}
