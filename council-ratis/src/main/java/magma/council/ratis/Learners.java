package magma.council.ratis;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import magma.council.ratis.Messages.Known;
import magma.council.ratis.Messages.Update;
import magma.dht.codec.MalformedException;
import magma.dht.council.CouncilState;
import magma.dht.council.Member;
import magma.dht.replication.VulcanoId;
import org.jspecify.annotations.Nullable;

/**
 * As the leader, sends what was decided to those who do not vote: at once when something was, and every second otherwise. A few threads serve all of them, and one who does
 * not answer is asked more and more seldom.
 */
final class Learners {
    private static final int MOST_THREADS = 6;
    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final long BEACON_NANOS = 1_000_000_000L;
    private static final long FIRST_PAUSE_NANOS = 50_000_000L;
    private static final long LONGEST_PAUSE_NANOS = 3_000_000_000L;

    /** What one learner has, as far as is known here. */
    private static final class Learner {
        private Known known = Known.NOTHING;
        private boolean busy;
        private int failures;
        private long notBefore = System.nanoTime();
        private long sent = System.nanoTime() - BEACON_NANOS;
    }

    private final Standing standing;
    private final Seen seen;
    private final PeerLink link;
    private final Map<VulcanoId, Learner> learners = new HashMap<>();
    private int threads;

    Learners(Standing standing, Seen seen, PeerLink link) {
        this.standing = standing;
        this.seen = seen;
        this.link = link;
    }

    /** Sends what there is to send. Does not wait for it. */
    void send() {
        Seat seat = standing.leading();
        synchronized (this) {
            if (seat == null) {
                learners.clear();
                return;
            }
            while (threads < MOST_THREADS && threads < learners.size() + 1) {
                VulcanoId next = nextReady(seat);
                if (next == null) {
                    return;
                }
                try {
                    link.executor().execute(() -> serve(next));
                    threads++;
                } catch (RejectedExecutionException e) {
                    done(next, null);
                    return;
                }
            }
        }
    }

    private void serve(VulcanoId first) {
        VulcanoId next = first;
        while (next != null) {
            Seat seat = standing.leading();
            Known known = seat == null ? null : update(seat, next);
            synchronized (this) {
                done(next, known);
                next = seat == null ? null : nextReady(seat);
                if (next == null) {
                    threads--;
                }
            }
        }
    }

    private @Nullable Known update(Seat seat, VulcanoId learner) {
        Known known;
        synchronized (this) {
            Learner entry = learners.get(learner);
            if (entry == null) {
                return null;
            }
            known = entry.known;
        }
        Update update = Service.updateSince(seat, known);
        if (update == null) {
            return null;
        }
        try {
            return Known.read(link.fetch(learner, Messages.UPDATE, update.bytes(), TIMEOUT));
        } catch (IOException | MalformedException e) {
            return null;
        }
    }

    private void done(VulcanoId id, @Nullable Known known) {
        Learner learner = learners.get(id);
        if (learner == null) {
            return;
        }
        learner.busy = false;
        learner.sent = System.nanoTime();
        if (known != null) {
            learner.known = known;
            learner.failures = 0;
            return;
        }
        learner.known = Known.NOTHING;
        learner.notBefore =
                System.nanoTime() + Math.min(LONGEST_PAUSE_NANOS, FIRST_PAUSE_NANOS << Math.min(learner.failures, 10));
        learner.failures++;
    }

    /** One who lacks something, or has heard nothing for a second; busy from now on. */
    private @Nullable VulcanoId nextReady(Seat seat) {
        CouncilState state = seen.stateOrNull();
        if (state == null) {
            return null;
        }
        long index = seat.machine().appliedIndex();
        for (Member member : state.members().values()) {
            if (!member.joined() || seat.voters().contains(member.id())) {
                learners.remove(member.id());
                continue;
            }
            Learner learner = learners.computeIfAbsent(member.id(), id -> new Learner());
            long now = System.nanoTime();
            boolean behind = learner.known.index() < index || !seat.founding().equals(learner.known.founding());
            if (!learner.busy && now >= learner.notBefore && (behind || now - learner.sent >= BEACON_NANOS)) {
                learner.busy = true;
                return member.id();
            }
        }
        return null;
    }
}
