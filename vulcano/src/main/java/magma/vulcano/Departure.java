package magma.vulcano;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import magma.dht.council.CommandId;
import magma.dht.council.Council;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilState;
import magma.dht.council.Member;
import magma.dht.host.Replicas;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.wire.PeerRequest.DeathNotice;
import magma.dht.wire.Reply;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a vulcano leaves in order, so that nobody has to wait for it: it tells the council, hands over what it leads, takes part in nothing more, and says that it has ended. Each
 * step has its time; what does not come about in it, as where the others stop too, is left to the next start.
 */
final class Departure {
    private static final Logger log = LoggerFactory.getLogger(Departure.class);

    private static final Duration COUNCIL = Duration.ofSeconds(1);
    private static final Duration HANDOVER = Duration.ofSeconds(2);
    private static final Duration FAREWELL = Duration.ofMillis(500);
    private static final long LOOK_MILLIS = 10;

    private final VulcanoId self;
    private final Council council;
    private final Replicas replicas;

    Departure(VulcanoId self, Council council, Replicas replicas) {
        this.self = self;
        this.council = council;
        this.replicas = replicas;
    }

    /** @param notice of this very process */
    void leave(DeathNotice notice, Deaths deaths) throws InterruptedException {
        CompletableFuture<?> told = council.propose(
                new CouncilCommand.MemberDied(new CommandId(UUID.randomUUID()), self, notice.incarnation()));
        if (isAlone(council.state())) {
            replicas.stop();
            return;
        }
        await(told, COUNCIL);
        handOver();
        replicas.stop();
        List<CompletableFuture<Reply>> heard = deaths.tellAll(notice, council.state());
        await(CompletableFuture.allOf(heard.toArray(CompletableFuture[]::new)), FAREWELL);
    }

    private boolean isAlone(CouncilState state) {
        return state.members().values().stream()
                .noneMatch(member -> !member.id().equals(self) && member.joined() && member.up());
    }

    private static void await(CompletableFuture<?> answer, Duration patience) throws InterruptedException {
        try {
            Object unused = answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            log.debug("Leaving without an answer", e);
        }
    }

    private void handOver() throws InterruptedException {
        long deadline = System.nanoTime() + HANDOVER.toNanos();
        List<Long> led = replicas.led();
        int first = led.size();
        while (!led.isEmpty() && offer(led) && System.nanoTime() - deadline < 0) {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            led = replicas.led();
        }
        log.info("Handed over {} of {} slices", first - led.size(), first);
    }

    /** @return whether there is anybody to hand anything over to */
    private boolean offer(List<Long> led) {
        CouncilState state = council.state();
        Set<VulcanoId> full = replicas.full();
        Map<VulcanoId, Integer> loads = new HashMap<>();
        state.slices().values().forEach(config -> loads.merge(config.primary(), 1, Integer::sum));
        boolean offered = false;
        for (long slice : led) {
            SliceConfig config = replicas.config(slice);
            VulcanoId next = config == null ? null : next(config, state, full, loads);
            if (next != null) {
                loads.merge(next, 1, Integer::sum);
                replicas.handOver(slice, next);
                offered = true;
            }
        }
        return offered;
    }

    /** One whose disk has room, if there is any; of these one that leads least. */
    static @Nullable VulcanoId next(
            SliceConfig config, CouncilState state, Set<VulcanoId> full, Map<VulcanoId, Integer> loads) {
        Comparator<VulcanoId> order =
                Comparator.<VulcanoId, Boolean>comparing(full::contains).thenComparing(id -> loads.getOrDefault(id, 0));
        VulcanoId best = null;
        for (VulcanoId candidate : config.inSync()) {
            Member member = state.member(candidate);
            boolean can = !candidate.equals(config.primary())
                    && !config.unclean().containsKey(candidate)
                    && member != null
                    && member.stores()
                    && member.up();
            if (can && (best == null || order.compare(candidate, best) < 0)) {
                best = candidate;
            }
        }
        return best;
    }
}
