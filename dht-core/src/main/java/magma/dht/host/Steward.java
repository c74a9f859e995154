package magma.dht.host;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import magma.dht.council.CommandId;
import magma.dht.council.Council;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilState;
import magma.dht.council.CouncilStatus;
import magma.dht.council.Member;
import magma.dht.council.Placement;
import magma.dht.council.Result;
import magma.dht.replication.VulcanoId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that slices are where they shall be: the council's leader says where, and each vulcano passes on what others should lead. One thread, which looks at the
 * council's word now and then.
 */
public final class Steward implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Steward.class);
    private static final Duration LOOK = Duration.ofMillis(500);

    /** While slices are on the move: each step is asked for when the one before is taken. */
    private static final Duration SOON = Duration.ofMillis(100);

    /** Between two handovers of slices that are in use. */
    private static final Duration BUSY_PAUSE = Duration.ofMillis(300);

    private final VulcanoId self;
    private final Council council;
    private final Replicas replicas;
    private final Duration patience;
    private final Map<VulcanoId, Long> downSince = new HashMap<>();
    private final Traffic traffic;
    private final Arrivals arrivals = new Arrivals();
    private long busyHandover = System.nanoTime() - BUSY_PAUSE.toNanos();
    private final Thread thread = new Thread(this::run, "magma-steward");
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile @Nullable CompletableFuture<Result> waiting;

    /** The version of the state that was looked at last, who was lost then, whose disks were full, and whether nothing was to be done: that needs no other look. */
    private long seen;

    private Set<VulcanoId> seenLost = Set.of();
    private Set<VulcanoId> seenFull = Set.of();
    private boolean settled;

    /** @param patience after which the replicas of a vulcano that is down are made anew elsewhere */
    public Steward(VulcanoId self, Council council, Replicas replicas, Duration patience) {
        this.self = self;
        this.council = council;
        this.replicas = replicas;
        this.patience = patience;
        this.traffic = new Traffic(replicas::appended);
        thread.setDaemon(true);
    }

    public void start() {
        thread.start();
    }

    private void run() {
        try {
            Duration pause = LOOK;
            while (!closing.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                pause = look() ? SOON : LOOK;
            }
        } catch (InterruptedException e) {
            log.debug("The steward stops");
        }
    }

    /** @return whether there is something to be done, and it gets on */
    private boolean look() throws InterruptedException {
        try {
            CouncilState state = council.state();
            Set<Long> busy = traffic.busy(state.slices().keySet(), System.nanoTime());
            Set<VulcanoId> lost = lost(state);
            Set<VulcanoId> full = replicas.full();
            boolean isSame = state.version() == seen && lost.equals(seenLost) && full.equals(seenFull);
            if (settled && isSame) {
                return false;
            }
            Placement.Plan plan = Placement.plan(state, lost, full, busy);
            settled = plan.isEmpty();
            seen = state.version();
            seenLost = lost;
            seenFull = full;
            boolean leads = council.status().role() == CouncilStatus.OwnRole.LEADER;
            if (!plan.places().isEmpty() && leads) {
                CompletableFuture<Result> placed =
                        council.propose(new CouncilCommand.Place(new CommandId(UUID.randomUUID()), plan.places()));
                waiting = placed;
                if (closing.getCount() > 0) {
                    log.debug("Placed: {}", placed.get());
                }
            }
            // What is used waits while it is handed over, the longer the more else there is to be done.
            boolean isQuiet = !arrivals.areUnderWay(state, System.nanoTime());
            for (Placement.Handover handover : plan.handovers()) {
                if (handover.from().equals(self) && plan.places().isEmpty() && isQuiet) {
                    handOver(handover, busy.contains(handover.slice()));
                }
            }
            return !settled && !isSame;
        } catch (CancellationException e) {
            log.debug("The steward stops");
        } catch (ExecutionException e) {
            log.debug("The council does not answer", e);
        } catch (RuntimeException e) {
            log.error("Where slices shall be could not be said", e);
        }
        return false;
    }

    /** What is in use goes one slice at a time: whoever uses it waits while nobody leads it, and is not to wait for all of them in turn. */
    private void handOver(Placement.Handover handover, boolean isBusy) {
        long now = System.nanoTime();
        if (isBusy && now - busyHandover < BUSY_PAUSE.toNanos()) {
            return;
        }
        if (isBusy) {
            busyHandover = now;
        }
        replicas.handOver(handover.slice(), handover.to());
    }

    private Set<VulcanoId> lost(CouncilState state) {
        long now = System.nanoTime();
        Set<VulcanoId> lost = new HashSet<>();
        for (Member member : state.members().values()) {
            if (member.up() || !member.joined()) {
                downSince.remove(member.id());
            } else if (now - downSince.computeIfAbsent(member.id(), id -> now) > patience.toNanos()) {
                lost.add(member.id());
            }
        }
        return lost;
    }

    @Override
    public void close() {
        closing.countDown();
        CompletableFuture<Result> asked = waiting;
        if (asked != null) {
            asked.cancel(false);
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
