package magma.dht.routing;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.UUID;
import magma.dht.batch.RequestId;

/**
 * Names for requests so that each is carried out once, however often it is sent: a slot is used by one request at a time, and counts them. So what a primary must
 * remember of an origin is bounded by how many requests it has under way.
 */
final class RequestSlots {
    private final UUID origin;
    private final Deque<Slot> free = new ArrayDeque<>();
    private int slots;

    /** A slot in use. */
    static final class Slot {
        private final int number;
        private long sequence;

        private Slot(int number) {
            this.number = number;
        }
    }

    /** @param origin differs at each start of the process */
    RequestSlots(UUID origin) {
        this.origin = origin;
    }

    synchronized Slot take() {
        Slot slot = free.poll();
        if (slot == null) {
            slot = new Slot(slots++);
        }
        slot.sequence++;
        return slot;
    }

    RequestId id(Slot slot) {
        return new RequestId(origin, slot.number, slot.sequence);
    }

    synchronized void give(Slot slot) {
        free.push(slot);
    }
}
