package magma.vulcano;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import magma.dht.council.CouncilState;
import magma.dht.replication.VulcanoId;

/** Waits for what a network of vulcanos comes to. */
final class Networks {
    static final long PATIENCE_SECONDS = 120;

    private Networks() {}

    /** The council's word as soon as it is so, seen from one vulcano. */
    static CouncilState when(LavaNode seenFrom, Predicate<CouncilState> wanted) throws Exception {
        CompletableFuture<CouncilState> seen = new CompletableFuture<>();
        seenFrom.council().watch(state -> {
            if (wanted.test(state)) {
                seen.complete(state);
            }
        });
        try {
            return seen.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("still " + seenFrom.council().state().slices(), e);
        }
    }

    /** Returns when three have all slices in sync, and each of them leads its share. */
    static void awaitSpread(List<LavaNode> nodes) throws Exception {
        CouncilState unused = when(nodes.get(0), state -> isWhole(state) && isSpread(state, nodes));
    }

    /** Whether all slices are in sync on three, and three decide: any one may be lost. */
    static boolean isWhole(CouncilState state) {
        return state.slices().values().stream()
                        .allMatch(config -> config.inSync().size() == 3)
                && TestLava.voters(state) == 3;
    }

    /** Whether every slice is led, and no vulcano leads more than two slices more than its share, or less. */
    static boolean isSpread(CouncilState state, List<LavaNode> nodes) {
        int share = state.slices().size() / nodes.size();
        return state.slices().values().stream().noneMatch(config -> config.incarnation() == 0)
                && nodes.stream().allMatch(node -> Math.abs(led(state, node.id()) - share) <= 2);
    }

    private static int led(CouncilState state, VulcanoId vulcano) {
        return (int) state.slices().values().stream()
                .filter(config -> config.primary().equals(vulcano))
                .count();
    }
}
