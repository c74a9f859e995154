package magma.council.ratis;

import java.io.IOException;
import java.time.Duration;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import magma.dht.council.CommandId;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilState;
import magma.dht.council.Founding;
import magma.dht.council.Member;
import magma.dht.council.Voters;
import magma.dht.council.VotingRole;
import magma.dht.replication.VulcanoId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** As the leader, sees to it that the right members vote, as {@link Voters} says, and that the state says who they are. */
final class VoterChanges {
    private static final Logger LOG = LoggerFactory.getLogger(VoterChanges.class);
    private static final Duration SEAT_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration CHANGE_TIMEOUT = Duration.ofSeconds(10);
    private static final long PAUSE_NANOS = 1_000_000_000L;

    private final Standing standing;
    private final Seen seen;
    private final PeerLink link;
    private final AtomicBoolean busy = new AtomicBoolean();
    private volatile long notBefore = System.nanoTime();

    VoterChanges(Standing standing, Seen seen, PeerLink link) {
        this.standing = standing;
        this.seen = seen;
        this.link = link;
    }

    /** Changes who votes, if this member leads and others should. Does not wait for it. */
    void adjustVoters() {
        Seat seat = standing.leading();
        CouncilState state = seen.stateOrNull();
        if (seat == null || state == null || !seat.leadsReady() || System.nanoTime() < notBefore) {
            return;
        }
        SortedSet<VulcanoId> current = seat.voters();
        SortedSet<VulcanoId> wanted = Voters.choose(state, current, standing.self());
        if (current.equals(wanted) && current.equals(votersInState(state))) {
            return;
        }
        if (!busy.compareAndSet(false, true)) {
            return;
        }
        try {
            link.executor().execute(() -> change(seat, wanted));
        } catch (RejectedExecutionException e) {
            busy.set(false);
        }
    }

    private static SortedSet<VulcanoId> votersInState(CouncilState state) {
        SortedSet<VulcanoId> voters = new TreeSet<>();
        for (Member member : state.members().values()) {
            if (member.role() == VotingRole.VOTER) {
                voters.add(member.id());
            }
        }
        return voters;
    }

    private void change(Seat seat, SortedSet<VulcanoId> wanted) {
        try {
            SortedSet<VulcanoId> current = seat.voters();
            if (!current.equals(wanted)) {
                seatNewcomers(seat.founding(), current, wanted);
                seat.setVoters(wanted, CHANGE_TIMEOUT);
                LOG.info("the council's voters are {} now, {} before", wanted, current);
            }
            if (seat.leads()) {
                CouncilCommand command = new CouncilCommand.SetVoters(new CommandId(UUID.randomUUID()), seat.voters());
                seat.submit(Machine.entry(command), CHANGE_TIMEOUT);
            }
        } catch (IOException e) {
            notBefore = System.nanoTime() + PAUSE_NANOS;
            LOG.debug("the council's voters could not be changed to {} yet", wanted, e);
        } finally {
            busy.set(false);
        }
    }

    private void seatNewcomers(Founding founding, SortedSet<VulcanoId> current, SortedSet<VulcanoId> wanted)
            throws IOException {
        for (VulcanoId voter : wanted) {
            if (!current.contains(voter)) {
                link.fetch(voter, Messages.SEAT, Messages.founding(founding), SEAT_TIMEOUT);
            }
        }
    }
}
