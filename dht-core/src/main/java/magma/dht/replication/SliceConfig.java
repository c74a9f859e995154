package magma.dht.replication;

import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import magma.dht.storage.Version;

/**
 * What the council says of one slice. It is changed by compare-and-set on the epoch only, and each change raises the epoch by one (PacificA, MSR-TR-2008-25,
 * section 2.2).
 *
 * @param primary a member of {@code inSync}
 * @param incarnation the one process of the primary that may lead in this epoch; 0 when none has said yet that it will
 * @param inSync hold every committed entry; only they may become primary
 * @param replicas where the slice shall be; those not in sync are catching up
 * @param unclean members of {@code inSync} that lost power and with it perhaps the end of their log, and where it ends now
 * @param tailLosses how often acknowledged entries that had not been synced may have been lost; raised by each choice among unclean members
 */
public record SliceConfig(
        long epoch,
        VulcanoId primary,
        long incarnation,
        SortedSet<VulcanoId> inSync,
        SortedSet<VulcanoId> replicas,
        SortedMap<VulcanoId, Version> unclean,
        long tailLosses) {
    public SliceConfig {
        inSync = Collections.unmodifiableSortedSet(new TreeSet<>(inSync));
        replicas = Collections.unmodifiableSortedSet(new TreeSet<>(replicas));
        unclean = Collections.unmodifiableSortedMap(new TreeMap<>(unclean));
        if (epoch < 1 || tailLosses < 0) {
            throw new IllegalArgumentException("epoch " + epoch + ", " + tailLosses + " losses");
        }
        if (!inSync.contains(primary) || !replicas.containsAll(inSync)) {
            throw new IllegalArgumentException(
                    "primary " + primary + " in " + inSync + " in " + replicas + " is no replicated slice");
        }
        if (!inSync.containsAll(unclean.keySet()) || unclean.size() == inSync.size()) {
            throw new IllegalArgumentException(unclean.keySet() + " of " + inSync + " cannot be unclean");
        }
    }

    /** A slice that begins with one replica. */
    public static SliceConfig first(VulcanoId primary, SortedSet<VulcanoId> replicas) {
        return new SliceConfig(1, primary, 0, new TreeSet<>(Set.of(primary)), replicas, new TreeMap<>(), 0);
    }

    /** A process of the vulcano that is primary says that it will lead from now on. */
    public SliceConfig ledBy(long process) {
        return new SliceConfig(epoch + 1, primary, process, inSync, replicas, unclean, tailLosses);
    }

    /** Nothing changes but the epoch: what was asked of the council before comes to nothing. */
    public SliceConfig again() {
        return new SliceConfig(epoch + 1, primary, incarnation, inSync, replicas, unclean, tailLosses);
    }

    /** {@code next} takes over, and the primary is no longer in sync. */
    public SliceConfig takenOverBy(VulcanoId next, long process) {
        if (next.equals(primary) || !inSync.contains(next) || unclean.containsKey(next)) {
            throw new IllegalArgumentException(next + " cannot take over from " + this);
        }
        return without(primary, next, process);
    }

    /** A backup is no longer in sync. */
    public SliceConfig without(VulcanoId backup) {
        if (backup.equals(primary) || !inSync.contains(backup)) {
            throw new IllegalArgumentException(backup + " is no backup in " + this);
        }
        return without(backup, primary, incarnation);
    }

    private SliceConfig without(VulcanoId gone, VulcanoId nextPrimary, long process) {
        TreeSet<VulcanoId> rest = new TreeSet<>(inSync);
        rest.remove(gone);
        TreeMap<VulcanoId, Version> restUnclean = new TreeMap<>(unclean);
        restUnclean.remove(gone);
        return new SliceConfig(epoch + 1, nextPrimary, process, rest, replicas, restUnclean, tailLosses);
    }

    /** A replica that has caught up is in sync. */
    public SliceConfig with(VulcanoId learner) {
        if (inSync.contains(learner) || !replicas.contains(learner)) {
            throw new IllegalArgumentException(learner + " is not catching up in " + this);
        }
        TreeSet<VulcanoId> more = new TreeSet<>(inSync);
        more.add(learner);
        return new SliceConfig(epoch + 1, primary, incarnation, more, replicas, unclean, tailLosses);
    }

    /**
     * A member says that it lost power and where its log ends. When all have said so, the longest log is what there is: its owner goes on alone, and the others catch
     * up from it.
     */
    public SliceConfig withUnclean(VulcanoId member, Version end) {
        if (!inSync.contains(member)) {
            throw new IllegalArgumentException(member + " is not in sync in " + this);
        }
        TreeMap<VulcanoId, Version> more = new TreeMap<>(unclean);
        more.put(member, end);
        if (more.size() < inSync.size()) {
            return new SliceConfig(epoch + 1, primary, incarnation, inSync, replicas, more, tailLosses);
        }
        VulcanoId longest = Collections.max(
                        more.entrySet(),
                        Comparator.<Map.Entry<VulcanoId, Version>, Version>comparing(Map.Entry::getValue)
                                .thenComparing(Map.Entry::getKey))
                .getKey();
        return new SliceConfig(
                epoch + 1, longest, 0, new TreeSet<>(Set.of(longest)), replicas, new TreeMap<>(), tailLosses + 1);
    }
}
