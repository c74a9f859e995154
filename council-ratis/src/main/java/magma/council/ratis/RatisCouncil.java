package magma.council.ratis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import magma.council.ratis.Messages.Answer;
import magma.council.ratis.Messages.Known;
import magma.council.ratis.Messages.Request;
import magma.council.ratis.Messages.Update;
import magma.dht.codec.MalformedException;
import magma.dht.council.Applied;
import magma.dht.council.CommandId;
import magma.dht.council.Council;
import magma.dht.council.CouncilCommand;
import magma.dht.council.CouncilState;
import magma.dht.council.CouncilStatus;
import magma.dht.council.Member;
import magma.dht.council.MemberState;
import magma.dht.council.Result;
import magma.dht.council.VotingRole;
import magma.dht.replication.VulcanoId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The council on Apache Ratis, as one member of the network has it. A member that votes runs a Ratis server; the others are told by the leader. All messages go through
 * the {@link CouncilTransport}.
 *
 * <p>Ratis logs much: set {@code org.apache.ratis} to WARN or OFF.
 */
public final class RatisCouncil implements Council {
    private static final Logger LOG = LoggerFactory.getLogger(RatisCouncil.class);

    /** Made before a council is founded, gone when it is. */
    private static final String FOUNDING_MARK = "founding";

    /** Within which a request of another member is answered. */
    private static final Duration SERVICE_TIMEOUT = Duration.ofSeconds(3);

    private static final long TICK_MILLIS = 1000;
    private static final long SILENCE_NANOS = 3_000_000_000L;
    private static final long STAGGER_MILLIS = 150;

    /** How often a voter asks to be elected where the leader has died. */
    private static final int ELECTIONS = 3;

    private static final long AGAIN_MILLIS = 200;

    private final CouncilSettings settings;
    private final CouncilThreads threads;
    private final PeerLink link;
    private final Watchers watchers;
    private final Seen seen;
    private final Standing standing;
    private final Service service;
    private final Asking asking;
    private final Learners learners;
    private final VoterChanges voterChanges;

    private final LastSeen lastSeen;
    private final Answers answers;
    private final AtomicBoolean closing = new AtomicBoolean();
    private volatile boolean closed;
    private int nextContact;

    private RatisCouncil(CouncilSettings settings) {
        this.settings = settings;
        this.threads = new CouncilThreads(settings.self());
        this.link = new PeerLink(settings.transport(), threads.calls());
        this.watchers = new Watchers(threads.watch());
        this.seen = new Seen(watchers::changed);
        this.standing = new Standing(settings, link, seen);
        this.service = new Service(standing, seen);
        this.asking = new Asking(standing, seen, service, link);
        this.learners = new Learners(standing, seen, link);
        this.voterChanges = new VoterChanges(standing, seen, link);
        this.lastSeen = new LastSeen(settings.directory(), seen);
        this.answers = new Answers(threads, settings.deadline());
        link.wakeOnCommit(learners::send);
        link.wakeOnCommit(voterChanges::adjustVoters);
    }

    /**
     * Founds the council of a new network, with this member as its only voter.
     *
     * @param first as {@link CouncilState#found} makes it, with this member in it
     * @throws IOException when the directory holds a council already, or cannot be written
     */
    public static RatisCouncil found(CouncilSettings settings, CouncilState first) throws IOException {
        Member member = first.member(settings.self());
        if (member == null || !member.joined()) {
            throw new IllegalArgumentException(settings.self() + " is not in " + first);
        }
        Files.createDirectories(settings.directory());
        if (LastSeen.isIn(settings.directory())) {
            throw new IOException(settings.directory() + " holds a council already");
        }
        prepareFounding(settings, first);
        return open(settings);
    }

    private static void prepareFounding(CouncilSettings settings, CouncilState first) throws IOException {
        prepareFounding(settings.directory(), first);
    }

    /** Durable on return. Which founding the mark is for stands in it: one that a crash left over from another counts for nothing. */
    private static void prepareFounding(Path directory, CouncilState first) throws IOException {
        WholeFile.write(directory.resolve(FOUNDING_MARK), Messages.founding(first.founding()));
        LastSeen.write(directory, new Seen.Held(first, -1));
    }

    private static boolean isBeingFounded(Path directory, CouncilState state) throws IOException {
        Path mark = directory.resolve(FOUNDING_MARK);
        if (!Files.exists(mark)) {
            return false;
        }
        byte[] founding = Files.readAllBytes(mark);
        return founding.length == 0 || Arrays.equals(founding, Messages.founding(state.founding()));
    }

    /**
     * Joins the council of a network that this vulcano has just become a member of.
     *
     * @param contacts members to ask for the state; at least one must be a voter or know one
     * @throws IOException when none of them answered within the deadline
     */
    public static RatisCouncil join(CouncilSettings settings, Collection<VulcanoId> contacts) throws IOException {
        Files.createDirectories(settings.directory());
        if (LastSeen.isIn(settings.directory())) {
            throw new IOException(settings.directory() + " holds a council already");
        }
        RatisCouncil council = new RatisCouncil(settings);
        try {
            council.learnFrom(new ArrayList<>(contacts));
            council.lastSeen.save();
            council.threads.every(TICK_MILLIS, council::tick);
            return council;
        } catch (IOException | RuntimeException e) {
            council.close();
            throw e;
        }
    }

    /**
     * Goes on where this member was when it stopped. Does not wait for others.
     *
     * @throws IOException when there is no council in the directory, it is damaged, or the log of a voter is gone: such a vulcano must join again under a new id
     */
    public static RatisCouncil open(CouncilSettings settings) throws IOException {
        Seen.Held held = LastSeen.read(settings.directory());
        if (held == null) {
            throw new IOException("there is no council in " + settings.directory());
        }
        RatisCouncil council = new RatisCouncil(settings);
        try {
            council.resume(held);
            council.threads.every(TICK_MILLIS, council::tick);
            return council;
        } catch (IOException | RuntimeException e) {
            council.close();
            throw e;
        }
    }

    /**
     * Founds a lost council again from what a member saw last, with this member as its only voter. The others follow when they hear of it. What the lost council decided
     * after that state is lost; so this is for when a majority of its voters will never come back.
     *
     * @param lastSeen the directory of a member's council; may be the own one
     * @throws IOException when there is no state in it, this member is not in that state, or the own directory holds another council
     */
    public static RatisCouncil restore(Path lastSeen, CouncilSettings settings) throws IOException {
        Seen.Held held = LastSeen.read(lastSeen);
        if (held == null) {
            throw new IOException("there is no council in " + lastSeen);
        }
        Member member = held.state().member(settings.self());
        if (member == null || !member.joined()) {
            throw new IOException(settings.self() + " is no member of the network "
                    + held.state().name());
        }
        Files.createDirectories(settings.directory());
        if (LastSeen.isIn(settings.directory()) && !Files.isSameFile(lastSeen, settings.directory())) {
            throw new IOException(settings.directory() + " holds a council already");
        }
        prepareFounding(settings, held.state().foundedAgain(UUID.randomUUID(), settings.self()));
        return open(settings);
    }

    /**
     * Has the next {@link #open} of a directory found the council again, from what its member saw last and with that member as its only voter, as {@link #restore}
     * does. Nobody may use the directory meanwhile. May be done again.
     *
     * @param lost members that will never come back: the new council begins with their expulsion
     * @throws IOException when there is no council in it, or {@code self} or one of the lost is no member
     */
    public static void prepareRestore(Path directory, VulcanoId self, Collection<VulcanoId> lost) throws IOException {
        Seen.Held held = LastSeen.read(directory);
        if (held == null) {
            throw new IOException("there is no council in " + directory);
        }
        Member member = held.state().member(self);
        if (member == null || !member.joined()) {
            throw new IOException(
                    self + " is no member of the network " + held.state().name());
        }
        CouncilState next = held.state().foundedAgain(UUID.randomUUID(), self);
        for (VulcanoId gone : lost) {
            Applied applied = next.apply(new CouncilCommand.ExpelMember(
                    new CommandId(UUID.randomUUID()), gone, MemberState.EXPELLED, new TreeSet<>()));
            if (applied.result() instanceof Result.Conflict conflict) {
                throw new IOException(conflict.reason());
            }
            next = applied.state();
        }
        prepareFounding(directory, next);
    }

    /** When {@link #lastSeen} was seen; null when there is none. */
    public static @Nullable Instant lastSeenAt(Path directory) throws IOException {
        return LastSeen.writtenAt(directory);
    }

    /** The state that the member of this directory saw last, for people; null when there is none. */
    public static @Nullable CouncilState lastSeen(Path directory) throws IOException {
        Seen.Held held = LastSeen.read(directory);
        return held == null ? null : held.state();
    }

    private void resume(Seen.Held held) throws IOException {
        seen.advance(held.index(), held.state());
        if (isBeingFounded(settings.directory(), held.state())) {
            standing.takeSeat(held.state().founding(), List.of(settings.self()));
            begin(held.state());
            standing.dropOtherLogs(held.state().founding());
            Files.delete(settings.directory().resolve(FOUNDING_MARK));
        } else if (standing.hasLog(held.state().founding())) {
            standing.takeSeat(held.state().founding(), List.of());
        } else if (isVoter(held.state())) {
            throw new IOException("the council's log in " + settings.directory()
                    + " is gone. A voter that forgot its votes may not vote again: expel " + settings.self()
                    + " and join under a new id");
        }
    }

    private boolean isVoter(CouncilState state) {
        Member member = state.member(settings.self());
        return member != null && member.role() == VotingRole.VOTER;
    }

    /** Writes the founding state as the first entry of the log, unless it is there. */
    private void begin(CouncilState first) throws IOException {
        long until = System.nanoTime() + settings.deadline().toNanos();
        IOException last = null;
        while (System.nanoTime() < until) {
            Seat seat = standing.leading();
            if (seat != null && seat.leadsReady()) {
                try {
                    seat.submit(Machine.founding(first), SERVICE_TIMEOUT);
                    return;
                } catch (IOException e) {
                    last = e;
                }
            }
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                throw CouncilRpcType.interrupted();
            }
        }
        throw new IOException("the council could not be founded in time", last);
    }

    private void learnFrom(List<VulcanoId> contacts) throws IOException {
        long until = System.nanoTime() + settings.deadline().toNanos();
        IOException last = new IOException("there is nobody to ask for the council");
        for (int attempt = 0; System.nanoTime() < until && !contacts.isEmpty(); attempt++) {
            VulcanoId contact = contacts.get(attempt % contacts.size());
            try {
                VulcanoId better = follow(contact);
                if (seen.stateOrNull() != null) {
                    return;
                }
                if (better != null && !contacts.contains(better)) {
                    contacts.add(better);
                }
                Thread.sleep(20);
            } catch (IOException e) {
                last = e;
            } catch (InterruptedException e) {
                throw CouncilRpcType.interrupted();
            }
        }
        throw new IOException("nobody told of the council in time: " + last.getMessage(), last);
    }

    /** Asks one member for what was decided; returns one that knows better, if this one does not. */
    private @Nullable VulcanoId follow(VulcanoId contact) throws IOException {
        Answer answer = link.call(contact, Messages.FOLLOW, seen.known().bytes(), SERVICE_TIMEOUT);
        try {
            if (answer instanceof Answer.Done done) {
                if (!standing.updated(Update.read(done.content()))) {
                    byte[] whole = link.fetch(contact, Messages.FOLLOW, Known.NOTHING.bytes(), SERVICE_TIMEOUT);
                    standing.updated(Update.read(whole));
                }
                return null;
            }
        } catch (MalformedException e) {
            throw new IOException(contact + " gave a malformed answer", e);
        }
        return answer instanceof Answer.Elsewhere elsewhere ? elsewhere.leader() : null;
    }

    /**
     * A request that another member made through its {@link CouncilTransport}. Answers within a few seconds; blocks until then.
     *
     * @param from who made it, as the transport has made sure
     */
    public byte[] handle(VulcanoId from, byte[] request) {
        if (closed) {
            return new Answer.Failed("closed").bytes();
        }
        try {
            return service.serve(from, Request.read(request), SERVICE_TIMEOUT).bytes();
        } catch (MalformedException e) {
            return new Answer.Refused(String.valueOf(e.getMessage())).bytes();
        }
    }

    @Override
    public CouncilState state() {
        return seen.state();
    }

    @Override
    public CompletableFuture<Result> propose(CouncilCommand command) {
        return answers.to(until -> asking.propose(command, until));
    }

    @Override
    public CompletableFuture<CouncilState> read() {
        return answers.to(asking::read);
    }

    @Override
    public void watch(Consumer<CouncilState> watcher) {
        watchers.add(watcher);
    }

    /** For tests. */
    @Nullable
    Seat seat() {
        return standing.seat();
    }

    @Override
    public CouncilStatus status() {
        return standing.status();
    }

    /**
     * A vulcano's process has certainly ended. When it led the council, one of the other voters asks to be elected at once instead of waiting until the leader has been
     * silent for long enough; if that one does not get through, the next one does.
     */
    @Override
    public void memberDied(VulcanoId dead) {
        Seat seat = standing.seat();
        if (closed || seat == null || !dead.equals(seat.leader())) {
            return;
        }
        CouncilState state = seen.state();
        int rank = 0;
        for (VulcanoId voter : seat.voters()) {
            Member member = state.member(voter);
            if (voter.equals(settings.self())) {
                break;
            }
            rank += voter.equals(dead) || member == null || !member.up() ? 0 : 1;
        }
        replaceLeader(seat, dead, rank * STAGGER_MILLIS, ELECTIONS);
    }

    /** Two may have asked at once on busy machines, and neither was elected: then they ask again, sooner than they would by themselves. */
    private void replaceLeader(Seat seat, VulcanoId dead, long millis, int times) {
        threads.later(millis, () -> {
            VulcanoId leader = seat.leader();
            if (closed || (leader != null && !leader.equals(dead))) {
                return;
            }
            // Where nobody leads at first, another has asked already.
            boolean isFirst = times == ELECTIONS;
            if (leader != null || !isFirst) {
                try {
                    boolean asks = seat.replaceLeader(dead);
                    LOG.debug("asks to be elected in the place of {}: {}", dead, asks);
                } catch (IOException e) {
                    LOG.debug("could not ask to be elected in the place of {}", dead, e);
                }
            }
            if (times > 1) {
                replaceLeader(seat, dead, AGAIN_MILLIS + (isFirst ? millis : 0), times - 1);
            }
        });
    }

    private void tick() {
        voterChanges.adjustVoters();
        learners.send();
        if (standing.silence() > SILENCE_NANOS || standing.seatIsIdle() || lastSeen.isDue()) {
            threads.soon(this::keepUp);
        }
    }

    /** What may take a while. */
    private void keepUp() {
        standing.leaveIdleSeat();
        standing.regainSeat();
        if (standing.silence() > SILENCE_NANOS) {
            askForNews();
        }
        try {
            lastSeen.save();
        } catch (IOException e) {
            warnUnlessClosed(e);
        }
    }

    private void warnUnlessClosed(IOException e) {
        if (!closed) {
            LOG.warn("the council's state cannot be kept in {}; make room there", settings.directory(), e);
        }
    }

    private void askForNews() {
        List<VulcanoId> voters = new ArrayList<>(standing.voters());
        voters.remove(settings.self());
        if (voters.isEmpty()) {
            return;
        }
        nextContact = (nextContact + 1) % voters.size();
        VulcanoId contact = voters.get(nextContact);
        try {
            follow(contact);
        } catch (IOException e) {
            LOG.debug("{} tells nothing of the council", contact, e);
        }
    }

    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        Seat seat = standing.seat();
        if (seat != null) {
            seat.handOver();
        }
        closed = true;
        threads.stop();
        standing.close();
        try {
            lastSeen.save();
        } catch (IOException e) {
            LOG.warn("the council's state was not kept in {}", settings.directory(), e);
        }
        answers.close();
    }
}
