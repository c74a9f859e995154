package magma.dht.host;

import java.util.Arrays;
import magma.dht.replication.VulcanoId;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/**
 * One record as one replica had it, at some moment between two commit points.
 *
 * @param by whose replica
 * @param version null where there was no such record
 * @param digest empty where the record changed while it was read
 * @param committed what the replica had committed before
 * @param until and afterwards
 */
@SuppressWarnings("ArrayRecordComponent")
record Sighting(VulcanoId by, @Nullable Version version, byte[] digest, Version committed, Version until) {

    /** Whether both saw the same. */
    boolean agreesWith(Sighting other) {
        if (version == null || other.version == null) {
            return version == null && other.version == null;
        }
        return version.equals(other.version) && digest.length > 0 && Arrays.equals(digest, other.digest);
    }

    /**
     * Whether no history of the record explains both: then one of the two replicas is not what it must be. Versions never go back, and a replica that has committed up
     * to a version has all that happened until then.
     */
    boolean contradicts(Sighting other) {
        if (version != null && other.version != null) {
            int order = version.compareTo(other.version);
            if (order == 0) {
                return digest.length > 0 && other.digest.length > 0 && !Arrays.equals(digest, other.digest);
            }
            return order < 0 ? misses(other.version) : other.misses(version);
        }
        if (version != null) {
            return isMissed(version, other, this);
        }
        return other.version != null && isMissed(other.version, this, other);
    }

    /** Shows an older version than one that it must have. */
    private boolean misses(Version later) {
        return later.compareTo(committed) <= 0;
    }

    /** Where it is missing it must have been, and was not taken away up to then, since later the other has it still. */
    private static boolean isMissed(Version version, Sighting without, Sighting with) {
        return version.compareTo(without.committed) <= 0 && without.until.compareTo(with.committed) <= 0;
    }

    /** Whether the replica showed the same earlier. */
    boolean isStill(Sighting earlier) {
        return by.equals(earlier.by)
                && (version == null ? earlier.version == null : version.equals(earlier.version))
                && Arrays.equals(digest, earlier.digest);
    }

    @Override
    public String toString() {
        return by.toString().substring(0, 8) + " has "
                + (version == null ? "none" : "version " + version.epoch() + "." + version.sequence());
    }
}
