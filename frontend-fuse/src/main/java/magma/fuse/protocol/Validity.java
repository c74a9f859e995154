package magma.fuse.protocol;

import java.time.Duration;

/**
 * For how long the kernel may believe what it is told.
 *
 * @param entry that a name leads, or does not lead, to a node
 * @param attributes that a node's attributes are what they are
 */
public record Validity(Duration entry, Duration attributes) {
    public Validity {
        if (entry.isNegative() || attributes.isNegative()) {
            throw new IllegalArgumentException("negative validity: " + entry + ", " + attributes);
        }
    }

    /** This, with entries believed no longer than {@code most}. */
    public Validity withEntryAtMost(Duration most) {
        return entry.compareTo(most) <= 0 ? this : new Validity(most, attributes);
    }
}
