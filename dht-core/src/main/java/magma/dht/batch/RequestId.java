package magma.dht.batch;

import java.util.UUID;

/**
 * Tells a request from all others, so that it is carried out once however often it arrives.
 *
 * @param origin who asks, in one life of their process
 * @param slot 0 to 65535; an origin has one request under way at a time in each
 * @param sequence grows with each request of the slot
 */
public record RequestId(UUID origin, int slot, long sequence) {
    /** How many slots there are. */
    public static final int SLOTS = 1 << 16;

    public RequestId {
        checkSlot(slot);
    }

    static void checkSlot(int slot) {
        if (slot < 0 || slot >= SLOTS) {
            throw new IllegalArgumentException("no slot " + slot);
        }
    }
}
