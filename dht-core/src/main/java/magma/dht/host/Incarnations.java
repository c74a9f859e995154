package magma.dht.host;

/**
 * Under which numbers the replicas of one process of a vulcano take part in replication: a replica that has to begin anew within the process takes the next.
 *
 * @param first the process's own number
 */
public record Incarnations(long first) {
    /** Two processes of a vulcano are at least so far apart: they are numbered by microseconds of their start. */
    private static final long MOST = 100_000;

    public Incarnations {
        if (first < 1) {
            throw new IllegalArgumentException("incarnation " + first);
        }
    }

    boolean contains(long incarnation) {
        return incarnation >= first && incarnation < first + MOST;
    }
}
