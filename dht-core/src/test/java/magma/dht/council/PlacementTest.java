package magma.dht.council;

import static magma.dht.council.States.config;
import static magma.dht.council.States.id;
import static magma.dht.council.States.ids;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import org.junit.jupiter.api.Test;

class PlacementTest {
    private static final long SEED = 20261127;

    private final States states = new States();

    /** Carries a plan out: what it asks for must be accepted, and everybody catches up. */
    private CouncilState carriedOut(CouncilState state, Placement.Plan plan) {
        CouncilState next = state;
        if (!plan.places().isEmpty()) {
            next = States.accepted(next, new CouncilCommand.Place(states.next(), plan.places()));
        }
        for (Placement.Handover handover : plan.handovers()) {
            SliceConfig now = config(next, handover.slice());
            next = states.change(next, handover.slice(), now.handedTo(handover.to()));
        }
        return states.caughtUp(next);
    }

    /** Plans and carries out until nothing is left to do. */
    private CouncilState settled(CouncilState state, Set<VulcanoId> lost) {
        CouncilState next = state;
        for (int step = 0; step < 1000; step++) {
            Placement.Plan plan = Placement.plan(next, lost, Set.of());
            if (plan.isEmpty()) {
                return next;
            }
            next = carriedOut(next, plan);
        }
        throw new AssertionError("the plans never end");
    }

    private static Map<VulcanoId, Integer> loads(CouncilState state) {
        Map<VulcanoId, Integer> loads = new TreeMap<>();
        state.members().values().stream().filter(Member::stores).forEach(member -> loads.put(member.id(), 0));
        state.slices()
                .values()
                .forEach(config -> config.replicas().forEach(replica -> loads.merge(replica, 1, Integer::sum)));
        return loads;
    }

    private static Map<VulcanoId, Integer> led(CouncilState state) {
        Map<VulcanoId, Integer> led = new TreeMap<>();
        state.members().values().stream().filter(Member::stores).forEach(member -> led.put(member.id(), 0));
        state.slices().values().forEach(config -> led.merge(config.primary(), 1, Integer::sum));
        return led;
    }

    private static void assertSpread(Map<VulcanoId, Integer> counts, int most) {
        assertThat(Collections.max(counts.values()) - Collections.min(counts.values()))
                .as("%s", counts)
                .isLessThanOrEqualTo(most);
    }

    @Test
    void oneMemberHasNothingToDo() {
        assertThat(Placement.plan(states.of(1, 8), Set.of(), Set.of()).isEmpty())
                .isTrue();
    }

    @Test
    void aSecondMemberGetsAReplicaOfEachSliceAndLeadsHalfOfThem() {
        CouncilState state = settled(states.of(2, 8), Set.of());
        state.slices().values().forEach(config -> assertThat(config.replicas()).isEqualTo(ids(1, 2)));
        assertThat(led(state).values()).containsExactly(4, 4);
    }

    @Test
    void fiveMembersHoldThreeReplicasEachSliceEvenly() {
        CouncilState state = settled(states.of(5, 64), Set.of());
        state.slices().values().forEach(config -> assertThat(config.replicas()).hasSize(3));
        assertSpread(loads(state), 1);
        assertSpread(led(state), 2);
    }

    @Test
    void aNewcomerIsFilledAFewSlicesAtATime() {
        CouncilState before = settled(states.of(4, 64), Set.of());
        CouncilState state = states.joined(before, 5, MemberKind.STORING);
        Placement.Plan plan = Placement.plan(state, Set.of(), Set.of());
        assertThat(plan.places()).hasSizeBetween(1, Placement.MAX_MOVES);
        plan.places()
                .forEach((slice, replicas) -> assertThat(replicas)
                        .containsAll(config(state, slice).replicas())
                        .contains(id(5)));
        CouncilState after = settled(state, Set.of());
        assertSpread(loads(after), 1);
        long moved = after.slices().entrySet().stream()
                .filter(each -> !config(before, each.getKey())
                        .replicas()
                        .equals(each.getValue().replicas()))
                .count();
        assertThat(moved).isLessThanOrEqualTo(39);
    }

    @Test
    void whatALostMemberHeldIsMadeAnewElsewhere() {
        CouncilState state = settled(states.of(4, 16), Set.of());
        state = states.died(state, 4);
        for (Map.Entry<Long, SliceConfig> each : state.slices().entrySet()) {
            SliceConfig config = each.getValue();
            if (config.primary().equals(id(4))) {
                VulcanoId other = config.inSync().first();
                state = states.change(state, each.getKey(), config.takenOverBy(other, 1));
            } else if (config.inSync().contains(id(4))) {
                state = states.change(state, each.getKey(), config.without(id(4)));
            }
        }
        assertThat(Placement.plan(state, Set.of(), Set.of()).places())
                .as("not while it may come back")
                .isEmpty();
        CouncilState repaired = settled(state, Set.of(id(4)));
        repaired.slices()
                .values()
                .forEach(config -> assertThat(config.replicas()).isEqualTo(ids(1, 2, 3)));
    }

    @Test
    void oneWhoseDiskIsFullIsGivenNothingToLeadAndGivesAwayWhatItLeads() {
        CouncilState state = states.joined(settled(states.of(2, 12), Set.of()), 3, MemberKind.STORING);
        state = states.caughtUp(States.accepted(
                state,
                new CouncilCommand.Place(
                        states.next(), Placement.plan(state, Set.of(), Set.of()).places())));
        assertThat(Placement.plan(state, Set.of(), Set.of()).handovers())
                .anyMatch(handover -> handover.to().equals(id(3)));
        Placement.Plan plan = Placement.plan(state, Set.of(), Set.of(id(3)));
        assertThat(plan.handovers()).noneMatch(handover -> handover.to().equals(id(3)));
        assertThat(plan.places().values()).noneMatch(replicas -> replicas.contains(id(3)));
    }

    @Test
    void whatIsInUseIsHandedOverOnlyWhereNothingElseIs() {
        CouncilState one = settled(states.of(1, 8), Set.of());
        CouncilState state = states.joined(one, 2, MemberKind.STORING);
        state = states.caughtUp(States.accepted(
                state,
                new CouncilCommand.Place(
                        states.next(), Placement.plan(state, Set.of(), Set.of()).places())));
        Set<Long> all = state.slices().keySet();
        Set<Long> busy = Set.copyOf(all.stream().limit(all.size() - 2).toList());
        assertThat(Placement.plan(state, Set.of(), Set.of(), busy).handovers())
                .extracting(Placement.Handover::slice)
                .hasSize(Placement.MAX_HANDOVERS)
                .startsWith(all.stream().skip(all.size() - 2).toArray(Long[]::new));
        assertThat(Placement.plan(state, Set.of(), Set.of(), Set.copyOf(all)).handovers())
                .hasSize(Placement.MAX_HANDOVERS);
    }

    @Test
    void aLostMemberKeepsItsReplicasWhenThereIsNobodyElse() {
        CouncilState state = states.died(settled(states.of(3, 4), Set.of()), 3);
        for (Map.Entry<Long, SliceConfig> each : state.slices().entrySet()) {
            if (!each.getValue().primary().equals(id(3))) {
                state = states.change(state, each.getKey(), each.getValue().without(id(3)));
            }
        }
        assertThat(Placement.plan(state, Set.of(id(3)), Set.of()).places()).isEmpty();
    }

    @Test
    void fewerReplicasAreWantedAndSomeGo() {
        CouncilState state = settled(states.of(3, 12), Set.of());
        state = States.accepted(state, new CouncilCommand.SetReplicasWanted(states.next(), 2));
        CouncilState fewer = settled(state, Set.of());
        fewer.slices().values().forEach(config -> assertThat(config.replicas()).hasSize(2));
        assertSpread(loads(fewer), 1);
    }

    @Test
    void theSameStateGivesTheSamePlan() {
        CouncilState state = states.joined(settled(states.of(4, 32), Set.of()), 5, MemberKind.STORING);
        assertThat(Placement.plan(state, Set.of(), Set.of())).isEqualTo(Placement.plan(state, Set.of(), Set.of()));
    }

    /** Vulcanos come, go and die; whatever the plan asks for is accepted, and in the end all is whole and even. */
    @Test
    void whateverHappensPlansAreAcceptedAndEndEvenly() {
        for (int round = 0; round < 60; round++) {
            Random random = new Random(SEED + round);
            CouncilState state = states.of(1 + random.nextInt(3), 16);
            int next = 10;
            for (int step = 0; step < 12; step++) {
                state = happening(random, state, next++);
                Placement.Plan plan = Placement.plan(state, down(state, random), Set.of());
                state = partlyCarriedOut(state, plan);
            }
            for (Member member : state.members().values()) {
                if (member.joined() && !member.up()) {
                    int number = (int) member.id().uuid().getLeastSignificantBits();
                    state = states.started(state, number, member.incarnation() + 1);
                }
            }
            CouncilState end = settled(states.caughtUp(state), Set.of());
            int wanted = end.replicasPerSlice();
            assertThat(end.slices().values())
                    .as("seed %d", SEED + round)
                    .allSatisfy(config -> assertThat(config.replicas().stream()
                                    .filter(id -> stores(end, id))
                                    .count())
                            .isEqualTo(wanted));
            assertSpread(loadsOfStoring(end), 2);
        }
    }

    private static boolean stores(CouncilState state, VulcanoId id) {
        Member member = state.member(id);
        return member != null && member.stores();
    }

    private static Map<VulcanoId, Integer> loadsOfStoring(CouncilState state) {
        Map<VulcanoId, Integer> loads = loads(state);
        loads.keySet().removeIf(id -> !stores(state, id));
        return loads;
    }

    private static Set<VulcanoId> down(CouncilState state, Random random) {
        Set<VulcanoId> down = new TreeSet<>();
        for (Member member : state.members().values()) {
            if (member.joined() && !member.up() && random.nextBoolean()) {
                down.add(member.id());
            }
        }
        return down;
    }

    private CouncilState partlyCarriedOut(CouncilState state, Placement.Plan plan) {
        return plan.places().isEmpty()
                ? state
                : States.accepted(state, new CouncilCommand.Place(states.next(), plan.places()));
    }

    private CouncilState happening(Random random, CouncilState state, int newcomer) {
        Member[] joined =
                state.members().values().stream().filter(Member::joined).toArray(Member[]::new);
        Member someone = joined[random.nextInt(joined.length)];
        int number = (int) someone.id().uuid().getLeastSignificantBits();
        return switch (random.nextInt(5)) {
            case 0, 1 -> joined.length > 7 ? state : states.joined(state, newcomer, MemberKind.STORING);
            case 2 -> joined.length < 3 ? state : states.expelled(state, number);
            case 3 -> someone.up() ? states.died(state, number) : state;
            default -> states.caughtUp(state);
        };
    }
}
