package magma.fs;

/**
 * An advisory lock on a range of a file.
 *
 * @param owner whose it is; locks of one owner never conflict
 * @param pid the process that holds it, for people and F_GETLK
 */
public record Lock(Family family, Owner owner, boolean exclusive, Range range, int pid) {

    /** The two families do not see each other, as on Linux. */
    public enum Family {
        /** fcntl(2): byte ranges. Waiting is checked for deadlock. */
        POSIX,
        /** flock(2): the whole file; changing a lock's kind releases it first. */
        FLOCK
    }

    /**
     * A lock owner within one session; sessions never share owners.
     *
     * @param id any value
     */
    public record Owner(long id) {}

    /**
     * Bytes {@code start} to {@code end}, both included.
     *
     * @param start 0 or more
     * @param end at least start; {@link Long#MAX_VALUE} reaches to the end of the file, wherever that will be
     */
    public record Range(long start, long end) {
        public static final Range ALL = new Range(0, Long.MAX_VALUE);

        public Range {
            if (start < 0 || end < start) {
                throw new IllegalArgumentException("no range: " + start + " to " + end);
            }
        }

        public boolean overlaps(Range other) {
            return start <= other.end && other.start <= end;
        }
    }
}
