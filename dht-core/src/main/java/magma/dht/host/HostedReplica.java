package magma.dht.host;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongFunction;
import magma.dht.batch.Outcome;
import magma.dht.batch.Request;
import magma.dht.batch.SliceState;
import magma.dht.host.ReplicaPorts.NotPrimaryException;
import magma.dht.replication.LogEntry;
import magma.dht.replication.Payload;
import magma.dht.replication.Replication;
import magma.dht.replication.ReplicationEffect;
import magma.dht.replication.ReplicationEvent;
import magma.dht.replication.ReplicationMessage;
import magma.dht.replication.ReplicationStart;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.runtime.SerialLane;
import magma.dht.slice.Slice;
import magma.dht.storage.Mutation;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/**
 * One slice's replica on this vulcano: its machine, its log, and while it leads the slice's state. An event runs on the thread that brings it, after those that came
 * before, and all that follows from it happens before the next.
 */
final class HostedReplica {
    private static final int QUICK_BYTES = 32 << 10;

    private final Slice slice;
    private final ReplicaPorts ports;
    private final Syncer syncer;
    private final Replication<Payload> machine;
    private final Turn turn = new Turn();
    private final SerialLane received;
    private final Tickets tickets;
    private final ReplicaLog log;
    private final Lead lead;
    private final Deque<ReplicationEvent<Payload>> events = new ArrayDeque<>();

    /** Commands that came while this replica leads and cannot answer yet. */
    private final List<Waiting> waiting = new ArrayList<>();

    private volatile long toldEpoch;
    private boolean failed;
    private long restores;
    private volatile long exactState;
    private volatile long nextTick;

    private record Waiting(Request request, long epoch, boolean isSynced, CompletableFuture<Outcome> answer) {}

    HostedReplica(
            Slice slice,
            Storage storage,
            ReplicaPorts ports,
            Syncer syncer,
            Replication<Payload> machine,
            ReplicationStart<Payload> start) {
        this.slice = slice;
        this.ports = ports;
        this.syncer = syncer;
        this.machine = machine;
        this.received = new SerialLane(ports.workers());
        this.tickets = new Tickets(slice.number(), turn);
        this.log = new ReplicaLog(
                slice.number(),
                storage,
                start,
                machine::isInSync,
                written -> events.add(new ReplicationEvent.Appended<>(written)));
        this.lead = new Lead(slice, storage, ports.time());
        this.nextTick = machine.nextTick();
    }

    Slice slice() {
        return slice;
    }

    /** The epoch of the latest word of the council that the replica has heard; an earlier one, or the same again, means nothing to it. 0 for none yet. Any thread. */
    long learnedEpoch() {
        return toldEpoch;
    }

    /** What the replica knows of the council's word; null for nothing yet. */
    @Nullable
    SliceConfig config() {
        return turn.look(machine::config);
    }

    /** When it is to be told of the time next, by {@link ReplicaPorts.Time#nanos}; as of the last event. Any thread, and without waiting for a turn. */
    long nextTick() {
        return nextTick;
    }

    /** What it has while it answers for the slice. Any thread looks; only this changes it. */
    Lead lead() {
        return lead;
    }

    /** The epoch in which this vulcano began to answer for the slice; 0 where it does not, or cannot be sure. Any thread. */
    long term() {
        return isLeased() ? lead.begunIn() : 0;
    }

    /** @see Replication#full */
    Set<VulcanoId> full() {
        return turn.look(machine::full);
    }

    boolean isClean() {
        return turn.look(machine::isClean);
    }

    /**
     * Carries out a command as primary. Completes when what changed is in every log that counts; exceptionally with {@link NotPrimaryException} (then it may have been
     * done or not) or {@link StorageException}.
     *
     * @param epoch the latest that the caller knows: a command from before this vulcano began to lead is refused
     * @param isSynced whether that, and all before it, is to survive a loss of power
     */
    CompletableFuture<Outcome> submit(Request request, long epoch, boolean isSynced) {
        CompletableFuture<Outcome> answer = new CompletableFuture<>();
        inTurn(() -> admit(new Waiting(request, epoch, isSynced, answer)));
        return answer;
    }

    private void admit(Waiting command) {
        if (!lead.isHeld() && !failed && machine.isPrimary()) {
            waiting.add(command);
        } else if (!lead.isHeld() || command.epoch() < lead.begunIn()) {
            tickets.refuse(command.answer(), machine.config());
        } else {
            carryOut(command);
        }
    }

    private void carryOut(Waiting command) {
        CompletableFuture<Outcome> answer = command.answer();
        SliceState.Step step;
        try {
            step = lead.evaluate(command.request(), machine::room);
        } catch (StorageException | RuntimeException e) {
            turn.afterwards(() -> answer.completeExceptionally(e));
            return;
        }
        long ticket = tickets.open(answer, () -> answer.complete(step.outcome()));
        if (!step.mutations().isEmpty()) {
            // Content is in buffers of whoever asked, who will use them again; the log keeps it for replicas that come
            // later, too.
            List<Mutation> kept = Copies.of(step.mutations());
            lead.propose(step);
            step(new ReplicationEvent.Proposed<>(ticket, new Payload(kept), command.isSynced()));
            lead.proposed();
        } else if (command.isSynced()) {
            step(new ReplicationEvent.Proposed<>(ticket, new Payload(List.of()), true));
        } else {
            step(new ReplicationEvent.Asked<>(ticket));
        }
    }

    /** Completes when all that was asked for before is committed and synced by all in sync. */
    CompletableFuture<Void> sync() {
        return ticket(ticket -> new ReplicationEvent.Proposed<>(ticket, new Payload(List.of()), true));
    }

    private void inTurn(Runnable work) {
        turn.run(() -> {
            work.run();
            nextTick = Math.min(machine.nextTick(), log.retryAt());
        });
    }

    /** Completes when an answer found now may be given. */
    CompletableFuture<Void> confirm() {
        return ticket(ReplicationEvent.Asked::new);
    }

    private CompletableFuture<Void> ticket(LongFunction<ReplicationEvent<Payload>> event) {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        inTurn(() -> step(event.apply(tickets.open(answer, () -> answer.complete(null)))));
        return answer;
    }

    /** Whether this vulcano answers for the slice and nobody else can just now. Any thread. */
    boolean isLeased() {
        return mayAnswer(machine.reign());
    }

    /** To be taken by whoever reads the committed records, before he does. Any thread. */
    long reign() {
        return machine.reign();
    }

    /**
     * Whether what was read of the committed records since {@code reign} was taken may be answered. Without the reign it might have been read before others changed it
     * and this replica came to lead again. Any thread.
     */
    boolean mayAnswer(long reign) {
        long until = machine.leasedUntil();
        return lead.isHeld() && ports.time().nanos() < until && reign == machine.reign();
    }

    /**
     * Which of this process's states of the slice is here: another number after each restore; 0 while it is one that there need never have been, as in the middle of a
     * copy. Any thread.
     */
    long exactState() {
        return exactState;
    }

    List<SliceState.LockedBy> pending() {
        return turn.look(lead::pending);
    }

    long flares() {
        return turn.look(lead::flares);
    }

    void receive(VulcanoId from, ReplicationMessage<Payload> message) {
        Runnable step = () -> happened(new ReplicationEvent.Received<>(from, message));
        if (!isQuick(message) || turn.isTaken() || !received.tryHere(step)) {
            received.execute(step);
        }
    }

    /** Whether it takes no longer than to call another thread: a beacon, a confirmation, or entries that fit into a few pages of the system's cache. */
    private static boolean isQuick(ReplicationMessage<Payload> message) {
        return message instanceof ReplicationMessage.Accepted<Payload>
                || (message instanceof ReplicationMessage.Append<Payload> append && weight(append) <= QUICK_BYTES);
    }

    private static long weight(ReplicationMessage.Append<Payload> append) {
        long bytes = 0;
        for (LogEntry<Payload> entry : append.entries()) {
            Payload payload = entry.payload();
            bytes += payload == null ? 0 : payload.weight();
        }
        return bytes;
    }

    /** Something happened. */
    void happened(ReplicationEvent<Payload> event) {
        inTurn(() -> step(event));
    }

    /** @param available how many bytes the disk can take */
    void tick(long available) {
        inTurn(() -> {
            retryLog();
            step(new ReplicationEvent.Available<>(available));
            step(new ReplicationEvent.Tick<>());
        });
    }

    /** A process of another vulcano has ended, and with it all its replicas. */
    void died(VulcanoId vulcano, Incarnations ended) {
        inTurn(() -> {
            SliceConfig config = machine.config();
            long incarnation =
                    config != null && config.primary().equals(vulcano) && ended.contains(config.incarnation())
                            ? config.incarnation()
                            : ended.first();
            step(new ReplicationEvent.Died<>(vulcano, incarnation));
        });
    }

    private void step(ReplicationEvent<Payload> first) {
        if (failed) {
            failAll();
            return;
        }
        events.add(first);
        try {
            for (ReplicationEvent<Payload> event = events.poll(); event != null; event = events.poll()) {
                List<ReplicationEffect<Payload>> effects =
                        machine.step(ports.time().nanos(), event);
                carryOut(effects);
                boolean exact = machine.isExact()
                        && machine.committed() == log.committed().sequence();
                exactState = exact ? restores + 1 : 0;
                tellConfig();
                takeRole();
            }
        } catch (StorageException | RuntimeException | Error e) {
            fail(e);
        }
    }

    private void carryOut(List<ReplicationEffect<Payload>> effects) throws StorageException {
        // To the others first: they write while this one does. What a message says of the own log was so before.
        for (ReplicationEffect<Payload> effect : effects) {
            if (effect instanceof ReplicationEffect.Send<Payload> send) {
                ports.peers().send(send.to(), slice.number(), send.message());
            }
        }
        for (ReplicationEffect<Payload> effect : effects) {
            carryOut(effect);
        }
    }

    private void carryOut(ReplicationEffect<Payload> effect) throws StorageException {
        if (effect instanceof ReplicationEffect.Append<Payload> append) {
            Payload payload = append.entry().payload();
            List<Mutation> mutations = payload == null ? List.of() : payload.mutations();
            lead.appending(append.entry().version());
            log.append(append.entry().version(), mutations, ports.time().nanos());
        } else if (effect instanceof ReplicationEffect.Truncate<Payload> truncate) {
            log.truncate(truncate.sequence());
        } else if (effect instanceof ReplicationEffect.Sync<Payload>) {
            syncer.want(this);
        } else if (effect instanceof ReplicationEffect.Committed<Payload> upTo) {
            log.commit(upTo.sequence());
            lead.committed(upTo.sequence());
        } else if (effect instanceof ReplicationEffect.Propose<Payload> propose) {
            ports.clerk().propose(slice.number(), propose.next());
        } else if (effect instanceof ReplicationEffect.AskCouncil<Payload>) {
            ports.clerk().ask(slice.number());
        } else if (effect instanceof ReplicationEffect.Done<Payload> done) {
            tickets.done(done.ticket());
        } else if (effect instanceof ReplicationEffect.Refused<Payload> refused) {
            tickets.refused(refused.ticket(), refused.config());
        } else if (effect instanceof ReplicationEffect.Restore<Payload> restore) {
            restore(restore.from());
        }
    }

    private void retryLog() {
        if (failed) {
            return;
        }
        try {
            log.retry(ports.time().nanos());
        } catch (StorageException | RuntimeException | Error e) {
            fail(e);
        }
    }

    private void restore(VulcanoId from) {
        exactState = 0;
        restores++;
        log.giveUp();
        ports.copier()
                .copy(slice.number(), from)
                .whenComplete((copied, failure) -> inTurn(() -> {
                    if (copied == null) {
                        step(new ReplicationEvent.RestoreFailed<>());
                        return;
                    }
                    log.beginAt(copied.at());
                    step(new ReplicationEvent.Restored<>(copied.at(), copied.upTo()));
                }));
    }

    /** Where the log ends that a flush from now on will have flushed. Any thread. */
    ReplicaLog.End end() {
        return log.end();
    }

    /** The log survives a loss of power up to {@code flushed}. */
    void synced(ReplicaLog.End flushed) {
        // What was cut off meanwhile, and came again, may not have been in it.
        inTurn(() -> step(new ReplicationEvent.Synced<>(log.has(flushed) ? flushed.last() : Version.NONE)));
    }

    /** The version of the last entry that the log on disk holds. Any thread. */
    Version appended() {
        return log.end().last();
    }

    /** Up to where the state is committed, with all of it to be read. */
    Version committed() {
        return turn.look(log::committed);
    }

    private void tellConfig() {
        SliceConfig config = machine.config();
        if (config != null && config.epoch() > toldEpoch) {
            toldEpoch = config.epoch();
            ports.duties().learned(slice.number(), config);
        }
    }

    private void takeRole() throws StorageException {
        boolean primary = machine.isPrimary();
        if (primary && !lead.isHeld() && machine.leasedUntil() != Long.MIN_VALUE) {
            SliceConfig config = machine.config();
            lead.begin(config == null ? 0 : config.epoch());
            ports.workers().execute(() -> ports.duties().began(slice.number()));
            admitWaiting();
        } else if (!primary) {
            if (lead.isHeld()) {
                lead.end();
                ports.duties().ended(slice.number());
            }
            admitWaiting();
        }
    }

    /** They are carried out now, or refused. */
    private void admitWaiting() {
        if (!waiting.isEmpty()) {
            List<Waiting> admitted = List.copyOf(waiting);
            waiting.clear();
            admitted.forEach(this::admit);
        }
    }

    /** Nothing comes from this replica any more. */
    void stop() {
        inTurn(this::finish);
    }

    /** Stops this replica: nobody knows what it would do next. */
    private void fail(Throwable cause) {
        if (!failed) {
            turn.afterwards(() -> ports.duties().failed(slice.number(), cause));
        }
        finish();
    }

    private void finish() {
        failed = true;
        lead.end();
        exactState = 0;
        failAll();
    }

    private void failAll() {
        tickets.refuseAll();
        waiting.forEach(command -> tickets.refuse(command.answer(), null));
        waiting.clear();
        events.clear();
    }
}
