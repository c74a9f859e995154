package magma.fuse;

import java.time.Duration;
import magma.fuse.protocol.Validity;

/**
 * How a volume is mounted.
 *
 * @param source what the table of mounts shows as the device; without commas
 * @param coherence how far the kernel's caches may be trusted
 * @param sharing who may use the mount
 * @param maxThreads the most requests that are worked on at once; waiting locks take none
 * @param readAheadBytes how far the kernel reads ahead in a file that is read in order, where it lets us say
 */
public record FuseSettings(String source, Coherence coherence, Sharing sharing, int maxThreads, int readAheadBytes) {

    /** Who may use the mount. */
    public enum Sharing {
        /** All users where the system permits it, else its owner. */
        WHERE_PERMITTED,
        /** All users; mounting fails where the system does not permit it. */
        EVERYBODY,
        /** The user who mounts. */
        OWNER
    }

    /**
     * Whether changes that other sessions make are told to the kernel.
     *
     * @param exact whether the volume tells of each of them, so that caches may be kept as long as nothing is heard
     * @param validity for how long the kernel may believe names and attributes
     */
    public record Coherence(boolean exact, Validity validity) {
        /** Caches are exact: the volume's listener hears of everything. */
        public static final Coherence STRICT = new Coherence(true, validity(Duration.ofHours(1)));

        /** Caches may be a second old. */
        public static final Coherence RELAXED = new Coherence(false, validity(Duration.ofSeconds(1)));

        private static Validity validity(Duration duration) {
            return new Validity(duration, duration);
        }
    }

    public static final FuseSettings DEFAULT =
            new FuseSettings("magma", Coherence.STRICT, Sharing.WHERE_PERMITTED, 32, 4 << 20);

    public FuseSettings {
        if (source.isEmpty() || source.contains(",") || source.contains("\n")) {
            throw new IllegalArgumentException(
                    "a mount's source must be a word without commas, not \"" + source + "\"");
        }
        if (maxThreads < 2 || readAheadBytes < 0) {
            throw new IllegalArgumentException("at least two threads and no negative readahead are needed");
        }
    }

    public FuseSettings withSource(String newSource) {
        return new FuseSettings(newSource, coherence, sharing, maxThreads, readAheadBytes);
    }

    public FuseSettings withCoherence(Coherence newCoherence) {
        return new FuseSettings(source, newCoherence, sharing, maxThreads, readAheadBytes);
    }

    public FuseSettings withSharing(Sharing newSharing) {
        return new FuseSettings(source, coherence, newSharing, maxThreads, readAheadBytes);
    }

    public FuseSettings withMaxThreads(int newMaxThreads) {
        return new FuseSettings(source, coherence, sharing, newMaxThreads, readAheadBytes);
    }
}
