package magma.dht.simulation;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import magma.dht.replication.LogEntry;
import magma.dht.replication.Replication;
import magma.dht.replication.ReplicationEffect;
import magma.dht.replication.ReplicationEvent;
import magma.dht.replication.ReplicationStart;
import magma.dht.replication.SliceConfig;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/** One process of a vulcano: the owner of its replica, as a vulcano is to be. */
final class Life {
    private final SimulatedVulcano vulcano;
    private final Network network;
    private final long incarnation;
    private final long bornIn;
    private final Replication<Change> replication;
    private final Map<Long, Consumer<Boolean>> tickets = new HashMap<>();

    /** The log from the disk's base on. */
    private final TreeMap<Long, LogEntry<Change>> log = new TreeMap<>();

    /** What found no room on the disk. */
    private final Deque<Runnable> unwritten = new ArrayDeque<>();

    /** What is committed, as far as it is known here. */
    private Table seen;

    private Version committed;

    /** Before that what is seen may be none of the states that there have been. */
    private long exactFrom;

    /** The state at the end of the log, where this process leads in {@code endEpoch}. */
    private Table end = new Table();

    private long endEpoch;
    private long endSequence;
    private long lastTicket;
    private long wake = Long.MAX_VALUE;

    /** Changes whenever the committed state does other than grow. */
    private Object state = new Object();

    Life(SimulatedVulcano vulcano, long incarnation, boolean clean) {
        this.vulcano = vulcano;
        this.network = vulcano.network();
        this.incarnation = incarnation;
        this.bornIn = network.council().config().epoch();
        ReplicationStart<Change> start = vulcano.disk().start(clean);
        this.seen = vulcano.disk().table();
        this.committed = start.base();
        this.exactFrom = vulcano.disk().copied().sequence();
        start.entries().forEach(entry -> log.put(entry.version().sequence(), entry));
        this.replication = new Replication<>(
                SimulatedVulcano.id(vulcano.number()),
                incarnation,
                network.settings(),
                start,
                change -> 100,
                vulcano.clock());
    }

    Replication<Change> replication() {
        return replication;
    }

    /** The council's epoch when this process began: older words are none for it. */
    long bornIn() {
        return bornIn;
    }

    Table seen() {
        return seen;
    }

    Version committed() {
        return committed;
    }

    /** Sees to it that the replica is told when the time has come that it named. */
    void schedule() {
        long due = replication.nextTick();
        if (due < wake) {
            wake = due;
            network.timeline().after(vulcano.until(due), () -> wakeUp(due));
        }
    }

    private void wakeUp(long at) {
        if (!vulcano.lives(this) || wake != at) {
            return;
        }
        wake = Long.MAX_VALUE;
        if (vulcano.isPaused()) {
            return;
        }
        if (vulcano.clock() >= replication.nextTick()) {
            network.counts().ticks++;
            happen(new ReplicationEvent.Tick<>());
        } else {
            schedule();
        }
    }

    void happen(ReplicationEvent<Change> event) {
        for (ReplicationEffect<Change> effect : network.rules().step(replication, vulcano.clock(), event)) {
            carryOut(effect);
        }
        network.invariants().acts(vulcano.number(), incarnation, replication);
        schedule();
    }

    private void carryOut(ReplicationEffect<Change> effect) {
        if (effect instanceof ReplicationEffect.Send<Change> send) {
            network.send(vulcano.number(), SimulatedVulcano.number(send.to()), send.message());
        } else if (effect instanceof ReplicationEffect.Append<Change> append) {
            log.put(append.entry().version().sequence(), append.entry());
            write(() -> {
                vulcano.disk().append(append.entry());
                later(2_000_000, new ReplicationEvent.Appended<>(append.entry().version()));
            });
        } else if (effect instanceof ReplicationEffect.Truncate<Change> truncate) {
            log.tailMap(truncate.sequence(), false).clear();
            write(() -> {
                network.rules().truncate(vulcano.disk(), truncate.sequence());
                network.truncated(vulcano.number());
            });
        } else if (effect instanceof ReplicationEffect.Sync<Change>) {
            sync();
        } else if (effect instanceof ReplicationEffect.Committed<Change> done) {
            commit(done.sequence());
        } else if (effect instanceof ReplicationEffect.Propose<Change> propose) {
            network.council().compareAndSet(vulcano.number(), propose.next(), this::learned);
        } else if (effect instanceof ReplicationEffect.AskCouncil<Change>) {
            network.council().read(vulcano.number(), this::learned);
        } else if (effect instanceof ReplicationEffect.Done<Change> done) {
            answer(done.ticket(), true);
        } else if (effect instanceof ReplicationEffect.Refused<Change> refused) {
            answer(refused.ticket(), false);
        } else if (effect instanceof ReplicationEffect.Restore<Change> restore) {
            restore(SimulatedVulcano.number(restore.from()));
        }
    }

    private void write(Runnable writing) {
        unwritten.add(writing);
        if (!vulcano.isFull()) {
            roomAgain();
        }
    }

    /** Writes what found no room before. */
    void roomAgain() {
        while (!unwritten.isEmpty()) {
            unwritten.remove().run();
        }
    }

    private void learned(SliceConfig config) {
        toLife(new ReplicationEvent.Learned<>(config));
    }

    private void sync() {
        long upTo = vulcano.disk().end();
        Version last = vulcano.disk().last();
        Object before = state;
        network.timeline().after((long) (vulcano.random().nextDouble() * 8_000_000), () -> {
            if (vulcano.lives(this)) {
                if (before == state) {
                    vulcano.disk().synced(upTo);
                }
                vulcano.happen(new ReplicationEvent.Synced<>(before == state ? last : Version.NONE));
            }
        });
    }

    private void commit(long sequence) {
        List<LogEntry<Change>> entries = List.copyOf(
                log.subMap(committed.sequence(), false, sequence, true).values());
        for (LogEntry<Change> entry : entries) {
            seen.apply(entry);
            committed = entry.version();
            network.invariants().committed(vulcano.number(), entry, committed.sequence() >= exactFrom ? seen : null);
        }
        if (vulcano.random().nextInt(8) == 0) {
            vulcano.disk().checkpoint(sequence, vulcano.random());
        }
    }

    private void later(long atMost, ReplicationEvent<Change> event) {
        network.timeline().after((long) (vulcano.random().nextDouble() * atMost), () -> toLife(event));
    }

    private void toLife(ReplicationEvent<Change> event) {
        if (vulcano.lives(this)) {
            vulcano.happen(event);
        }
    }

    private void answer(long ticket, boolean done) {
        Consumer<Boolean> then = tickets.remove(ticket);
        if (then != null) {
            then.accept(done);
        }
    }

    private void restore(int from) {
        network.counts().restores++;
        Disk disk = vulcano.disk();
        state = new Object();
        log.clear();
        unwritten.clear();
        disk.beginRestore();
        new Copying(network, vulcano.random(), vulcano.number(), from, new Copying.Target() {
                    @Override
                    public boolean isThere() {
                        return vulcano.lives(Life.this);
                    }

                    @Override
                    public void put(Table.Place place, Table.@Nullable Cell cell) {
                        disk.restore(place, cell);
                    }

                    @Override
                    public void ended(Version begun, Version ended) {
                        Version at = network.rules().copiedAt(begun, ended);
                        disk.endRestore(at, ended);
                        seen = disk.table();
                        committed = at;
                        exactFrom = ended.sequence();
                        network.counts().restored++;
                        toLife(new ReplicationEvent.Restored<>(at, ended));
                    }

                    @Override
                    public void failed() {
                        toLife(new ReplicationEvent.RestoreFailed<>());
                    }
                })
                .next();
    }

    /** @see SimulatedVulcano#page */
    Copying.@Nullable Page page(Table.Place place) {
        return replication.isExact() ? new Copying.Page(state, committed, seen.get(place)) : null;
    }

    void request(Op op, Consumer<Op.Reply> reply) {
        if (op.kind() == Op.Kind.READ && vulcano.random().nextBoolean()) {
            read(op, reply);
        } else if (replication.isPrimary()) {
            lookUp(op, reply);
        }
    }

    /** As another thread would: the state first, the lease afterwards, perhaps much later. */
    private void read(Op op, Consumer<Op.Reply> reply) {
        long reign = replication.reign();
        Op.Reply answer = new Op.Reply(op.number(), seen.result(op));
        long slow = vulcano.random().nextInt(3) == 0 ? (long) (vulcano.random().nextDouble() * 50_000_000) : 0;
        network.timeline().after(slow, () -> {
            if (vulcano.lives(this) && !vulcano.isPaused()) {
                if (reign == replication.reign()
                        && vulcano.clock() < network.rules().leasedUntil(replication)) {
                    network.counts().leasedReads++;
                    reply.accept(answer);
                } else if (replication.isPrimary()) {
                    lookUp(op, reply);
                }
            }
        });
    }

    private void lookUp(Op op, Consumer<Op.Reply> reply) {
        look();
        Op.Reply known = network.rules().known(end, op);
        if (end.isPast(op)) {
            return;
        }
        long ticket = ++lastTicket;
        boolean changes = known == null && op.kind() != Op.Kind.READ;
        Op.Reply answer = known != null ? known : new Op.Reply(op.number(), end.result(op));
        tickets.put(ticket, done -> {
            if (done) {
                if (changes) {
                    network.invariants().acknowledged(op);
                }
                reply.accept(answer);
            }
        });
        happen(
                changes
                        ? new ReplicationEvent.Proposed<>(ticket, new Change(op, answer.value()), op.sync())
                        : new ReplicationEvent.Asked<>(ticket));
        if (network.rules().answersEarly(changes)) {
            answer(ticket, true);
        }
    }

    /** Brings the state to the end of the log, which only grows while this process leads in one epoch. */
    private void look() {
        SliceConfig config = replication.config();
        long epoch = config == null ? 0 : config.epoch();
        if (epoch != endEpoch) {
            end = seen.copy();
            endSequence = committed.sequence();
            endEpoch = epoch;
        }
        List<LogEntry<Change>> more =
                new ArrayList<>(log.tailMap(endSequence, false).values());
        for (LogEntry<Change> entry : more) {
            end.apply(entry);
            endSequence = entry.version().sequence();
        }
    }
}
