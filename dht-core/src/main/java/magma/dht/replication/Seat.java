package magma.dht.replication;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/** What a replica is and knows whichever role it plays: itself, its log, the council's word, the time, and what it wants done. */
final class Seat<P> {
    /** With fewer bytes left beside its reserve a disk counts as full: a few of the heaviest entries, so that what is under way still finds room. */
    static final long ROOM = 8 << 20;

    /** With so many it counts as having room again. */
    static final long ROOM_AGAIN = 2 * ROOM;

    final VulcanoId self;
    final long incarnation;
    final ReplicationSettings settings;
    final ReplicationLog<P> log;
    final Restoration restoration;
    /** While another copies the state here, so many times as much of the log is kept: what comes meanwhile it needs next, or it would have to begin again. */
    private static final int KEPT_FOR_COPIES = 32;

    private final Map<VulcanoId, Long> dead = new HashMap<>();
    private final List<ReplicationEffect<P>> effects = new ArrayList<>();
    private @Nullable SliceConfig config;
    private Promise promise;
    private long now;
    private long ticked;
    private long askedCouncil;
    private boolean syncing;
    private long available = Long.MAX_VALUE;
    private long copiedUntil;

    /** To whom this replica last said that it would not take over for a while, and when. Nobody (null): before this process began. */
    private record Promise(@Nullable VulcanoId to, long incarnation, long at) {}

    Seat(VulcanoId self, long incarnation, ReplicationSettings settings, ReplicationLog<P> log, long now) {
        this.self = self;
        this.incarnation = incarnation;
        this.settings = settings;
        this.log = log;
        this.restoration = new Restoration(settings.beacon().toNanos());
        this.now = now;
        this.ticked = now - 1;
        this.promise = new Promise(null, 0, now);
        this.askedCouncil = now - settings.beacon().toNanos();
        this.copiedUntil = now;
    }

    long now() {
        return now;
    }

    void now(long time) {
        now = Math.max(now, time);
    }

    void ticked() {
        ticked = now;
        if (isWhole()) {
            trim();
        }
    }

    /** The sooner of two times when a tick is due; a deadline that the latest tick has seen pass is none any more. */
    long sooner(long due, long deadline) {
        return deadline > ticked ? Math.min(due, deadline) : due;
    }

    /** The same for what is to be done again and again: where the latest tick has let it pass, it is due a little later. */
    long soonerAgain(long due, long deadline) {
        return Math.min(
                due, deadline > ticked ? deadline : ticked + settings.beacon().toNanos() / 2);
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
        if (before != null && learned.primary().equals(before.primary()) && learned.incarnation() > 0) {
            died(before.primary(), Math.min(before.incarnation(), learned.incarnation() - 1));
        }
        if (learned.unclean().containsKey(learned.primary())) {
            died(learned.primary(), learned.incarnation());
        }
        if (restoration.isVoid() && learned.inSync().contains(self)) {
            throw new IllegalStateException("in sync with no log of its own: " + learned);
        }
        config = learned;
    }

    void died(VulcanoId vulcano, long process) {
        dead.merge(vulcano, process, Math::max);
    }

    private boolean isDead(VulcanoId vulcano, long process) {
        return process > 0 && process <= dead.getOrDefault(vulcano, 0L);
    }

    boolean isPrimaryDead() {
        SliceConfig known = knownConfig();
        return known.unclean().containsKey(known.primary()) || isDead(known.primary(), known.incarnation());
    }

    /** The primary will hear that this replica does not take over before the grace has passed since {@code heard}. */
    void promise(long heard) {
        SliceConfig known = knownConfig();
        promise = new Promise(known.primary(), known.incarnation(), heard);
    }

    /** From when on no other primary can count on a promise of this replica. */
    long free() {
        SliceConfig known = knownConfig();
        VulcanoId to = promise.to();
        boolean nobodyElse = known.replicas().size() == 1 || known.handedOver();
        return nobodyElse || (to != null && isDead(to, promise.incarnation()))
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

    void refuse(long ticket) {
        add(new ReplicationEffect.Refused<>(ticket, config));
    }

    void append(LogEntry<P> entry) {
        log.append(entry);
        add(new ReplicationEffect.Append<>(entry));
    }

    void commit(long sequence) {
        if (log.commit(sequence)) {
            add(new ReplicationEffect.Committed<>(sequence));
            if (isWhole()) {
                trim();
            }
        }
    }

    /** Has the log synced, unless that is under way, where it is not up to {@code sequence}. */
    void sync(long sequence) {
        if (!syncing && Math.min(sequence, log.appended()) > log.synced()) {
            syncing = true;
            add(new ReplicationEffect.Sync<>());
        }
    }

    void synced(Version last) {
        syncing = false;
        log.synced(last);
        if (isWhole()) {
            trim();
        }
    }

    /** The state here is being copied: whoever does that asks for the next page, or for the log, before the grace has passed. */
    void copied() {
        copiedUntil = now + settings.grace().toNanos();
    }

    private void trim() {
        int times = now < copiedUntil ? KEPT_FOR_COPIES : 1;
        if (log.trim(times * settings.retainedEntries(), times * settings.retainedBytes())) {
            sync(log.committed());
        }
    }

    /** The own state is of no use: the log is given up, and the state is to be restored. */
    void giveUpLog() {
        log.reset(Version.NONE);
        restoration.begin(now);
    }

    /** Asks for the state of another where that is due. */
    void restore() {
        VulcanoId primary = knownConfig().primary();
        if (!primary.equals(self) && restoration.starts(now)) {
            add(new ReplicationEffect.Restore<>(primary));
        }
    }

    void restored(ReplicationEvent.Restored<P> restored) {
        restoration.ended(restored.upTo());
        log.reset(restored.at());
        isWhole();
    }

    /** Whether the log, together with the state, has all that any copy brought along, durably: before that a loss of power leaves nothing of use. */
    boolean isWhole() {
        Version end = restoration.end();
        if (end != null && log.has(end) && log.synced() >= end.sequence()) {
            restoration.settled();
            // The source had it committed.
            commit(end.sequence());
        }
        return !restoration.isVoid() && restoration.end() == null;
    }

    /** What this replica's state holds and cannot give up. */
    Version held() {
        Version end = restoration.end();
        return end == null ? log.versionAt(log.committed()) : end;
    }

    long available() {
        return available;
    }

    boolean isFull() {
        return available < ROOM;
    }

    void available(long bytes) {
        available = bytes;
    }

    /** Asks for the council's word, and for {@code next} to become it where that is given; at most once in a beacon's interval. */
    void askCouncil(@Nullable SliceConfig next) {
        if (now >= askAgain()) {
            propose(next);
        }
    }

    /** When the council may be asked again. */
    long askAgain() {
        return askedCouncil + settings.beacon().toNanos();
    }

    void propose(@Nullable SliceConfig next) {
        askedCouncil = now;
        add(next == null ? new ReplicationEffect.AskCouncil<>() : new ReplicationEffect.Propose<>(next));
    }
}
