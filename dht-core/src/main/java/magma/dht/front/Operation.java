package magma.dht.front;

/**
 * Tells a session's operation from all others of it, so that it is carried out once however often it is asked for.
 *
 * @param slot used by one operation at a time
 * @param sequence grows with each operation of the slot
 * @param again whether it was asked for before, and may have been done
 */
public record Operation(int slot, long sequence, boolean again) {
    public Operation {
        if (slot < 0 || sequence < 1) {
            throw new IllegalArgumentException("operation " + sequence + " of slot " + slot);
        }
    }

    /** The same, once more. */
    public Operation repeated() {
        return new Operation(slot, sequence, true);
    }
}
