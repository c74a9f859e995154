package magma.dht.front;

import java.util.ArrayDeque;
import java.util.Deque;

/** Numbers a session's operations: at its client, or at a vulcano those that the client has not numbered. */
final class OperationSlots {
    /** Slots below are the client's. */
    private static final int FIRST_OF_FRONT = 1 << 15;

    private static final int GENERATION_SHIFT = 40;

    private final Deque<Slot> free = new ArrayDeque<>();
    private final long before;
    private int slots;

    private OperationSlots(int first, long before) {
        this.slots = first;
        this.before = before;
    }

    /** Those of the client itself, which is one process as long as the session lasts. */
    static OperationSlots ofClient() {
        return new OperationSlots(0, 0);
    }

    /**
     * Those of a vulcano.
     *
     * @param generation of the session: what is numbered here comes after all that was numbered where the session was before
     */
    static OperationSlots ofFront(long generation) {
        return new OperationSlots(FIRST_OF_FRONT, generation << GENERATION_SHIFT);
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
