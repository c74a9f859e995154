package magma.dht.replication;

import java.util.List;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/** Follows the primary: appends what it sends, and takes over from it when in sync; or has its state restored when the primary's log does not reach back to its own. */
final class Backup<P> implements Role<P> {
    /** So many entries may wait for the disk here, and one message's, where this replica is not in sync. */
    private static final long MOST_WAITING = 256;

    private final Seat<P> seat;
    private long heard;

    /** The log is the primary's up to here. */
    private long matched;

    private long syncTo;

    /** Of the latest message in this epoch; null before the first. */
    private @Nullable Long stamp;

    /** What this process has confirmed last in this epoch, so that the council may come to hold it for in sync. */
    private ReplicationMessage.@Nullable Accepted<P> confirmed;

    /** Wants to lead: confirms nothing more in this epoch, which the council may have ended already. */
    private boolean takingOver;

    private boolean proposed;

    Backup(Seat<P> seat) {
        this.seat = seat;
        this.heard = seat.now();
        seat.restore();
    }

    @Override
    public void reconfigured() {
        heard = seat.now();
        matched = 0;
        syncTo = 0;
        stamp = null;
        confirmed = null;
        takingOver = false;
        proposed = false;
        tick();
    }

    @Override
    public void tick() {
        seat.restore();
        if (mayLead() && (isSilent() || takingOver || seat.isPrimaryDead())) {
            takingOver = true;
            takeOver(seat.knownConfig().takenOverBy(seat.self, seat.incarnation));
        } else if (isSilent() && seat.now() >= seat.askAgain()) {
            seat.askCouncil(null);
            // A primary that led alone may not have heard that it has others now.
            seat.send(seat.knownConfig().primary(), new ReplicationMessage.Outdated<>(seat.knownConfig()));
        }
    }

    private boolean mayLead() {
        return seat.knownConfig().mayFollow(seat.self);
    }

    private boolean isSilent() {
        return seat.now() - heard > seat.settings.grace().toNanos();
    }

    @Override
    public long due() {
        long due = seat.sooner(
                seat.restoration.due(), heard + seat.settings.grace().toNanos() + 1);
        return takingOver || isSilent() ? seat.soonerAgain(due, seat.askAgain()) : due;
    }

    /** The log is synced before: it may be the only one in sync from then on, and the council may answer when this process is no more. */
    private void takeOver(SliceConfig next) {
        if (seat.log.synced() < seat.log.lastSequence()) {
            seat.sync(seat.log.lastSequence());
        } else if (proposed) {
            seat.askCouncil(next);
        } else {
            proposed = true;
            seat.propose(next);
        }
    }

    @Override
    public void received(VulcanoId from, ReplicationMessage<P> message) {
        SliceConfig config = seat.knownConfig();
        if (takingOver || !from.equals(config.primary())) {
            return;
        }
        if (message instanceof ReplicationMessage.Append<P> append
                && append.config().epoch() == config.epoch()) {
            heard = seat.now();
            received(append);
        } else if (message instanceof ReplicationMessage.Behind<P> behind
                && behind.config().epoch() == config.epoch()) {
            heard = seat.now();
            fellBehind(behind);
        }
    }

    private void received(ReplicationMessage.Append<P> append) {
        Long latest = stamp;
        stamp = latest == null ? append.stamp() : Math.max(latest, append.stamp());
        if (seat.restoration.isVoid()) {
            return;
        }
        long before = seat.log.lastSequence();
        List<LogEntry<P>> entries = isFlooded() ? List.of() : append.entries();
        if (!seat.log.has(append.previous()) || !take(append.previous(), entries)) {
            diverged(append.stamp(), hint(append.previous()));
            return;
        }
        if (isAstray()) {
            giveUp();
            return;
        }
        seat.commit(Math.min(append.commit(), confirmable()));
        syncTo = Math.max(syncTo, append.syncTo());
        syncOn();
        if (!mayConfirm()) {
            diverged(append.stamp(), seat.log.versionAt(Math.max(matched, seat.log.committed())));
        } else if (seat.log.lastSequence() == before || append.entries().isEmpty()) {
            // New entries are confirmed when they are written.
            confirm(stamp);
        }
    }

    /** @return false for nothing taken: the entries are others than what is committed here */
    private boolean take(Version previous, List<LogEntry<P>> entries) {
        for (LogEntry<P> entry : entries) {
            long sequence = entry.version().sequence();
            if (seat.log.has(entry.version())) {
                continue;
            }
            if (sequence <= seat.log.committed()) {
                return false;
            }
            if (sequence <= seat.log.lastSequence()) {
                seat.log.truncate(sequence - 1);
                seat.add(new ReplicationEffect.Truncate<>(sequence - 1));
            }
            seat.append(entry);
        }
        matched = Math.max(matched, previous.sequence() + entries.size());
        return true;
    }

    /** Whether entries come faster than the disk takes them, as when it is full. They come again. */
    private boolean isFlooded() {
        return !seat.knownConfig().inSync().contains(seat.self)
                && seat.log.lastSequence() - seat.log.appended() > MOST_WAITING;
    }

    /** The last place before the one sent at which the logs may be one. */
    private Version hint(Version previous) {
        long place = seat.log.lastSequence();
        if (previous.sequence() <= place) {
            place = Math.max(seat.log.committed(), previous.sequence() - 1);
            while (place > seat.log.committed() && seat.log.versionAt(place).epoch() > previous.epoch()) {
                place--;
            }
        }
        return seat.log.versionAt(place);
    }

    private void syncOn() {
        Version end = seat.restoration.end();
        seat.sync(Math.min(end == null ? syncTo : Math.max(syncTo, end.sequence()), matched));
    }

    private long confirmable() {
        return Math.min(matched, seat.log.appended());
    }

    /** Whether the primary's log is another than the one from which this replica's state comes. */
    private boolean isAstray() {
        Version end = seat.restoration.end();
        return end != null && matched >= end.sequence() && seat.log.lacks(end);
    }

    private boolean mayConfirm() {
        return seat.isWhole() && matched >= seat.held().sequence();
    }

    private void confirm(long latest) {
        SliceConfig config = seat.knownConfig();
        seat.promise(heard);
        ReplicationMessage.Accepted<P> accepted = new ReplicationMessage.Accepted<>(
                config.epoch(),
                seat.incarnation,
                latest,
                confirmable(),
                Math.min(confirmable(), seat.log.synced()),
                seat.available());
        confirmed = accepted;
        seat.send(config.primary(), accepted);
    }

    /** Whether the primary has not been told yet what is written and synced here. */
    private boolean hasNews() {
        ReplicationMessage.Accepted<P> last = confirmed;
        return last == null
                || last.matched() < confirmable()
                || last.synced() < Math.min(confirmable(), seat.log.synced());
    }

    private void diverged(long latest, Version hint) {
        SliceConfig config = seat.knownConfig();
        seat.send(
                config.primary(),
                new ReplicationMessage.Diverged<>(config.epoch(), seat.incarnation, latest, hint, seat.held()));
    }

    /**
     * What was confirmed in this epoch may make the council hold this replica for in sync, so its log may not go; in another epoch it counts for nothing.
     */
    private void fellBehind(ReplicationMessage.Behind<P> behind) {
        SliceConfig config = seat.knownConfig();
        if (seat.restoration.isVoid()
                || config.inSync().contains(seat.self)
                || behind.incarnation() != seat.incarnation
                || !behind.held().equals(seat.held())) {
            return;
        }
        if (confirmed != null) {
            seat.askCouncil(config.again());
        } else {
            giveUp();
        }
    }

    private void giveUp() {
        seat.giveUpLog();
        matched = 0;
        seat.restore();
    }

    /** Tells the primary where to go on. */
    @Override
    public void restored() {
        Long latest = stamp;
        if (latest != null) {
            diverged(latest, seat.log.last());
        }
    }

    @Override
    public void written() {
        Long latest = stamp;
        if (takingOver) {
            tick();
        } else if (latest != null && !seat.restoration.isVoid()) {
            syncOn();
            if (mayConfirm() && hasNews()) {
                confirm(latest);
            }
        }
    }

    @Override
    public void died(VulcanoId vulcano, long process) {
        tick();
    }

    @Override
    public void proposed(ReplicationEvent.Proposed<P> proposed) {
        seat.refuse(proposed.ticket());
    }

    @Override
    public void asked(long ticket) {
        seat.refuse(ticket);
    }

    @Override
    public void handOver(VulcanoId to) {}

    @Override
    public long leasedUntil() {
        return Long.MIN_VALUE;
    }

    @Override
    public void left() {}
}
