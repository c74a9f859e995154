package magma.dht.storage;

/**
 * When a record was written: the place of the log record that wrote it in its slice's history. Versions of one slice never go back.
 *
 * @param epoch of the slice, 1 or more
 * @param sequence of the log record within the slice, 1 or more; goes on through epochs
 */
public record Version(long epoch, long sequence) implements Comparable<Version> {
    /** Before all others: a slice without records. */
    public static final Version NONE = new Version(0, 0);

    @Override
    public int compareTo(Version other) {
        int order = Long.compare(epoch, other.epoch);
        return order == 0 ? Long.compare(sequence, other.sequence) : order;
    }

    /** The version of the next log record in this epoch. */
    public Version next() {
        return new Version(epoch, sequence + 1);
    }
}
