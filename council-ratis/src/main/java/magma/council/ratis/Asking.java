package magma.council.ratis;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import magma.council.ratis.Messages.Answer;
import magma.council.ratis.Messages.Request;
import magma.council.ratis.Messages.Update;
import magma.dht.codec.MalformedException;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilState;
import magma.dht.council.CouncilUnavailableException;
import magma.dht.council.Result;
import magma.dht.replication.VulcanoId;
import org.jspecify.annotations.Nullable;

/**
 * Finds the leader and asks it, again and again until there is an answer or the time is up: the leader that is known here, then each voter in turn, which may know another.
 * Asking twice does no harm: commands have ids. Blocks the thread.
 */
final class Asking {
    /** After so long without an answer another is asked: who leads may hang, and be replaced by then. */
    private static final Duration ATTEMPT = Duration.ofMillis(700);

    /** Who has not answered in time is given twice as long the next time, up to this: it may be slow, and still lead. */
    private static final Duration LONGEST_ATTEMPT = Duration.ofSeconds(3);

    private static final long FIRST_PAUSE_MILLIS = 10;
    private static final long LONGEST_PAUSE_MILLIS = 100;

    private final Standing standing;
    private final Seen seen;
    private final Service service;
    private final PeerLink link;

    Asking(Standing standing, Seen seen, Service service, PeerLink link) {
        this.standing = standing;
        this.seen = seen;
        this.service = service;
        this.link = link;
    }

    /** @param until as System.nanoTime */
    Result propose(CouncilCommand command, long until) throws CouncilUnavailableException {
        byte[] bytes = command.encode();
        if (bytes.length > CouncilSettings.MAX_COMMAND) {
            throw new IllegalArgumentException("a command of " + bytes.length + " bytes is too long");
        }
        return Result.decode(ask(new Request(Messages.PROPOSE, bytes), until));
    }

    /** @param until as System.nanoTime */
    CouncilState read(long until) throws CouncilUnavailableException {
        while (true) {
            Request request = new Request(Messages.READ, seen.known().bytes());
            Update update = Update.read(ask(request, until));
            try {
                standing.updated(update);
                CouncilState state = seen.await(update.founding(), update.index(), Math.min(until, soon()));
                if (state != null) {
                    return state;
                }
            } catch (IOException e) {
                throw new CouncilUnavailableException(String.valueOf(e.getMessage()), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new CouncilUnavailableException("interrupted", e);
            }
        }
    }

    private static long soon() {
        return System.nanoTime() + 1_000_000_000L;
    }

    private byte[] ask(Request request, long until) throws CouncilUnavailableException {
        Round round = new Round();
        String why = "nobody to ask is known";
        int pauses = 0;
        while (true) {
            long leaderships = standing.leaderships().read();
            VulcanoId target = round.next();
            if (target != null) {
                try {
                    Answer answer = askOne(target, request, timeout(round.patience(target), until));
                    if (answer instanceof Answer.Done done) {
                        return done.content();
                    } else if (answer instanceof Answer.Elsewhere elsewhere) {
                        why = target + " does not lead";
                        round.hint(elsewhere.leader());
                    } else if (answer instanceof Answer.Refused refused) {
                        throw new CouncilUnavailableException(target + " refused: " + refused.reason());
                    } else if (answer instanceof Answer.Failed failed) {
                        why = target + ": " + failed.reason();
                    }
                } catch (IOException e) {
                    why = target + ": " + e.getMessage();
                    round.gaveNoAnswer(target);
                } catch (MalformedException e) {
                    throw new CouncilUnavailableException("a malformed answer of " + target, e);
                }
            }
            if (paused(pauses++, leaderships, until, why)) {
                // It may take a moment until it can decide.
                pauses = 0;
                round.hint(standing.leader());
            }
        }
    }

    /** @return whether another leads since there were so many leaderships: then the pause ends at once */
    private boolean paused(int before, long leaderships, long until, String why) throws CouncilUnavailableException {
        long left = (until - System.nanoTime()) / 1_000_000;
        long pause = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(before, 4));
        if (left <= pause) {
            throw new CouncilUnavailableException("the council did not answer in time; at last " + why);
        }
        try {
            return standing.leaderships().await(leaderships + 1, Duration.ofMillis(pause));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CouncilUnavailableException("interrupted", e);
        }
    }

    private static Duration timeout(Duration patience, long until) {
        Duration left = Duration.ofNanos(until - System.nanoTime());
        return left.compareTo(patience) < 0 ? left : patience;
    }

    private Answer askOne(VulcanoId target, Request request, Duration timeout) throws IOException {
        return target.equals(standing.self())
                ? service.serve(target, request, timeout)
                : link.call(target, request.kind(), request.content(), timeout);
    }

    /** Whom to ask next. */
    private final class Round {
        private @Nullable VulcanoId hint = standing.leader();
        private @Nullable VulcanoId last;
        private List<VulcanoId> rest = List.of();
        private final Map<VulcanoId, Duration> patience = new HashMap<>();

        Duration patience(VulcanoId target) {
            return patience.getOrDefault(target, ATTEMPT);
        }

        void gaveNoAnswer(VulcanoId target) {
            Duration next = patience(target).multipliedBy(2);
            patience.put(target, next.compareTo(LONGEST_ATTEMPT) > 0 ? LONGEST_ATTEMPT : next);
        }

        void hint(@Nullable VulcanoId leader) {
            hint = leader;
        }

        @Nullable
        VulcanoId next() {
            VulcanoId next = standing.leading() != null ? standing.self() : hint;
            hint = null;
            if (next == null || next.equals(last)) {
                next = another();
            }
            last = next;
            return next;
        }

        private @Nullable VulcanoId another() {
            VulcanoId leader = standing.leader();
            if (leader != null && !leader.equals(last)) {
                return leader;
            }
            if (rest.isEmpty()) {
                rest = new ArrayList<>(standing.voters());
                Collections.shuffle(rest);
            }
            return rest.isEmpty() ? null : rest.remove(rest.size() - 1);
        }
    }
}
