package magma.dht.replication;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a replica is and knows whichever role it plays: itself, its log, the council's word, the time, and what it wants done. */
final class Seat<P> {
    final VulcanoId self;
    final long incarnation;
    final ReplicationSettings settings;
    final ReplicationLog<P> log;
    private final Set<Life> dead = new HashSet<>();
    private final List<ReplicationEffect<P>> effects = new ArrayList<>();
    private @Nullable SliceConfig config;
    private Promise promise;
    private long now;
    private long askedCouncil;
    private boolean syncing;

    private record Life(VulcanoId vulcano, long incarnation) {}

    /** To whom this replica last said that it would not take over for a while, and when. Nobody (null): before this process began. */
    private record Promise(@Nullable Life to, long at) {}

    Seat(VulcanoId self, long incarnation, ReplicationSettings settings, ReplicationLog<P> log, long now) {
        this.self = self;
        this.incarnation = incarnation;
        this.settings = settings;
        this.log = log;
        this.now = now;
        this.promise = new Promise(null, now);
        this.askedCouncil = now - settings.beacon().toNanos();
    }

    long now() {
        return now;
    }

    void now(long time) {
        now = Math.max(now, time);
    }

    @Nullable
    SliceConfig config() {
        return config;
    }

    SliceConfig knownConfig() {
        SliceConfig known = config;
        if (known == null) {
            throw new IllegalStateException("the council has not been heard yet");
        }
        return known;
    }

    void config(SliceConfig learned) {
        SliceConfig before = config;
        if (before != null
                && learned.primary().equals(before.primary())
                && learned.incarnation() != before.incarnation()) {
            died(before.primary(), before.incarnation());
        }
        if (learned.unclean().containsKey(learned.primary())) {
            died(learned.primary(), learned.incarnation());
        }
        if (before != null && learned.tailLosses() > before.tailLosses()) {
            log.commitAgain();
            add(new ReplicationEffect.CommitAgain<>());
        }
        config = learned;
    }

    void died(VulcanoId vulcano, long process) {
        dead.add(new Life(vulcano, process));
    }

    boolean isPrimaryDead() {
        SliceConfig known = knownConfig();
        return dead.contains(new Life(known.primary(), known.incarnation()));
    }

    /** The primary will hear that this replica does not take over before the grace has passed since {@code heard}. */
    void promise(long heard) {
        SliceConfig known = knownConfig();
        promise = new Promise(new Life(known.primary(), known.incarnation()), heard);
    }

    /** From when on no other primary can count on a promise of this replica. */
    long free() {
        Life to = promise.to();
        boolean nobodyElse = knownConfig().replicas().size() == 1;
        return nobodyElse || (to != null && dead.contains(to))
                ? now
                : promise.at() + settings.grace().toNanos();
    }

    List<ReplicationEffect<P>> takeEffects() {
        List<ReplicationEffect<P>> taken = List.copyOf(effects);
        effects.clear();
        return taken;
    }

    void add(ReplicationEffect<P> effect) {
        effects.add(effect);
    }

    void send(VulcanoId to, ReplicationMessage<P> message) {
        add(new ReplicationEffect.Send<>(to, message));
    }

    void append(LogEntry<P> entry) {
        log.append(entry);
        add(new ReplicationEffect.Append<>(entry));
    }

    void commit(long sequence) {
        if (log.commit(sequence)) {
            add(new ReplicationEffect.Committed<>(sequence));
        }
    }

    /** Has the log synced, unless that is under way, where it is not up to {@code sequence}. */
    void sync(long sequence) {
        if (!syncing && Math.min(sequence, log.appended()) > log.synced()) {
            syncing = true;
            add(new ReplicationEffect.Sync<>());
        }
    }

    void syncEnded() {
        syncing = false;
    }

    /** Asks for the council's word, and for {@code next} to become it where that is given; at most once in a beacon's interval. */
    void askCouncil(@Nullable SliceConfig next) {
        if (now - askedCouncil < settings.beacon().toNanos()) {
            return;
        }
        propose(next);
    }

    void propose(@Nullable SliceConfig next) {
        askedCouncil = now;
        add(next == null ? new ReplicationEffect.AskCouncil<>() : new ReplicationEffect.Propose<>(next));
    }
}
