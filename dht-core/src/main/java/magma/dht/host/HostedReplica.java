package magma.dht.host;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
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
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.StorageFullException;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/**
 * One slice's replica on this vulcano: its machine, and while it leads the slice's state. The loop is a lock: an event runs on the thread that brings it, after those
 * that came before, and all that follows from it happens before the next. What was waited for is told when the lock is free again.
 */
final class HostedReplica {
    private static final long RETRY_NANOS = 200_000_000;

    private final Slice slice;
    private final Storage storage;
    private final ReplicaPorts ports;
    private final Syncer syncer;
    private final Replication<Payload> machine;
    private final ReentrantLock turn = new ReentrantLock();
    private final SerialLane received;
    private final Map<Long, Ticket> tickets = new HashMap<>();
    private final Deque<ReplicationEvent<Payload>> events = new ArrayDeque<>();
    private final List<Runnable> afterwards = new ArrayList<>();

    /** Commands that came while this replica leads and cannot answer yet. */
    private final List<Waiting> waiting = new ArrayList<>();

    /** The versions of entries that are appended and not committed, in order. */
    private final Deque<Version> open = new ArrayDeque<>();

    /** What found no room on the disk; tried again and again. */
    private final StuckWrites stuck = new StuckWrites();

    /** When they are tried next. */
    private long retryAt;

    private long lastTicket;
    private volatile long termEpoch;
    private long toldEpoch;
    private SliceState.@Nullable Step proposal;
    private boolean failed;

    private long restores;

    private volatile @Nullable SliceState state;
    private volatile long exactState;
    private volatile Version appended;
    private Version committed;

    /** Who waits for a ticket. Called with the turn held. */
    private interface Ticket {
        void done();

        void refused(@Nullable SliceConfig config);
    }

    private record Waiting(Request request, long epoch, CompletableFuture<Outcome> answer) {}

    HostedReplica(
            Slice slice,
            Storage storage,
            ReplicaPorts ports,
            Syncer syncer,
            Replication<Payload> machine,
            ReplicationStart<Payload> start) {
        this.slice = slice;
        this.storage = storage;
        this.ports = ports;
        this.syncer = syncer;
        this.machine = machine;
        this.received = new SerialLane(ports.workers());
        this.committed = start.base();
        this.appended = start.base();
        for (LogEntry<Payload> entry : start.entries()) {
            open.add(entry.version());
            appended = entry.version();
        }
    }

    Slice slice() {
        return slice;
    }

    /** What the replica knows of the council's word; null for nothing yet. */
    @Nullable
    SliceConfig config() {
        return locked(machine::config);
    }

    /** When it is to be told of the time next, by {@link ReplicaPorts.Time#nanos}. */
    long nextTick() {
        return locked(() -> stuck.isEmpty() ? machine.nextTick() : Math.min(machine.nextTick(), retryAt));
    }

    /** Whether this replica answers for the slice. */
    boolean leads() {
        return state != null;
    }

    /** The epoch in which this vulcano began to answer for the slice; 0 where it does not, or cannot be sure. Any thread. */
    long term() {
        return isLeased() ? termEpoch : 0;
    }

    /** The epoch in which this vulcano began to lead the slice last; whether it does still is another question. Any thread. */
    long begunIn() {
        return termEpoch;
    }

    /** @see Replication#full */
    Set<VulcanoId> full() {
        return locked(machine::full);
    }

    boolean isClean() {
        return locked(machine::isClean);
    }

    private <T> T locked(java.util.function.Supplier<T> question) {
        turn.lock();
        try {
            return question.get();
        } finally {
            turn.unlock();
        }
    }

    /**
     * Carries out a command as primary. Completes when what changed is in every log that counts; exceptionally with {@link NotPrimaryException} (then it may have been
     * done or not) or {@link StorageException}.
     *
     * @param epoch the latest that the caller knows: a command from before this vulcano began to lead is refused
     */
    CompletableFuture<Outcome> submit(Request request, long epoch) {
        CompletableFuture<Outcome> answer = new CompletableFuture<>();
        inTurn(() -> admit(new Waiting(request, epoch, answer)));
        return answer;
    }

    private void admit(Waiting command) {
        SliceState leading = state;
        if (leading == null && !failed && machine.isPrimary()) {
            waiting.add(command);
        } else if (leading == null || command.epoch() < termEpoch) {
            SliceConfig known = machine.config();
            afterwards.add(
                    () -> command.answer().completeExceptionally(new NotPrimaryException(slice.number(), known)));
        } else {
            carryOut(leading, command);
        }
    }

    private void carryOut(SliceState leading, Waiting command) {
        SliceState.Step step;
        try {
            step = leading.evaluate(command.request(), ports.time().now());
            if (!hasRoom(step)) {
                leading.refused(command.request(), new Outcome.Full());
                step = leading.evaluate(command.request(), ports.time().now());
            }
        } catch (StorageException | RuntimeException e) {
            afterwards.add(() -> command.answer().completeExceptionally(e));
            return;
        }
        long ticket = ++lastTicket;
        tickets.put(ticket, answering(command.answer(), step.outcome()));
        if (step.mutations().isEmpty()) {
            step(new ReplicationEvent.Asked<>(ticket));
        } else {
            proposal = step;
            step(new ReplicationEvent.Proposed<>(ticket, new Payload(kept(step)), false));
        }
    }

    /** Content is in buffers of whoever asked, who will use them again: where other replicas are to have it, it is copied. */
    private List<Mutation> kept(SliceState.Step step) {
        SliceConfig config = machine.config();
        return config != null && config.replicas().size() == 1 ? step.mutations() : Copies.of(step.mutations());
    }

    private boolean hasRoom(SliceState.Step step) throws StorageException {
        if (step.purpose() != Purpose.GROW || step.mutations().isEmpty()) {
            return true;
        }
        return new Payload(step.mutations()).weight()
                <= machine.room(storage.space().available());
    }

    private Ticket answering(CompletableFuture<Outcome> answer, Outcome outcome) {
        return new Ticket() {
            @Override
            public void done() {
                afterwards.add(() -> answer.complete(outcome));
            }

            @Override
            public void refused(@Nullable SliceConfig config) {
                afterwards.add(() -> answer.completeExceptionally(new NotPrimaryException(slice.number(), config)));
            }
        };
    }

    /** Completes when all that was asked for before is committed and synced by all in sync. */
    CompletableFuture<Void> sync() {
        return ticket(ticket -> new ReplicationEvent.Proposed<>(ticket, new Payload(List.of()), true));
    }

    /** Completes when an answer found now may be given. */
    CompletableFuture<Void> confirm() {
        return ticket(ReplicationEvent.Asked::new);
    }

    private CompletableFuture<Void> ticket(java.util.function.LongFunction<ReplicationEvent<Payload>> event) {
        CompletableFuture<Void> answer = new CompletableFuture<>();
        inTurn(() -> {
            long ticket = ++lastTicket;
            tickets.put(ticket, new Ticket() {
                @Override
                public void done() {
                    afterwards.add(() -> answer.complete(null));
                }

                @Override
                public void refused(@Nullable SliceConfig config) {
                    afterwards.add(() -> answer.completeExceptionally(new NotPrimaryException(slice.number(), config)));
                }
            });
            step(event.apply(ticket));
        });
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
        return state != null && ports.time().nanos() < until && reign == machine.reign();
    }

    /** Another object whenever this replica begins to answer for the slice; null while it does not. Any thread. */
    @Nullable
    Object duty() {
        return state;
    }

    /**
     * Which of this process's states of the slice is here: another number after each restore; 0 while it is one that there need never have been, as in the middle of a
     * copy. Any thread.
     */
    long exactState() {
        return exactState;
    }

    /** Who has prepared to change a record. Any thread. */
    SliceState.@Nullable LockedBy lockOn(RecordId id) {
        SliceState leading = state;
        return leading == null ? null : leading.lockOn(id);
    }

    List<SliceState.LockedBy> pending() {
        return locked(() -> {
            SliceState leading = state;
            return leading == null ? List.of() : leading.pending();
        });
    }

    long flares() {
        return locked(() -> {
            SliceState leading = state;
            return leading == null ? 0L : leading.flares();
        });
    }

    void receive(VulcanoId from, ReplicationMessage<Payload> message) {
        Runnable step = () -> happened(new ReplicationEvent.Received<>(from, message));
        if (!isQuick(message) || turn.isLocked() || !received.tryHere(step)) {
            received.execute(step);
        }
    }

    /** Whether it takes no writing to the disk: a beacon, or a confirmation. */
    private static boolean isQuick(ReplicationMessage<Payload> message) {
        return message instanceof ReplicationMessage.Accepted<Payload>
                || (message instanceof ReplicationMessage.Append<Payload> append
                        && append.entries().isEmpty());
    }

    /** Something happened. */
    void happened(ReplicationEvent<Payload> event) {
        inTurn(() -> step(event));
    }

    /** @param available how many bytes the disk can take */
    void tick(long available) {
        inTurn(() -> {
            retryStuck();
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

    private void inTurn(Runnable work) {
        List<Runnable> told;
        turn.lock();
        try {
            work.run();
            told = List.copyOf(afterwards);
            afterwards.clear();
        } finally {
            turn.unlock();
        }
        told.forEach(Runnable::run);
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
                boolean exact = machine.isExact() && machine.committed() == committed.sequence();
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
            append(new LogRecord(slice.number(), append.entry().version(), mutations));
        } else if (effect instanceof ReplicationEffect.Truncate<Payload> truncate) {
            truncate(truncate.sequence());
        } else if (effect instanceof ReplicationEffect.Sync<Payload>) {
            syncer.want(this);
        } else if (effect instanceof ReplicationEffect.Committed<Payload> upTo) {
            commit(upTo.sequence());
        } else if (effect instanceof ReplicationEffect.Propose<Payload> propose) {
            ports.clerk().propose(slice.number(), propose.next());
        } else if (effect instanceof ReplicationEffect.AskCouncil<Payload>) {
            ports.clerk().ask(slice.number());
        } else if (effect instanceof ReplicationEffect.Done<Payload> done) {
            Ticket ticket = tickets.remove(done.ticket());
            if (ticket != null) {
                ticket.done();
            }
        } else if (effect instanceof ReplicationEffect.Refused<Payload> refused) {
            Ticket ticket = tickets.remove(refused.ticket());
            if (ticket != null) {
                ticket.refused(refused.config());
            }
        } else if (effect instanceof ReplicationEffect.Restore<Payload> restore) {
            restore(restore.from());
        }
    }

    private void append(LogRecord record) throws StorageException {
        SliceState.Step step = proposal;
        SliceState leading = state;
        if (step != null && leading != null) {
            proposal = null;
            leading.proposed(step, record.version());
        }
        write(() -> write(record), record.version());
    }

    /** Now, or when there is room for it and for all before it. */
    private void write(StuckWrites.Write write, Version last) throws StorageException {
        if (!stuck.isEmpty() || !write.fits()) {
            stuck.add(write, last);
            retryAt = ports.time().nanos() + RETRY_NANOS;
        }
    }

    /** @return false when there is no room */
    private boolean write(LogRecord record) throws StorageException {
        try {
            storage.append(record, purpose(record));
        } catch (StorageFullException e) {
            return false;
        }
        appended = record.version();
        open.add(record.version());
        events.add(new ReplicationEvent.Appended<>(record.version()));
        return true;
    }

    /**
     * Room for growth was asked for before it was proposed: what has been is taken by all in sync, out of the reserve too. Another keeps its reserve for what makes room,
     * and waits.
     */
    private Purpose purpose(LogRecord record) {
        return machine.isInSync() || isRelease(record.mutations()) ? Purpose.RELEASE : Purpose.GROW;
    }

    private static boolean isRelease(List<Mutation> mutations) {
        return mutations.stream().noneMatch(Mutation.Write.class::isInstance)
                && (mutations.isEmpty()
                        || mutations.stream()
                                .anyMatch(each -> each instanceof Mutation.Delete || each instanceof Mutation.Punch));
    }

    private void retryStuck() {
        if (failed) {
            return;
        }
        retryAt = ports.time().nanos() + RETRY_NANOS;
        try {
            stuck.retry();
        } catch (StorageException e) {
            fail(e);
        }
    }

    private void truncate(long sequence) throws StorageException {
        while (!open.isEmpty() && open.getLast().sequence() > sequence) {
            open.removeLast();
        }
        Version last = open.isEmpty() ? committed : open.getLast();
        stuck.dropAfter(sequence);
        if (appended.sequence() > sequence) {
            appended = last;
            write(() -> cut(last), last);
        }
    }

    /** @return false when there is no room to note it */
    private boolean cut(Version last) throws StorageException {
        try {
            storage.truncate(slice.number(), last);
            return true;
        } catch (StorageFullException e) {
            return false;
        }
    }

    private void commit(long sequence) throws StorageException {
        while (!open.isEmpty() && open.getFirst().sequence() <= sequence) {
            committed = open.removeFirst();
        }
        storage.commit(slice.number(), committed);
        SliceState leading = state;
        if (leading != null) {
            leading.committed(sequence);
        }
    }

    private void restore(VulcanoId from) {
        exactState = 0;
        restores++;
        stuck.clear();
        ports.copier()
                .copy(slice.number(), from)
                .whenComplete((copied, failure) -> inTurn(() -> {
                    if (copied == null) {
                        step(new ReplicationEvent.RestoreFailed<>());
                        return;
                    }
                    open.clear();
                    committed = copied.at();
                    appended = copied.at();
                    step(new ReplicationEvent.Restored<>(copied.at(), copied.upTo()));
                }));
    }

    /** The log survives a loss of power up to {@code last}. */
    void synced(Version last) {
        happened(new ReplicationEvent.Synced<>(last));
    }

    /** The version of the last entry that the log on disk holds. Any thread. */
    Version appended() {
        return appended;
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
        if (primary && state == null && machine.leasedUntil() != Long.MIN_VALUE) {
            SliceConfig config = machine.config();
            termEpoch = config == null ? 0 : config.epoch();
            state = new SliceState(slice, new CommittedView(storage), true);
            ports.workers().execute(() -> ports.duties().began(slice.number()));
            List<Waiting> admitted = List.copyOf(waiting);
            waiting.clear();
            admitted.forEach(this::admit);
        } else if (!primary) {
            if (state != null) {
                state = null;
                ports.duties().ended(slice.number());
            }
            if (!waiting.isEmpty()) {
                List<Waiting> refused = List.copyOf(waiting);
                waiting.clear();
                refused.forEach(this::admit);
            }
        }
    }

    /** Nothing comes from this replica any more. */
    void stop() {
        inTurn(this::end);
    }

    /** Stops this replica: nobody knows what it would do next. */
    private void fail(Throwable cause) {
        if (!failed) {
            afterwards.add(() -> ports.duties().failed(slice.number(), cause));
        }
        end();
    }

    private void end() {
        failed = true;
        state = null;
        exactState = 0;
        failAll();
    }

    private void failAll() {
        tickets.values().forEach(ticket -> ticket.refused(null));
        tickets.clear();
        waiting.forEach(command -> afterwards.add(
                () -> command.answer().completeExceptionally(new NotPrimaryException(slice.number(), null))));
        waiting.clear();
        events.clear();
    }
}
