package magma.dht.replication;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/**
 * Leads: gives each entry its place, sends it to all replicas at once, and commits what all in sync hold. One that it has asked the council to take in counts as in
 * sync from then on: the council may have done so already.
 */
final class Primary<P> implements Role<P> {
    private final Seat<P> seat;
    private final Map<VulcanoId, Peer> peers = new TreeMap<>();
    private final List<Change> changes = new ArrayList<>();
    private final Deque<Question> questions = new ArrayDeque<>();

    /** Before that another may still answer reads. */
    private final long opening;

    /** The entry with which this process began to lead. */
    private final long beginning;

    private long syncTo;

    /** Has nearly caught up: nothing is committed without it until it has, and the council can be asked. */
    private @Nullable VulcanoId joining;

    /** What the council was asked to say next in this epoch. It may have said so. */
    private @Nullable SliceConfig asked;

    private record Change(long ticket, long sequence, boolean sync) {}

    private record Question(long ticket, long sequence) {}

    Primary(Seat<P> seat) {
        this.seat = seat;
        this.opening = seat.free();
        seat.append(new LogEntry<>(nextVersion(), null));
        this.beginning = seat.log.lastSequence();
        reconfigured();
    }

    private Version nextVersion() {
        return new Version(seat.knownConfig().epoch(), seat.log.lastSequence() + 1);
    }

    @Override
    public void reconfigured() {
        asked = null;
        joining = null;
        SortedSet<VulcanoId> others = new TreeSet<>(seat.knownConfig().replicas());
        others.remove(seat.self);
        peers.keySet().retainAll(others);
        for (VulcanoId other : others) {
            peers.computeIfAbsent(other, id -> new Peer(seat.log.lastSequence() + 1, seat.now()));
            send(other);
        }
        advance();
    }

    /** Those without whom nothing is committed, this one left out. */
    private SortedSet<VulcanoId> needed() {
        SortedSet<VulcanoId> needed = new TreeSet<>(seat.knownConfig().inSync());
        SliceConfig next = asked;
        if (next != null) {
            needed.addAll(next.inSync());
        }
        VulcanoId learner = joining;
        if (learner != null) {
            needed.add(learner);
        }
        needed.remove(seat.self);
        return needed;
    }

    private Peer peer(VulcanoId id) {
        Peer peer = peers.get(id);
        if (peer == null) {
            throw new IllegalStateException(id + " is no replica in " + seat.config());
        }
        return peer;
    }

    @Override
    public void tick() {
        for (Map.Entry<VulcanoId, Peer> each : peers.entrySet()) {
            Peer peer = each.getValue();
            Long sent = peer.sent;
            long beacon = seat.settings.beacon().toNanos();
            boolean unanswered = peer.matched < seat.log.lastSequence();
            if (sent == null || seat.now() - sent >= (unanswered ? beacon / 2 : beacon)) {
                peer.next = peer.matched > 0 ? peer.matched + 1 : peer.next;
                send(each.getKey());
            }
        }
        change();
        advance();
    }

    private void send(VulcanoId to) {
        Peer peer = peer(to);
        Version previous = seat.log.versionAt(peer.next - 1);
        List<LogEntry<P>> entries = seat.log.after(peer.next - 1, seat.settings.batch());
        peer.next += entries.size();
        peer.sent = seat.now();
        seat.send(
                to,
                new ReplicationMessage.Append<>(
                        seat.knownConfig(), seat.now(), previous, entries, seat.log.committed(), syncTo));
    }

    /** Asks the council for other members where that is due. */
    private void change() {
        SliceConfig outstanding = asked;
        if (outstanding != null) {
            seat.askCouncil(outstanding);
            return;
        }
        SliceConfig next = wanted();
        if (next != null && next.inSync().size() == 1 && seat.log.synced() < seat.log.appended()) {
            // What others hold too, and will not be asked for any more, is synced here first.
            seat.sync(seat.log.appended());
        } else if (next != null) {
            asked = next;
            seat.propose(next);
        } else if (!isLeased()) {
            seat.askCouncil(null);
        }
    }

    private @Nullable SliceConfig wanted() {
        SliceConfig config = seat.knownConfig();
        for (VulcanoId member : config.inSync()) {
            if (!member.equals(seat.self)
                    && (config.unclean().containsKey(member)
                            || isSilent(peer(member), seat.settings.lease().toNanos()))) {
                return config.without(member);
            }
        }
        VulcanoId learner = joining;
        if (learner == null || !isNear(learner)) {
            learner = nearest();
            joining = learner;
        }
        return learner != null && peer(learner).matched >= seat.log.committed() ? config.with(learner) : null;
    }

    private @Nullable VulcanoId nearest() {
        for (VulcanoId each : peers.keySet()) {
            if (!seat.knownConfig().inSync().contains(each) && isNear(each)) {
                return each;
            }
        }
        return null;
    }

    /** Whether a replica that is not in sync answers in this epoch, and lacks no more than one message holds. */
    private boolean isNear(VulcanoId learner) {
        Peer peer = peer(learner);
        return peer.epoch == epoch()
                && peer.matched + seat.settings.batch() > seat.log.lastSequence()
                && !isSilent(peer, 2 * seat.settings.beacon().toNanos());
    }

    private boolean isSilent(Peer peer, long nanos) {
        return seat.now() - peer.heard > nanos;
    }

    private boolean isLeased() {
        if (seat.now() < opening) {
            return false;
        }
        for (VulcanoId member : needed()) {
            Long confirmed = peer(member).confirmed;
            if (confirmed == null
                    || seat.now() - confirmed >= seat.settings.lease().toNanos()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void received(VulcanoId from, ReplicationMessage<P> message) {
        Peer peer = peers.get(from);
        if (peer == null) {
            return;
        }
        if (message instanceof ReplicationMessage.Accepted<P> accepted
                && accepted.epoch() == epoch()
                && peer.meets(accepted.incarnation(), seat.log.lastSequence())) {
            peer.heard = seat.now();
            peer.accepted(accepted);
            if (peer.next <= seat.log.lastSequence() && peer.next == peer.matched + 1) {
                send(from);
            }
        } else if (message instanceof ReplicationMessage.Diverged<P> diverged
                && diverged.epoch() == epoch()
                && peer.meets(diverged.incarnation(), seat.log.lastSequence())) {
            peer.heard = seat.now();
            peer.next = Math.max(peer.matched, common(diverged.hint())) + 1;
            send(from);
        }
        advance();
    }

    private long epoch() {
        return seat.knownConfig().epoch();
    }

    /** The last place at which a log that has {@code hint} may be this one. */
    private long common(Version hint) {
        long place = Math.min(hint.sequence(), seat.log.lastSequence());
        while (place > 0 && seat.log.versionAt(place).epoch() > hint.epoch()) {
            place--;
        }
        return place;
    }

    @Override
    public void proposed(ReplicationEvent.Proposed<P> proposed) {
        seat.append(new LogEntry<>(nextVersion(), proposed.payload()));
        long sequence = seat.log.lastSequence();
        changes.add(new Change(proposed.ticket(), sequence, proposed.sync()));
        if (proposed.sync()) {
            syncTo = sequence;
        }
        for (Map.Entry<VulcanoId, Peer> each : peers.entrySet()) {
            if (each.getValue().next == sequence) {
                send(each.getKey());
            }
        }
        advance();
    }

    @Override
    public void asked(long ticket) {
        questions.add(new Question(ticket, seat.log.lastSequence()));
        advance();
    }

    @Override
    public void written() {
        advance();
    }

    @Override
    public void died(VulcanoId vulcano) {
        Peer peer = peers.get(vulcano);
        if (peer != null) {
            peer.heard = seat.now() - 2 * seat.settings.grace().toNanos();
            change();
        }
    }

    /** Commits what can be, and answers what it can. */
    private void advance() {
        SortedSet<VulcanoId> needed = needed();
        boolean alone = needed.isEmpty() && seat.settings.wanted() > 1;
        long held = alone ? seat.log.synced() : seat.log.appended();
        long durable = seat.log.synced();
        for (VulcanoId member : needed) {
            held = Math.min(held, peer(member).matched);
            durable = Math.min(durable, peer(member).synced);
        }
        seat.sync(alone ? seat.log.lastSequence() : syncTo);
        if (seat.now() < opening) {
            return;
        }
        if (seat.knownConfig().inSync().size() >= seat.settings.minInSync()) {
            seat.commit(held);
        }
        answer(Math.min(durable, seat.log.committed()));
    }

    private void answer(long durable) {
        long committed = seat.log.committed();
        changes.removeIf(change -> {
            boolean done = change.sequence() <= (change.sync() ? durable : committed);
            if (done) {
                seat.add(new ReplicationEffect.Done<>(change.ticket()));
            }
            return done;
        });
        if (committed < beginning || !isLeased()) {
            return;
        }
        while (!questions.isEmpty() && questions.element().sequence() <= committed) {
            seat.add(new ReplicationEffect.Done<>(questions.remove().ticket()));
        }
    }

    @Override
    public void left() {
        changes.forEach(change -> seat.add(new ReplicationEffect.Refused<>(change.ticket(), seat.config())));
        questions.forEach(question -> seat.add(new ReplicationEffect.Refused<>(question.ticket(), seat.config())));
    }
}
