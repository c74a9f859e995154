package magma.dht.council;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import org.jspecify.annotations.Nullable;

/**
 * What should be where: as many replicas of each slice as are wanted, spread evenly over the storing members, and led evenly by them. The same state gives the same plan.
 *
 * <p>Replicas stay where they are if they can. A slice moves by growing by one replica first, and losing another when enough are in sync; so a plan is one step, to be
 * asked for again when the state has changed. What a plan asks for is accepted by {@link CouncilState#apply} in the state it was made from.
 */
public final class Placement {
    /** How many slices may be on the move for evenness alone at once. */
    static final int MAX_MOVES = 8;

    /** How many primaries one plan hands over. */
    static final int MAX_HANDOVERS = 4;

    /**
     * What to do now.
     *
     * @param places for {@link CouncilCommand.Place}
     * @param handovers primaries that should pass to another in sync
     */
    public record Plan(SortedMap<Long, SortedSet<VulcanoId>> places, List<Handover> handovers) {
        public Plan {
            places = Collections.unmodifiableSortedMap(new TreeMap<>(places));
            handovers = List.copyOf(handovers);
        }

        public boolean isEmpty() {
            return places.isEmpty() && handovers.isEmpty();
        }
    }

    /** The slice should be led by {@code to}, which is in sync. */
    public record Handover(long slice, VulcanoId from, VulcanoId to) {}

    private final CouncilState state;
    private final Set<VulcanoId> lost;
    private final Set<VulcanoId> full;
    private final Set<Long> busy;
    private final int wanted;
    private final TreeMap<VulcanoId, Integer> loads = new TreeMap<>();
    private final SortedMap<Long, SortedSet<VulcanoId>> targets = new TreeMap<>();

    private Placement(CouncilState state, Set<VulcanoId> lost, Set<VulcanoId> full, Set<Long> busy) {
        this.state = state;
        this.lost = lost;
        this.full = full;
        this.busy = busy;
        for (Member member : state.members().values()) {
            if (usable(member)) {
                loads.put(member.id(), 0);
            }
        }
        wanted = state.replicasPerSlice();
        state.slices().forEach((number, config) -> {
            targets.put(number, new TreeSet<>(config.replicas()));
            config.replicas().forEach(replica -> loads.computeIfPresent(replica, (id, load) -> load + 1));
        });
    }

    /**
     * @param lost members that have been down for so long that their replicas should be made anew elsewhere
     * @param full members whose disks take no more: none is given anything to lead, or a replica more
     */
    public static Plan plan(CouncilState state, Set<VulcanoId> lost, Set<VulcanoId> full) {
        return plan(state, lost, full, Set.of());
    }

    /** @param busy slices that are handed over only where handing over others does not serve as well: whoever uses them waits meanwhile */
    public static Plan plan(CouncilState state, Set<VulcanoId> lost, Set<VulcanoId> full, Set<Long> busy) {
        Placement placement = new Placement(state, lost, full, busy);
        state.slices().keySet().forEach(placement::repair);
        placement.spread();
        SortedMap<Long, SortedSet<VulcanoId>> places = new TreeMap<>();
        placement.targets.forEach((number, target) -> {
            if (!target.equals(placement.config(number).replicas())) {
                places.put(number, target);
            }
        });
        return new Plan(places, placement.handovers());
    }

    private boolean usable(Member member) {
        return member.stores() && !lost.contains(member.id());
    }

    private boolean canTakeMore(VulcanoId id) {
        return canHandOver(id) && !full.contains(id);
    }

    private boolean canHandOver(VulcanoId id) {
        Member member = state.member(id);
        return member != null && usable(member) && member.up();
    }

    private SliceConfig config(long slice) {
        SliceConfig config = state.slices().get(slice);
        if (config == null) {
            throw new IllegalStateException("no slice " + slice);
        }
        return config;
    }

    /** Adds what is missing, then drops what is too much: a replica on a lost member stays as long as there is none in its place. */
    private void repair(long slice) {
        SortedSet<VulcanoId> target = target(slice);
        for (VulcanoId newcomer = leastLoaded(target); counted(target) < wanted && newcomer != null; ) {
            add(slice, newcomer);
            newcomer = leastLoaded(target);
        }
        for (VulcanoId replica : List.copyOf(target)) {
            boolean replaced = counted(target) >= wanted || !stores(replica);
            if (!loads.containsKey(replica) && replaced && mayDrop(slice, replica)) {
                target.remove(replica);
            }
        }
        for (VulcanoId surplus = surplus(slice); counted(target) > wanted && surplus != null; ) {
            remove(slice, surplus);
            surplus = surplus(slice);
        }
    }

    private boolean stores(VulcanoId id) {
        Member member = state.member(id);
        return member != null && member.stores();
    }

    /** Replicas on members that count; one on a lost member that cannot be dropped yet does not. */
    private int counted(SortedSet<VulcanoId> target) {
        return (int) target.stream().filter(loads::containsKey).count();
    }

    /** As {@link SliceRules} allows it. */
    private boolean mayDrop(long slice, VulcanoId replica) {
        SliceConfig config = config(slice);
        if (replica.equals(config.primary())) {
            return false;
        }
        SortedSet<VulcanoId> staying = SliceConfigs.electable(config);
        boolean counts = staying.contains(replica) && stores(replica);
        staying.retainAll(target(slice));
        staying.remove(replica);
        return counts ? staying.size() >= state.replicasPerSlice() : !staying.isEmpty();
    }

    /** Which replica of too many should go: one that is not in sync first, then one of the fullest member. */
    private @Nullable VulcanoId surplus(long slice) {
        SortedSet<VulcanoId> inSync = config(slice).inSync();
        boolean enough = inSync.stream().filter(loads::containsKey).count() >= wanted;
        return target(slice).stream()
                .filter(loads::containsKey)
                .filter(replica -> mayDrop(slice, replica))
                .filter(replica -> enough || (!inSync.contains(replica) && !canTakeMore(replica)))
                .max(Comparator.<VulcanoId, Boolean>comparing(replica -> !inSync.contains(replica))
                        .thenComparing(this::load)
                        .thenComparing(replica -> replica))
                .orElse(null);
    }

    private @Nullable VulcanoId leastLoaded(SortedSet<VulcanoId> besides) {
        return loads.keySet().stream()
                .filter(id -> !besides.contains(id) && canTakeMore(id))
                .min(Comparator.comparing(this::load).thenComparing(id -> id))
                .orElse(null);
    }

    /** Grows a few slices of the fullest members by a replica on the emptiest one. */
    private void spread() {
        long moving = targets.values().stream()
                .filter(target -> counted(target) > wanted)
                .count();
        while (moving < MAX_MOVES && moveOne()) {
            moving++;
        }
    }

    private boolean moveOne() {
        List<VulcanoId> fullest = new ArrayList<>(loads.keySet());
        fullest.sort(Comparator.comparing(this::load).reversed().thenComparing(id -> id));
        for (VulcanoId from : fullest) {
            for (Map.Entry<Long, SortedSet<VulcanoId>> each : targets.entrySet()) {
                long slice = each.getKey();
                VulcanoId to = leastLoaded(each.getValue());
                if (to != null && load(from) - load(to) >= 2 && movable(slice, from)) {
                    add(slice, to);
                    loads.merge(from, -1, Integer::sum);
                    return true;
                }
            }
        }
        return false;
    }

    /** Only a slice that is whole moves, and only away from a replica that does not lead it. */
    private boolean movable(long slice, VulcanoId from) {
        SliceConfig config = config(slice);
        SortedSet<VulcanoId> target = target(slice);
        return target.contains(from)
                && !from.equals(config.primary())
                && target.equals(config.replicas())
                && target.size() == wanted
                && SliceConfigs.electable(config).equals(target);
    }

    private List<Handover> handovers() {
        SortedMap<VulcanoId, Integer> led = new TreeMap<>();
        loads.keySet().forEach(id -> led.put(id, 0));
        state.slices().values().forEach(config -> led.merge(config.primary(), 1, Integer::sum));
        List<Handover> handovers = new ArrayList<>();
        Set<Long> passing = new TreeSet<>();
        while (handovers.size() < MAX_HANDOVERS) {
            Handover best = bestHandover(led, passing);
            if (best == null) {
                break;
            }
            handovers.add(best);
            passing.add(best.slice());
            led.merge(best.from(), -1, Integer::sum);
            led.merge(best.to(), 1, Integer::sum);
        }
        return handovers;
    }

    private @Nullable Handover bestHandover(SortedMap<VulcanoId, Integer> led, Set<Long> passing) {
        Handover best = null;
        int bestGain = 1;
        for (Map.Entry<Long, SliceConfig> each : state.slices().entrySet()) {
            SliceConfig config = each.getValue();
            if (passing.contains(each.getKey()) || !target(each.getKey()).equals(config.replicas())) {
                continue;
            }
            for (VulcanoId to : SliceConfigs.electable(config)) {
                int gain = gain(led, config.primary(), to);
                boolean isBetter = gain > bestGain
                        || (best != null
                                && gain == bestGain
                                && busy.contains(best.slice())
                                && !busy.contains(each.getKey()));
                if (isBetter && canTakeMore(to)) {
                    best = new Handover(each.getKey(), config.primary(), to);
                    bestGain = gain;
                }
            }
        }
        return best;
    }

    /** How much better it would be if {@code to} led; one who has gone for ever leads nothing if it can be helped, one who is down cannot hand over. */
    private int gain(SortedMap<VulcanoId, Integer> led, VulcanoId from, VulcanoId to) {
        int fewer = led.getOrDefault(from, 0) - led.getOrDefault(to, 0);
        if (from.equals(to)) {
            return 0;
        }
        return stores(from)
                ? (canHandOver(from) ? fewer : 0)
                : fewer + 2 + 2 * state.slices().size();
    }

    private SortedSet<VulcanoId> target(long slice) {
        SortedSet<VulcanoId> target = targets.get(slice);
        if (target == null) {
            throw new IllegalStateException("no slice " + slice);
        }
        return target;
    }

    private int load(VulcanoId id) {
        return loads.getOrDefault(id, 0);
    }

    private void add(long slice, VulcanoId newcomer) {
        target(slice).add(newcomer);
        loads.merge(newcomer, 1, Integer::sum);
    }

    private void remove(long slice, VulcanoId surplus) {
        target(slice).remove(surplus);
        loads.merge(surplus, -1, Integer::sum);
    }
}
