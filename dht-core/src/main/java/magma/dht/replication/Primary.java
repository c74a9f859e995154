package magma.dht.replication;

import java.util.List;
import java.util.Map;
import java.util.Set;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/** Leads: gives each entry its place, sends it to all replicas at once, and commits what all in sync hold; or hands over to one of them. */
final class Primary<P> implements Role<P> {
    private final Seat<P> seat;
    private final Members members;
    private final Answers<P> answers;

    /** Before that another may still answer reads. */
    private final long opening;

    /** The entry with which this process began to lead. */
    private final long beginning;

    private long syncTo;

    /** What others hold too, and will not be asked for any more, is synced here before the council is asked. */
    private boolean syncsFirst;

    private @Nullable Handover handover;

    /**
     * @param since when it was begun
     * @param until when it is given up, unless the council has been asked
     * @param stopped the council has been asked: nothing is done here any more until its word is known
     */
    private record Handover(VulcanoId to, long since, long until, boolean stopped) {}

    Primary(Seat<P> seat) {
        this.seat = seat;
        this.opening = seat.free();
        seat.append(new LogEntry<>(nextVersion(), null));
        this.beginning = seat.log.lastSequence();
        this.members = new Members(seat, beginning);
        this.answers = new Answers<>(seat);
        reconfigured();
    }

    private Version nextVersion() {
        return new Version(seat.knownConfig().epoch(), seat.log.lastSequence() + 1);
    }

    @Override
    public void reconfigured() {
        if (isStopped()) {
            // The epoch in which it could have been handed over has passed.
            handover = null;
        }
        members.reconfigured();
        members.peers().keySet().forEach(this::send);
        advance();
    }

    private boolean isStopped() {
        Handover under = handover;
        return under != null && under.stopped();
    }

    @Override
    public void tick() {
        for (Map.Entry<VulcanoId, Peer> each : members.peers().entrySet()) {
            Peer peer = each.getValue();
            if (seat.now() >= beaconDue(peer)) {
                peer.next = peer.matched > 0 ? peer.matched + 1 : peer.next;
                send(each.getKey());
            }
        }
        Handover under = handover;
        if (under != null && !under.stopped() && seat.now() > under.until()) {
            handover = null;
        }
        leadNoMoreWhereFull();
        change();
        advance();
    }

    /** A disk that takes nothing any more cannot lead; another in sync, whose disk can, goes on. */
    private void leadNoMoreWhereFull() {
        VulcanoId next = handover == null && seat.isFull() ? members.successor() : null;
        if (next != null) {
            handOver(next);
        }
    }

    /** Beacons of all slices fall on the same moments, so that they can go together; what is not confirmed is sent again sooner. */
    private long beaconDue(Peer peer) {
        Long sent = peer.sent;
        if (sent == null) {
            return seat.now();
        }
        long beacon = seat.settings.beacon().toNanos();
        boolean unanswered = members.isFollowing(peer) && peer.matched < seat.log.lastSequence();
        return unanswered ? sent + beacon / 2 : (Math.floorDiv(sent, beacon) + 1) * beacon;
    }

    @Override
    public long due() {
        long due = members.due();
        if (!isStopped()) {
            for (Peer peer : members.peers().values()) {
                due = seat.soonerAgain(due, beaconDue(peer));
            }
        }
        Handover under = handover;
        if (under != null && !under.stopped()) {
            due = seat.sooner(due, under.until() + 1);
            due = seat.sooner(due, stuckAt(under));
        }
        if (members.asked() != null || !isLeased()) {
            due = seat.soonerAgain(due, seat.askAgain());
        }
        return seat.sooner(due, opening);
    }

    /** What a replica lacks that is away, must be restored, or has not said yet where its log ends, its answer to a mere beacon tells. */
    private void send(VulcanoId to) {
        if (isStopped()) {
            return;
        }
        Peer peer = members.peer(to);
        if (peer.next <= seat.log.base().sequence() || !members.isFollowing(peer)) {
            peer.next = seat.log.lastSequence() + 1;
        }
        Version previous = seat.log.versionAt(peer.next - 1);
        List<LogEntry<P>> entries = seat.log.after(peer.next - 1, seat.settings.batch(), seat.settings.batchBytes());
        peer.next += entries.size();
        peer.sent = seat.now();
        seat.send(
                to,
                new ReplicationMessage.Append<>(
                        seat.knownConfig(),
                        seat.now(),
                        previous,
                        entries,
                        seat.log.committed(),
                        Math.max(syncTo, members.durable())));
    }

    /** Asks the council for other members, or another primary, where that is due. */
    private void change() {
        SliceConfig outstanding = members.asked();
        if (outstanding != null) {
            seat.askCouncil(outstanding);
            return;
        }
        SliceConfig next = handsOver() ? handedOver() : members.wanted();
        syncsFirst = next != null && next.inSync().size() == 1 && seat.log.synced() < seat.log.appended();
        if (syncsFirst) {
            seat.sync(seat.log.appended());
        } else if (next != null) {
            members.asked(next);
            seat.propose(next);
        } else if (!isLeased()) {
            seat.askCouncil(null);
        }
    }

    private boolean isLeased() {
        return seat.now() >= opening && seat.now() < members.leasedUntil();
    }

    @Override
    public void handOver(VulcanoId to) {
        if (handover == null && seat.knownConfig().mayFollow(to)) {
            handover = new Handover(
                    to, seat.now(), seat.now() + seat.settings.lease().toNanos(), false);
            advance();
        }
    }

    /**
     * Whether all is done that this process has begun, and the one to follow has it. What the disk here does not take is done by that one: who waits for it is refused, as
     * when another takes over.
     */
    private boolean handsOver() {
        Handover under = handover;
        return under != null
                && seat.now() >= opening
                && (isSettled() || (isStuck() && seat.now() >= stuckAt(under)))
                && seat.knownConfig().mayFollow(under.to())
                && members.peer(under.to()).matched == seat.log.lastSequence();
    }

    private boolean isSettled() {
        return seat.log.committed() == seat.log.lastSequence() && !answers.hasChanges();
    }

    private boolean isStuck() {
        return seat.isFull() && seat.log.appended() < seat.log.lastSequence();
    }

    /** From when on what the disk here has not taken yet is not waited for. */
    private long stuckAt(Handover under) {
        return under.since() + seat.settings.beacon().toNanos();
    }

    /** From here on this process may have been followed by another at any time. */
    private SliceConfig handedOver() {
        Handover under = handover;
        if (under == null) {
            throw new IllegalStateException("nobody is to take over");
        }
        answers.refuseAll();
        handover = new Handover(under.to(), under.since(), under.until(), true);
        return seat.knownConfig().handedTo(under.to());
    }

    @Override
    public void received(VulcanoId from, ReplicationMessage<P> message) {
        Peer peer = members.peers().get(from);
        if (peer == null) {
            return;
        }
        if (message instanceof ReplicationMessage.Accepted<P> accepted
                && accepted.epoch() == epoch()
                && peer.meets(accepted.incarnation(), seat.log.lastSequence())) {
            peer.heard = seat.now();
            peer.accepted(accepted, seat.now(), seat.log.lastSequence());
            if (peer.next <= seat.log.lastSequence() && peer.next == peer.matched + 1 && members.isFed(peer)) {
                send(from);
            }
            if (!seat.knownConfig().inSync().contains(from)) {
                change();
            }
        } else if (message instanceof ReplicationMessage.Diverged<P> diverged
                && diverged.epoch() == epoch()
                && peer.meets(diverged.incarnation(), seat.log.lastSequence())) {
            peer.heard = seat.now();
            // One that has been restored says so at once, as if in answer to a message that may have been answered
            // before.
            if (diverged.stamp() >= peer.heeded || (peer.adrift && reaches(diverged))) {
                peer.heeded = seat.now();
                diverged(from, peer, diverged);
            }
        }
        advance();
    }

    private void diverged(VulcanoId from, Peer peer, ReplicationMessage.Diverged<P> diverged) {
        if (reaches(diverged)) {
            peer.adrift = false;
            peer.next = Math.max(peer.matched, common(diverged.hint())) + 1;
            if (members.isFed(peer)) {
                send(from);
            }
        } else if (!members.needed().containsKey(from) && !isStopped()) {
            peer.forget();
            peer.adrift = true;
            seat.send(
                    from,
                    new ReplicationMessage.Behind<>(
                            seat.knownConfig(), seat.now(), diverged.incarnation(), diverged.held()));
        }
    }

    /** Whether the log has what a replica lacks, and had what it holds. */
    private boolean reaches(ReplicationMessage.Diverged<P> diverged) {
        return diverged.hint().sequence() >= seat.log.base().sequence() && !seat.log.lacks(diverged.held());
    }

    private long epoch() {
        return seat.knownConfig().epoch();
    }

    /** The last place, not before the base, at which a log that has {@code hint} may be this one. */
    private long common(Version hint) {
        long place = Math.min(hint.sequence(), seat.log.lastSequence());
        while (place > seat.log.base().sequence() && seat.log.versionAt(place).epoch() > hint.epoch()) {
            place--;
        }
        return place;
    }

    @Override
    public void proposed(ReplicationEvent.Proposed<P> proposed) {
        if (handover != null) {
            seat.refuse(proposed.ticket());
            return;
        }
        seat.append(new LogEntry<>(nextVersion(), proposed.payload()));
        long sequence = seat.log.lastSequence();
        answers.change(proposed.ticket(), proposed.sync());
        if (proposed.sync()) {
            syncTo = sequence;
        }
        for (Map.Entry<VulcanoId, Peer> each : members.peers().entrySet()) {
            Peer peer = each.getValue();
            if (peer.next == sequence && members.isFollowing(peer) && members.isFed(peer)) {
                send(each.getKey());
            }
        }
        advance();
    }

    @Override
    public void asked(long ticket) {
        if (handover != null) {
            seat.refuse(ticket);
            return;
        }
        answers.question(ticket);
        advance();
    }

    @Override
    public void written() {
        if (syncsFirst) {
            change();
        }
        advance();
    }

    @Override
    public void restored() {
        throw new IllegalStateException("a primary is never restored");
    }

    @Override
    public void died(VulcanoId vulcano, long process) {
        members.died(vulcano, process);
        change();
    }

    /** Commits what can be, and answers what it can. */
    private void advance() {
        if (isStopped()) {
            // Whoever leads by now may have lost with its power what is not committed yet.
            return;
        }
        boolean alone = members.isAlone();
        long held = alone ? seat.log.synced() : seat.log.appended();
        long durable = seat.log.synced();
        for (Peer peer : members.needed().values()) {
            held = Math.min(held, peer.matched);
            durable = Math.min(durable, peer.synced);
        }
        seat.sync(alone ? seat.log.lastSequence() : syncTo);
        if (seat.now() < opening) {
            return;
        }
        if (seat.knownConfig().inSync().size() >= seat.knownConfig().minInSync()) {
            seat.commit(held);
        }
        members.promised(Math.min(durable, seat.log.committed()));
        answers.changed(Math.min(durable, seat.log.committed()));
        if (seat.log.committed() >= beginning && isLeased()) {
            answers.leased();
        }
        if (handsOver() && members.asked() == null) {
            change();
        }
    }

    @Override
    public long leasedUntil() {
        boolean open = seat.now() >= opening && seat.log.committed() >= beginning && handover == null;
        return open ? members.leasedUntil() : Long.MIN_VALUE;
    }

    /** @see Replication#room */
    long room(long own) {
        return members.room(own);
    }

    /** @see Replication#full */
    Set<VulcanoId> full() {
        return members.full();
    }

    @Override
    public void left() {
        answers.refuseAll();
    }
}
