package magma.dht.replication;

import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/** Follows the primary: appends what it sends, and takes over from it when in sync. */
final class Backup<P> implements Role<P> {
    private final Seat<P> seat;
    private long heard;

    /** The log is the primary's up to here. */
    private long matched;

    private long syncTo;

    /** Of the latest message in this epoch; null before the first. */
    private @Nullable Long stamp;

    /** Wants to lead: confirms nothing more in this epoch, which the council may have ended already. */
    private boolean takingOver;

    private boolean proposed;

    Backup(Seat<P> seat) {
        this.seat = seat;
        this.heard = seat.now();
    }

    @Override
    public void reconfigured() {
        heard = seat.now();
        matched = 0;
        syncTo = 0;
        stamp = null;
        takingOver = false;
        proposed = false;
        tick();
    }

    @Override
    public void tick() {
        SliceConfig config = seat.knownConfig();
        boolean silent = seat.now() - heard > seat.settings.grace().toNanos();
        boolean mayLead =
                config.inSync().contains(seat.self) && !config.unclean().containsKey(seat.self);
        if (mayLead && (silent || takingOver || seat.isPrimaryDead())) {
            takingOver = true;
            takeOver(config.takenOverBy(seat.self, seat.incarnation));
        } else if (silent) {
            seat.askCouncil(null);
        }
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
        if (!(message instanceof ReplicationMessage.Append<P> append)
                || takingOver
                || append.config().epoch() != seat.knownConfig().epoch()
                || !from.equals(seat.knownConfig().primary())) {
            return;
        }
        heard = seat.now();
        Long latest = stamp;
        stamp = latest == null ? append.stamp() : Math.max(latest, append.stamp());
        if (!seat.log.has(append.previous())) {
            long place = Math.max(
                    0, Math.min(seat.log.lastSequence(), append.previous().sequence() - 1));
            Version hint = seat.log.versionAt(place);
            seat.send(from, new ReplicationMessage.Diverged<>(seat.knownConfig().epoch(), seat.incarnation, hint));
            return;
        }
        take(append);
        follow(append);
        confirm(stamp);
    }

    private void take(ReplicationMessage.Append<P> append) {
        for (LogEntry<P> entry : append.entries()) {
            long sequence = entry.version().sequence();
            if (seat.log.has(entry.version())) {
                continue;
            }
            if (sequence <= seat.log.lastSequence()) {
                seat.log.truncate(sequence - 1);
                seat.add(new ReplicationEffect.Truncate<>(sequence - 1));
            }
            seat.append(entry);
        }
        matched = Math.max(
                matched, append.previous().sequence() + append.entries().size());
    }

    private void follow(ReplicationMessage.Append<P> append) {
        seat.commit(Math.min(append.commit(), confirmable()));
        syncTo = Math.max(syncTo, append.syncTo());
        seat.sync(Math.min(syncTo, matched));
    }

    private long confirmable() {
        return Math.min(matched, seat.log.appended());
    }

    private void confirm(long latest) {
        SliceConfig config = seat.knownConfig();
        seat.promise(heard);
        long here = confirmable();
        seat.send(
                config.primary(),
                new ReplicationMessage.Accepted<>(
                        config.epoch(), seat.incarnation, latest, here, Math.min(here, seat.log.synced())));
    }

    @Override
    public void written() {
        Long latest = stamp;
        if (takingOver) {
            tick();
        } else if (latest != null) {
            seat.sync(Math.min(syncTo, matched));
            confirm(latest);
        }
    }

    @Override
    public void died(VulcanoId vulcano) {
        tick();
    }

    @Override
    public void proposed(ReplicationEvent.Proposed<P> proposed) {
        asked(proposed.ticket());
    }

    @Override
    public void asked(long ticket) {
        seat.add(new ReplicationEffect.Refused<>(ticket, seat.config()));
    }

    @Override
    public void left() {}
}
