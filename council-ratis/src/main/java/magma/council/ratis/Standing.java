package magma.council.ratis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import magma.council.ratis.Messages.Update;
import magma.dht.council.CouncilState;
import magma.dht.council.CouncilStatus;
import magma.dht.council.CouncilStatus.OwnRole;
import magma.dht.council.Founding;
import magma.dht.council.Member;
import magma.dht.council.VotingRole;
import magma.dht.replication.VulcanoId;
import magma.dht.runtime.EventCount;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this member is in the council now: whether it has a seat, who leads, who votes. Safe for all threads. */
final class Standing {
    private static final Logger LOG = LoggerFactory.getLogger(Standing.class);

    /** For how long one who was asked to take a seat keeps it, though it does not vote yet. */
    private static final long INVITED_NANOS = 15_000_000_000L;

    /** So often a seat whose log was broken is tried to be taken again. */
    private static final long REGAIN_NANOS = 2_000_000_000L;

    /** With so much room on the disk. */
    private static final long REGAIN_BYTES = 8 << 20;

    private final VulcanoId self;
    private final Path directory;
    private final PeerLink link;
    private final Seen seen;
    private final EventCount leaderships = new EventCount();

    private volatile @Nullable Seat seat;
    private volatile @Nullable Heard heard;
    private long invited;

    /** Of which council a seat was given up since its log was broken; null where none was. */
    private @Nullable Founding broken;

    private long regainAt;
    private boolean closed;

    /** What the leader said last. */
    private record Heard(@Nullable VulcanoId leader, long term, SortedSet<VulcanoId> voters, long at) {}

    Standing(CouncilSettings settings, PeerLink link, Seen seen) {
        this.self = settings.self();
        this.directory = settings.directory();
        this.link = link;
        this.seen = seen;
    }

    VulcanoId self() {
        return self;
    }

    @Nullable
    Seat seat() {
        return seat;
    }

    /** The seat, when it leads. */
    @Nullable
    Seat leading() {
        Seat current = seat;
        return current != null && current.leads() ? current : null;
    }

    boolean hasLog(Founding founding) {
        return Seat.names(directory, founding).hasLog();
    }

    /**
     * Takes a seat, or keeps the one it has.
     *
     * @param voters as in {@link Seat#take}
     * @throws IOException when the log cannot be opened, or the council is one that is over
     */
    synchronized void takeSeat(Founding founding, Collection<VulcanoId> voters) throws IOException {
        if (closed) {
            throw new IOException("closed");
        }
        CouncilState state = seen.stateOrNull();
        if (state != null && founding.number() < state.founding().number()) {
            throw new IOException("council " + founding.number() + " is over");
        }
        invited = System.nanoTime();
        Seat current = seat;
        if (current != null && current.founding().equals(founding) && current.alive()) {
            return;
        }
        leaveSeat();
        seat = Seat.take(self, directory, founding, voters, link, new Applied());
    }

    private final class Applied implements Machine.Listener {
        @Override
        public void applied(long index, @Nullable CouncilState state) {
            if (state != null) {
                seen.advance(index, state);
            }
            link.committed();
        }

        @Override
        public void leadershipChanged() {
            leaderships.advance();
        }
    }

    /** How often another came to lead the council, as far as is known here. */
    EventCount leaderships() {
        return leaderships;
    }

    /** Whether the seat is another's by now, or broken. */
    synchronized boolean seatIsIdle() {
        Seat current = seat;
        return current != null && (!current.alive() || isRemoved(current));
    }

    private boolean isRemoved(Seat current) {
        Heard last = heard;
        return System.nanoTime() - invited >= INVITED_NANOS
                && last != null
                && !last.voters.contains(self)
                && !current.voters().contains(self);
    }

    synchronized void leaveIdleSeat() {
        Seat current = seat;
        if (current != null && seatIsIdle()) {
            broken = current.alive() ? null : current.founding();
            regainAt = System.nanoTime();
            leaveSeat();
        }
    }

    /**
     * Takes a seat again whose log was broken, as by a full disk, once there is room: from what is on the disk, as the next process would. Until then this voter does not
     * vote, and too many such would leave the council without a majority.
     */
    synchronized void regainSeat() {
        Founding lost = broken;
        CouncilState state = seen.stateOrNull();
        if (lost == null || seat != null || closed || state == null || System.nanoTime() - regainAt < 0) {
            return;
        }
        Member own = state.member(self);
        if (!lost.equals(state.founding()) || own == null || !own.joined() || own.role() != VotingRole.VOTER) {
            broken = null;
            return;
        }
        regainAt = System.nanoTime() + REGAIN_NANOS;
        try {
            // Never without the log: a voter that forgot its votes may not vote again.
            if (hasLog(lost) && Files.getFileStore(directory).getUsableSpace() >= REGAIN_BYTES) {
                takeSeat(lost, List.of());
                broken = null;
                LOG.info("Takes part in the council again");
            }
        } catch (IOException e) {
            LOG.warn("The council's log cannot be opened again yet: {}", e.getMessage());
        }
    }

    synchronized void leaveSeat() {
        Seat current = seat;
        seat = null;
        if (current != null) {
            try {
                current.close();
            } catch (IOException e) {
                LOG.warn("the council's log was not closed in good order", e);
            }
        }
    }

    synchronized void close() {
        closed = true;
        leaveSeat();
    }

    /**
     * The leader, or another voter, sent what was decided.
     *
     * @return false when it does not fit on what is known here
     */
    boolean updated(Update update) throws IOException {
        boolean fits = seen.take(update);
        Heard last = heard;
        if (last == null || update.term() >= last.term || seatIsOfAnotherCouncil(update)) {
            heard = new Heard(update.leader(), update.term(), update.voters(), System.nanoTime());
            if (last == null || update.term() > last.term) {
                leaderships.advance();
            }
        }
        if (fits && seatIsOfAnotherCouncil(update)) {
            leaveSeat();
            dropOtherLogs(update.founding());
        }
        return fits;
    }

    private boolean seatIsOfAnotherCouncil(Update update) {
        Seat current = seat;
        return current != null && !current.founding().equals(update.founding());
    }

    /** How long ago the leader was heard, in nanoseconds; a voter hears it all the time. */
    long silence() {
        Heard last = heard;
        Seat current = seat;
        if (current != null && current.alive() && current.voters().contains(self)) {
            return 0;
        }
        return last == null ? Long.MAX_VALUE : System.nanoTime() - last.at;
    }

    /** Deletes the logs of councils that are over. */
    void dropOtherLogs(Founding founding) throws IOException {
        Path logs = Seat.logs(directory);
        if (!Files.isDirectory(logs)) {
            return;
        }
        List<Path> others;
        try (Stream<Path> all = Files.list(logs)) {
            others = all.filter(log -> !log.equals(Seat.directory(logs, founding)))
                    .toList();
        }
        for (Path other : others) {
            try (Stream<Path> content = Files.walk(other)) {
                for (Path path : content.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    @Nullable
    VulcanoId leader() {
        Seat current = seat;
        if (current != null && current.alive()) {
            VulcanoId leader = current.leader();
            if (leader != null) {
                return leader;
            }
        }
        Heard last = heard;
        return last == null ? null : last.leader;
    }

    SortedSet<VulcanoId> voters() {
        Seat current = seat;
        if (current != null && current.alive() && !current.voters().isEmpty()) {
            return current.voters();
        }
        Heard last = heard;
        if (last != null && !last.voters.isEmpty()) {
            return last.voters;
        }
        SortedSet<VulcanoId> voters = new TreeSet<>();
        CouncilState state = seen.stateOrNull();
        if (state != null) {
            for (Member member : state.members().values()) {
                if (member.role() == VotingRole.VOTER) {
                    voters.add(member.id());
                }
            }
        }
        return voters;
    }

    CouncilStatus status() {
        Seat current = seat;
        Heard last = heard;
        OwnRole role = OwnRole.LEARNER;
        long term = last == null ? 0 : last.term;
        if (current != null) {
            role = current.role() == OwnRole.CLOSED ? OwnRole.LEARNER : current.role();
            term = Math.max(term, current.term());
        }
        synchronized (this) {
            role = closed ? OwnRole.CLOSED : role;
        }
        return new CouncilStatus(leader(), term, voters(), role);
    }
}
