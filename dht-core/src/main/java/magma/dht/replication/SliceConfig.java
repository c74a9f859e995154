package magma.dht.replication;

import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
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
 * @param minInSync with fewer in sync nothing is committed. It rises when as many have caught up for the first time, and no loss lowers it
 * @param handedOver the process that led before has stopped by itself, when all its promises to others had run out, and none but {@code incarnation} has led since
 */
public record SliceConfig(
        long epoch,
        VulcanoId primary,
        long incarnation,
        SortedSet<VulcanoId> inSync,
        SortedSet<VulcanoId> replicas,
        SortedMap<VulcanoId, Version> unclean,
        long tailLosses,
        int minInSync,
        boolean handedOver) {
    /** More replicas than these no slice has. */
    public static final int MOST_REPLICAS = 32;

    public SliceConfig {
        inSync = Collections.unmodifiableSortedSet(new TreeSet<>(inSync));
        replicas = Collections.unmodifiableSortedSet(new TreeSet<>(replicas));
        unclean = Collections.unmodifiableSortedMap(new TreeMap<>(unclean));
        if (epoch < 1 || incarnation < 0 || tailLosses < 0) {
            throw new IllegalArgumentException(
                    "epoch " + epoch + ", process " + incarnation + ", " + tailLosses + " losses");
        }
        if (!inSync.contains(primary) || !replicas.containsAll(inSync) || replicas.size() > MOST_REPLICAS) {
            throw new IllegalArgumentException(
                    "primary " + primary + " in " + inSync + " in " + replicas + " is no replicated slice");
        }
        if (!inSync.containsAll(unclean.keySet()) || unclean.size() == inSync.size()) {
            throw new IllegalArgumentException(unclean.keySet() + " of " + inSync + " cannot be unclean");
        }
        if (minInSync < 1 || minInSync > replicas.size()) {
            throw new IllegalArgumentException("at least " + minInSync + " in sync of " + replicas);
        }
    }

    /** A slice that begins with one replica. */
    public static SliceConfig first(VulcanoId primary, SortedSet<VulcanoId> replicas) {
        return new SliceConfig(1, primary, 0, new TreeSet<>(Set.of(primary)), replicas, new TreeMap<>(), 0, 1, false);
    }

    /** How many should be in sync at the least where a slice has so many replicas. */
    public static int usualMinimum(int replicas) {
        return replicas > 2 ? 2 : 1;
    }

    /** The same with the next epoch. */
    private SliceConfig next(VulcanoId leader, long process, boolean handed) {
        return new SliceConfig(epoch + 1, leader, process, inSync, replicas, unclean, tailLosses, minInSync, handed);
    }

    /** A process of the vulcano that is primary says that it will lead from now on. */
    public SliceConfig ledBy(long process) {
        return next(primary, process, handedOver && incarnation == 0);
    }

    /** Nothing changes but the epoch: what was asked of the council before comes to nothing. */
    public SliceConfig again() {
        return next(primary, incarnation, handedOver);
    }

    /**
     * The primary has stopped, and {@code next} leads from the time when it says so ({@link #ledBy}). Only a primary that answers nothing any more may propose it, and
     * only when no other holds a promise from before its own time.
     */
    public SliceConfig handedTo(VulcanoId next) {
        if (!mayFollow(next)) {
            throw new IllegalArgumentException(next + " cannot be handed " + this);
        }
        return next(next, 0, true);
    }

    /** {@code next} takes over, and the primary is no longer in sync. */
    public SliceConfig takenOverBy(VulcanoId next, long process) {
        if (!mayFollow(next)) {
            throw new IllegalArgumentException(next + " cannot take over from " + this);
        }
        return without(primary, next, process, false);
    }

    /** Whether a vulcano may be primary after this one. */
    boolean mayFollow(VulcanoId next) {
        return !next.equals(primary) && inSync.contains(next) && !unclean.containsKey(next);
    }

    /** A backup is no longer in sync. */
    public SliceConfig without(VulcanoId backup) {
        if (backup.equals(primary) || !inSync.contains(backup)) {
            throw new IllegalArgumentException(backup + " is no backup in " + this);
        }
        return without(backup, primary, incarnation, handedOver);
    }

    private SliceConfig without(VulcanoId gone, VulcanoId leader, long process, boolean handed) {
        TreeSet<VulcanoId> rest = new TreeSet<>(inSync);
        rest.remove(gone);
        TreeMap<VulcanoId, Version> restUnclean = new TreeMap<>(unclean);
        restUnclean.remove(gone);
        return new SliceConfig(epoch + 1, leader, process, rest, replicas, restUnclean, tailLosses, minInSync, handed);
    }

    /** A replica that has caught up is in sync. */
    public SliceConfig with(VulcanoId learner) {
        if (inSync.contains(learner) || !replicas.contains(learner)) {
            throw new IllegalArgumentException(learner + " is not catching up in " + this);
        }
        TreeSet<VulcanoId> more = new TreeSet<>(inSync);
        more.add(learner);
        int minimum = Math.max(minInSync, Math.min(more.size(), usualMinimum(replicas.size())));
        return new SliceConfig(
                epoch + 1, primary, incarnation, more, replicas, unclean, tailLosses, minimum, handedOver);
    }

    /**
     * The slice shall be elsewhere. Replicas that are left out are no longer in sync; the primary cannot be left out. Where fewer replicas are wanted than before, as
     * few as suit their number may be in sync.
     *
     * @throws IllegalArgumentException also when all that would be left in sync are unclean
     */
    public SliceConfig withReplicas(SortedSet<VulcanoId> wanted) {
        if (!wanted.contains(primary)) {
            throw new IllegalArgumentException(wanted + " without the primary of " + this);
        }
        TreeSet<VulcanoId> rest = new TreeSet<>(inSync);
        rest.retainAll(wanted);
        TreeMap<VulcanoId, Version> restUnclean = new TreeMap<>(unclean);
        restUnclean.keySet().retainAll(wanted);
        int most = wanted.size() > 2 ? wanted.size() : usualMinimum(wanted.size());
        int minimum = wanted.size() < replicas.size() ? Math.min(minInSync, most) : minInSync;
        return new SliceConfig(
                epoch + 1, primary, incarnation, rest, wanted, restUnclean, tailLosses, minimum, handedOver);
    }

    /** The operator says how many must be in sync. */
    public SliceConfig withMinInSync(int minimum) {
        return new SliceConfig(
                epoch + 1, primary, incarnation, inSync, replicas, unclean, tailLosses, minimum, handedOver);
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
            return new SliceConfig(
                    epoch + 1, primary, incarnation, inSync, replicas, more, tailLosses, minInSync, handedOver);
        }
        VulcanoId longest = Collections.max(
                        more.entrySet(),
                        Comparator.<Map.Entry<VulcanoId, Version>, Version>comparing(Map.Entry::getValue)
                                .thenComparing(Map.Entry::getKey))
                .getKey();
        return new SliceConfig(
                epoch + 1,
                longest,
                0,
                new TreeSet<>(Set.of(longest)),
                replicas,
                new TreeMap<>(),
                tailLosses + 1,
                minInSync,
                false);
    }

    /** Writes it as docs/replication.md has it. */
    public void encode(Encoder to) {
        to.i64(epoch);
        primary.encode(to);
        to.i64(incarnation);
        ids(to, inSync);
        ids(to, replicas);
        to.u8(unclean.size());
        unclean.forEach((member, end) -> {
            member.encode(to);
            to.i64(end.epoch()).i64(end.sequence());
        });
        to.i64(tailLosses).u8(minInSync).flag(handedOver);
    }

    private static void ids(Encoder to, SortedSet<VulcanoId> ids) {
        to.u8(ids.size());
        ids.forEach(id -> id.encode(to));
    }

    /** @throws IllegalArgumentException or {@link magma.dht.codec.MalformedException} when it is none */
    public static SliceConfig decode(Decoder from) {
        long epoch = from.i64();
        VulcanoId primary = VulcanoId.decode(from);
        long incarnation = from.i64();
        SortedSet<VulcanoId> inSync = ids(from);
        SortedSet<VulcanoId> replicas = ids(from);
        TreeMap<VulcanoId, Version> unclean = new TreeMap<>();
        for (int left = count(from); left > 0; left--) {
            unclean.put(VulcanoId.decode(from), new Version(from.i64(), from.i64()));
        }
        return new SliceConfig(
                epoch, primary, incarnation, inSync, replicas, unclean, from.i64(), from.u8(), from.flag());
    }

    private static SortedSet<VulcanoId> ids(Decoder from) {
        TreeSet<VulcanoId> ids = new TreeSet<>();
        for (int left = count(from); left > 0; left--) {
            ids.add(VulcanoId.decode(from));
        }
        return ids;
    }

    private static int count(Decoder from) {
        int count = from.u8();
        if (count > MOST_REPLICAS) {
            throw new IllegalArgumentException(count + " replicas, at most " + MOST_REPLICAS + " are allowed");
        }
        return count;
    }
}
