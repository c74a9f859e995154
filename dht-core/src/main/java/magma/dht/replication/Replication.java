package magma.dht.replication;

import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/**
 * One replica of one slice: primary-backup replication after PacificA (Lin et al., MSR-TR-2008-25), as a machine that knows no clock, thread, socket or disk.
 *
 * <pre>
 *            the council's word                    what the replica does
 *   Waiting  none yet; not among the replicas;     asks the council; says so when it lost power
 *            unclean; to lead, but not yet
 *            under this process
 *   Backup   another leads                         appends what the primary sends; takes over when that is silent for the grace or
 *                                                  dead; one that is not in sync only catches up, or is restored
 *   Primary  this process leads                    orders, sends, commits what all in sync hold; answers reads under a lease; hands over
 * </pre>
 *
 * <p>What makes it safe: only the council changes who is in sync and who leads, one epoch at a time; only members in sync may lead; a primary commits only what
 * <em>all</em> in sync hold; a backup that wants to take over confirms nothing more in that epoch; a new primary commits and answers only when
 * every promise it gave to another has run out; a replica gives up its log only when nothing that it confirmed can bring it into the set; and of the council's word it
 * believes the council, and those whom that has named as replicas.
 *
 * @param <P> the payload of an entry
 */
public final class Replication<P> {
    private final Seat<P> seat;
    private Role<P> role;
    private boolean clean;
    private @Nullable SliceConfig first;

    /** When the council may be asked again for what a stranger says. */
    private long doubtAgain = Long.MIN_VALUE;

    /** Whether the step before could have let committed state be read, so that what it had committed is seen by now. */
    private long able = Long.MIN_VALUE;

    private long reigns;
    private volatile long reign;
    private volatile long leasedUntil = Long.MIN_VALUE;

    /**
     * @param incarnation of this process; greater than 0 and than that of any before
     * @param start what the disk has
     * @param weight how many bytes a payload takes
     * @param now monotonic nanoseconds
     */
    public Replication(
            VulcanoId self,
            long incarnation,
            ReplicationSettings settings,
            ReplicationStart<P> start,
            ToIntFunction<P> weight,
            long now) {
        ReplicationLog<P> log = new ReplicationLog<>(start.base(), start.entries(), weight);
        this.seat = new Seat<>(self, incarnation, settings, log, now);
        this.clean = start.clean();
        this.role = new Waiting<>(seat);
    }

    /**
     * What follows from an event. All effects are to be carried out, in order, before the next step; the appends and truncations of several steps in order too.
     *
     * @param now monotonic nanoseconds of this machine; never less than before
     */
    public List<ReplicationEffect<P>> step(long now, ReplicationEvent<P> event) {
        seat.now(now);
        happen(event);
        lend(role.leasedUntil());
        return seat.takeEffects();
    }

    private void lend(long lease) {
        long until = able > Long.MIN_VALUE ? lease : Long.MIN_VALUE;
        if (leasedUntil == Long.MIN_VALUE && until > Long.MIN_VALUE) {
            reigns++;
            reign = reigns;
        }
        leasedUntil = until;
        able = lease;
    }

    private void happen(ReplicationEvent<P> event) {
        if (event instanceof ReplicationEvent.Tick<P>) {
            tick();
        } else if (event instanceof ReplicationEvent.Learned<P> learned) {
            learn(learned.config());
        } else if (event instanceof ReplicationEvent.Died<P> died) {
            seat.died(died.vulcano(), died.incarnation());
            role.died(died.vulcano(), died.incarnation());
        } else if (event instanceof ReplicationEvent.Received<P> received) {
            receive(received);
        } else if (event instanceof ReplicationEvent.Proposed<P> proposed) {
            role.proposed(proposed);
        } else if (event instanceof ReplicationEvent.Asked<P> asked) {
            role.asked(asked.ticket());
        } else if (event instanceof ReplicationEvent.Appended<P> appended) {
            seat.log.appended(appended.last());
            role.written();
        } else if (event instanceof ReplicationEvent.Synced<P> synced) {
            seat.synced(synced.last());
            role.written();
        } else if (event instanceof ReplicationEvent.Restored<P> restored) {
            seat.restored(restored);
            role.restored();
        } else if (event instanceof ReplicationEvent.RestoreFailed<P>) {
            seat.restoration.failed(seat.now());
        } else if (event instanceof ReplicationEvent.Copied<P>) {
            seat.copied();
        } else if (event instanceof ReplicationEvent.Yield<P> yielding) {
            role.handOver(yielding.to());
        } else if (event instanceof ReplicationEvent.Available<P> available) {
            seat.available(available.bytes());
        }
    }

    private void tick() {
        seat.ticked();
        if (role instanceof Waiting<P>) {
            decide();
        }
        role.tick();
    }

    private void receive(ReplicationEvent.Received<P> received) {
        SliceConfig known = seat.config();
        if (known == null || !clean) {
            // What others say may be older than what this replica knew, or had, before this process began.
            return;
        }
        ReplicationMessage<P> message = received.message();
        SliceConfig told = message.config();
        if (told != null && told.epoch() > known.epoch()) {
            if (!known.replicas().contains(received.from())) {
                doubt();
                return;
            }
            learn(told);
        } else if (told != null && told.epoch() < known.epoch() && message instanceof ReplicationMessage.Append<P>) {
            seat.send(received.from(), new ReplicationMessage.Outdated<>(known));
            return;
        }
        role.received(received.from(), message);
    }

    /**
     * One that is no replica, as far as is known here, says that the council has spoken. It may lie, so that is asked. Never instead of what this replica asks for by
     * itself, and no more often: whoever lies can have it done.
     */
    private void doubt() {
        if (seat.now() >= doubtAgain) {
            doubtAgain = seat.now() + seat.settings.beacon().toNanos();
            seat.add(new ReplicationEffect.AskCouncil<>());
        }
    }

    private void learn(SliceConfig config) {
        SliceConfig before = seat.config();
        if (before != null && config.epoch() <= before.epoch()) {
            return;
        }
        if (first == null) {
            first = config;
        }
        seat.config(config);
        decide();
    }

    /** Takes the role that the council's word gives to this process. */
    private void decide() {
        SliceConfig config = seat.config();
        if (config == null || !config.replicas().contains(seat.self)) {
            take(Waiting.class, () -> new Waiting<>(seat));
            seat.askCouncil(null);
            return;
        }
        if (!clean && !isSettled(config)) {
            take(Waiting.class, () -> new Waiting<>(seat));
            seat.askCouncil(admission(config));
            return;
        }
        clean = true;
        if (!config.primary().equals(seat.self)) {
            take(Backup.class, () -> new Backup<>(seat));
        } else if (config.incarnation() == seat.incarnation) {
            take(Primary.class, () -> new Primary<>(seat));
        } else {
            take(Waiting.class, () -> new Waiting<>(seat));
            seat.askCouncil(config.ledBy(seat.incarnation));
        }
    }

    /**
     * Whether the council has taken into account that this replica's log may lack its end: it has chosen among such logs; or this one is not in sync, and what was
     * asked of the council before this process began, as to take it in, comes too late.
     */
    private boolean isSettled(SliceConfig config) {
        SliceConfig before = first;
        if (before == null) {
            return false;
        }
        return config.inSync().contains(seat.self)
                ? config.tailLosses() > before.tailLosses() && !config.unclean().containsKey(seat.self)
                : config.epoch() > before.epoch();
    }

    /** What the council is to say so that it is. */
    private @Nullable SliceConfig admission(SliceConfig config) {
        if (config.unclean().containsKey(seat.self)) {
            return null;
        }
        return config.inSync().contains(seat.self) ? config.withUnclean(seat.self, seat.log.last()) : config.again();
    }

    private void take(Class<?> kind, Supplier<Role<P>> maker) {
        if (kind.isInstance(role)) {
            role.reconfigured();
        } else {
            role.left();
            role = maker.get();
        }
    }

    /** Whether this process leads, as far as it knows. */
    public boolean isPrimary() {
        return role instanceof Primary<P>;
    }

    /**
     * Whether the council knows all that was lost here. Until then the next process that opens this log must take it for unclean too, though no power was lost
     * again.
     */
    public boolean isClean() {
        return clean;
    }

    /** Whether the council holds this replica for in sync, as far as is known here. */
    public boolean isInSync() {
        SliceConfig config = seat.config();
        return config != null && config.inSync().contains(seat.self);
    }

    /** What it knows of the council's word. */
    public @Nullable SliceConfig config() {
        return seat.config();
    }

    /** Sequence up to which the log is known here to be committed. */
    public long committed() {
        return seat.log.committed();
    }

    /** The end of the log, committed or not. */
    public Version last() {
        return seat.log.last();
    }

    /**
     * The log's entries after {@code sequence}, committed or not.
     *
     * @throws IndexOutOfBoundsException when some of them are forgotten here: all that are not committed are there
     */
    public List<LogEntry<P>> entriesAfter(long sequence) {
        return seat.log.after(sequence, Integer.MAX_VALUE, Long.MAX_VALUE);
    }

    /** Whether the committed state here is one that there has been, so that another may copy it: not while it is only being made of a copy. */
    public boolean isExact() {
        return seat.isWhole();
    }

    /**
     * Until when, in monotonic nanoseconds of this machine, what this replica has seen committed is the latest there is. {@link Long#MIN_VALUE} for not at all,
     * {@link Long#MAX_VALUE} when no other could take over.
     *
     * <p>Any thread may answer from the committed state, and no step is needed for it, when it takes these in this order: {@link #reign}, the state, this, and the
     * time; and the reign is still the same, and the time has not come.
     */
    public long leasedUntil() {
        return leasedUntil;
    }

    /** A number that is another whenever {@link #leasedUntil} lets the state be read anew: others may have changed it in between. Any thread may ask. */
    public long reign() {
        return reign;
    }

    /** When the next {@link ReplicationEvent.Tick} is due, in monotonic nanoseconds; to be asked again after each step. May have passed. */
    public long nextTick() {
        return able > leasedUntil && leasedUntil == Long.MIN_VALUE ? seat.now() : role.due();
    }

    /**
     * How many bytes an entry that stores more may take here: what the fullest disk has of those in sync. Where enough of them have room, the others do not count: they
     * are about to be left out, or to lead no more.
     *
     * @param own what the disk here can take
     */
    public long room(long own) {
        return role instanceof Primary<P> primary ? primary.room(own) : own;
    }

    /** Whether a disk that can take so much is too full to lead, or to be taken in. */
    public static boolean isFull(long available) {
        return available < Seat.ROOM_AGAIN;
    }

    /** Those of the other replicas that have said to this primary that their disks are about full; none where it is none. */
    public Set<VulcanoId> full() {
        return role instanceof Primary<P> primary ? primary.full() : Set.of();
    }
}
