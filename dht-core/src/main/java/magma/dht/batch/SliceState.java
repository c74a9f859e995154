package magma.dht.batch;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.dht.record.TransactionId;
import magma.dht.slice.Slice;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/**
 * What a slice's primary knows besides the committed records: what is in the log and not committed yet, which records prepared transactions have locked, who holds flares
 * open, what was answered to whom. Turns each request into the mutations that carry it out, or refuses it.
 *
 * <pre>
 *   evaluate ──▶ a step with mutations ──▶ into the log ──▶ proposed ──▶ ... ──▶ in all logs, in the records ──▶ committed ──▶ answer
 *           └──▶ a step without ──────────────────────────────────────────▶ all that was proposed before is committed ──▶ answer
 * </pre>
 *
 * <p>Each request is evaluated as if all that was proposed before were committed. A step with mutations changes nothing until it is {@link #proposed}; it is proposed before
 * the next request is evaluated, or never. A step without mutations has happened when {@link #evaluate} returns. Whoever stops being primary throws all of this away.
 *
 * <p>Of one loop, but for {@link #lockOn}, which any thread may ask.
 */
public final class SliceState {
    private static final int PAGE = 1000;

    /** How many replies are forgotten in one step. */
    private static final int MOST_FORGOTTEN = 1000;

    /** Who has locked a record. */
    public record LockedBy(TransactionId transaction, Key decidedAt) {}

    /**
     * What a request comes to.
     *
     * @param mutations to be put into the log, in one log record; none where no record changes
     * @param outcome to be answered when all that was proposed so far, this step included, is committed
     */
    public record Step(List<Mutation> mutations, Purpose purpose, Outcome outcome, Effect effect) {
        static Step unchanged(Outcome outcome) {
            return unchanged(outcome, Effect.NONE);
        }

        static Step unchanged(Outcome outcome, Effect effect) {
            return new Step(List.of(), Purpose.RELEASE, outcome, effect);
        }

        static Step change(Mutation mutation, Outcome outcome) {
            return new Step(List.of(mutation), Purpose.RELEASE, outcome, Effect.NONE);
        }

        /** The same, but only a part of what was asked for. */
        Step withMore() {
            if (outcome instanceof Outcome.Done done) {
                return new Step(mutations, purpose, new Outcome.More(done), effect);
            }
            throw new IllegalStateException("more after " + outcome);
        }

        private Step with(Mutation mutation, Effect more) {
            List<Mutation> all = new ArrayList<>(mutations.size() + 1);
            all.addAll(mutations);
            all.add(mutation);
            return new Step(all, purpose, outcome, effect.and(more));
        }
    }

    private final Slice slice;
    private final Speculation view;
    private final Ground ground;
    private final Preparations prepared = new Preparations();
    private final Holding holding;
    private final Replies replies;
    private final ClientReplies clientReplies;

    /**
     * Reads the intents that are in the slice's records.
     *
     * @param records the committed records; all that is in the log must be committed
     * @param reclaiming whether sessions may hold flares open that this primary does not know of yet; until {@link Command.EndReclaim} no flare without a name goes
     */
    public SliceState(Slice slice, RecordView records, boolean reclaiming) throws StorageException {
        this.slice = slice;
        this.view = new Speculation(records);
        this.ground = new Ground(view, new Holders(reclaiming), new FlareCount(slice, view));
        this.holding = new Holding(slice, ground, prepared);
        this.replies = new Replies(slice, view);
        this.clientReplies = new ClientReplies(slice, view);
        RecordId next = RecordId.of(slice.first(), RecordKind.INTENT.code());
        RecordId end = Records.end(RecordKind.INTENT, slice.last());
        List<StoredRecord> page;
        do {
            page = view.scan(next, end, PAGE);
            for (StoredRecord record : page) {
                prepared.add(TransactionId.of(record.id().subKey()), record.id(), Intent.decode(record.value()));
                next = record.id().successor();
            }
        } while (page.size() == PAGE);
    }

    public Slice slice() {
        return slice;
    }

    /** How many flares the slice holds. */
    public long flares() {
        return ground.flares().count();
    }

    /** The transaction that has prepared to change the committed record, or null. To be asked before the record is read. */
    public @Nullable LockedBy lockOn(RecordId id) {
        return prepared.seenByReaders(id);
    }

    /** The transactions that are prepared here. */
    public List<LockedBy> pending() {
        return prepared.all();
    }

    /** Whether sessions may hold flares open that this primary does not know of yet. */
    public boolean isReclaiming() {
        return ground.holders().isReclaiming();
    }

    /** @param now the primary's time */
    public Step evaluate(Request request, Instant now) throws StorageException {
        RequestId id = request.id();
        Outcome before = id == null ? null : replies.to(id);
        if (before != null) {
            return Step.unchanged(before);
        }
        Step step = evaluate(request.command(), now);
        if (step.mutations().isEmpty()) {
            step.effect().happen(view.last());
            refused(request, step.outcome());
            return step;
        }
        return id == null ? step : step.with(replies.record(id, step.outcome()), sequence -> replies.recorded(id));
    }

    /** The step's mutations got their place in the log. Does nothing for a step without mutations. */
    public void proposed(Step step, Version version) {
        if (!step.mutations().isEmpty()) {
            view.propose(step.mutations(), version);
            step.effect().happen(version.sequence());
        }
    }

    /** Everything up to the log record {@code sequence} is committed, and seen in the records. */
    public void committed(long sequence) {
        view.committed(sequence);
        prepared.committed(sequence);
    }

    /** A request will not be carried out, for whatever reason, and is answered so: when it comes again it gets the same answer. */
    public void refused(Request request, Outcome outcome) {
        if (request.id() != null) {
            replies.remember(request.id(), outcome);
        }
    }

    private Step evaluate(Command command, Instant now) throws StorageException {
        if (command instanceof Command.Apply apply) {
            return apply(apply.batch(), now, null);
        } else if (command instanceof Command.Prepare prepare) {
            return prepare(prepare, now);
        } else if (command instanceof Command.Decide decide) {
            return decide(decide, now);
        } else if (command instanceof Command.Finish finish) {
            return finish(finish, now);
        } else if (command instanceof Command.Abandon abandon) {
            return abandon(abandon);
        } else if (command instanceof Command.Forget forget) {
            RecordId record = Records.transaction(forget.at(), forget.transaction());
            return Step.change(new Mutation.Delete(record), Outcome.Done.NOTHING);
        } else if (command instanceof Command.Hold hold) {
            return holding.hold(hold.flare(), hold.session());
        } else if (command instanceof Command.Release release) {
            return holding.release(release.flare(), release.session(), now);
        } else if (command instanceof Command.Declare declare) {
            return holding.declare(declare.session(), declare.flares());
        } else if (command instanceof Command.EndReclaim) {
            return holding.endReclaim(now);
        } else if (command instanceof Command.EndSessions end) {
            return holding.endSessions(end.sessions(), now);
        } else if (command instanceof Command.ForgetOrigins forget) {
            return forget(forget.origins());
        }
        throw new IllegalStateException("unknown command " + command);
    }

    private Step apply(Batch batch, Instant now, @Nullable Mutation more) throws StorageException {
        ClientRequest client = batch.client();
        Outcome obstacle = client == null ? null : clientReplies.to(client);
        if (obstacle == null) {
            obstacle = obstacle(batch);
        }
        if (obstacle != null) {
            return Step.unchanged(obstacle);
        }
        Evaluation evaluation = new Evaluation(ground, now);
        evaluation.run(batch.operations());
        if (more != null) {
            evaluation.add(more);
        }
        Step step = evaluation.step(batch.purpose(), Effect.NONE);
        return client == null
                ? step
                : step.with(clientReplies.record(client), sequence -> clientReplies.recorded(client));
    }

    private Step prepare(Command.Prepare command, Instant now) throws StorageException {
        if (prepared.get(command.transaction()) != null) {
            return Step.unchanged(Outcome.Done.NOTHING);
        }
        Outcome obstacle = obstacle(command.batch());
        if (obstacle != null) {
            return Step.unchanged(obstacle);
        }
        Intent intent = Intent.of(command.decidedAt(), command.batch(), now);
        Key place = command.batch().operations().isEmpty()
                ? command.batch().conditions().get(0).id().key()
                : command.batch().operations().get(0).id().key();
        RecordId record = Records.intent(place, command.transaction());
        return new Step(
                List.of(new Mutation.Put(record, intent.encode())),
                command.batch().purpose(),
                foretold(intent, now),
                sequence -> prepared.add(command.transaction(), record, intent));
    }

    /** What flares will be when the intent has happened, as far as that is certain: those whose links it drops may go, or stay for who holds them. */
    private Outcome foretold(Intent intent, Instant now) throws StorageException {
        Evaluation evaluation = new Evaluation(ground, now);
        evaluation.run(intent.operations().stream()
                .filter(each -> each instanceof Operation.NewFlare || each instanceof Operation.ChangeFlare)
                .toList());
        return evaluation.step(Purpose.RELEASE, Effect.NONE).outcome();
    }

    private Step decide(Command.Decide command, Instant now) throws StorageException {
        RecordId record = Records.transaction(command.at(), command.transaction());
        StoredRecord before = view.get(record);
        if (before != null) {
            boolean committed = Decision.decode(before.value()).committed();
            return Step.unchanged(committed ? Outcome.Done.NOTHING : new Outcome.Abandoned());
        }
        Decision decision = new Decision(true, command.participants());
        return apply(command.batch(), now, new Mutation.Put(record, decision.encode()));
    }

    private Step finish(Command.Finish command, Instant now) throws StorageException {
        Preparations.Prepared part = prepared.get(command.transaction());
        if (part == null) {
            return Step.unchanged(new Outcome.NotPrepared());
        }
        Instant at = part.intent().at();
        Evaluation evaluation = new Evaluation(ground, at == null ? now : at);
        if (command.committed()) {
            evaluation.run(part.intent().operations());
        }
        holding.end(evaluation, part.ids());
        evaluation.add(new Mutation.Delete(part.record()));
        return evaluation.step(Purpose.RELEASE, sequence -> {
            prepared.end(command.transaction(), sequence);
            holding.ended(part.ids());
        });
    }

    private Step abandon(Command.Abandon command) throws StorageException {
        RecordId record = Records.transaction(command.at(), command.transaction());
        StoredRecord before = view.get(record);
        Decision decision = before == null ? null : Decision.decode(before.value());
        if (decision == null) {
            byte[] mark = Decision.abandoned().encode();
            return Step.change(new Mutation.Put(record, mark), new Outcome.Ended(false, true));
        }
        Outcome ended = new Outcome.Ended(decision.committed(), false);
        if (decision.committed() || decision.isAbandonedByMany()) {
            return Step.unchanged(ended);
        }
        byte[] mark = Decision.abandonedByMany(command.at()).encode();
        return Step.change(new Mutation.Put(record, mark), ended);
    }

    private Step forget(List<UUID> origins) throws StorageException {
        List<Mutation> mutations = new ArrayList<>();
        for (UUID origin : origins) {
            for (RecordKind kind : List.of(RecordKind.REPLY, RecordKind.CLIENT_REPLY)) {
                RecordId first = Records.firstSlot(slice, kind, origin);
                RecordId end = Records.endOfSlots(slice, kind, origin);
                for (StoredRecord record : view.scan(first, end, MOST_FORGOTTEN + 1 - mutations.size())) {
                    mutations.add(new Mutation.Delete(record.id()));
                }
                if (mutations.size() > MOST_FORGOTTEN) {
                    return new Step(mutations, Purpose.RELEASE, new Outcome.More(Outcome.Done.NOTHING), Effect.NONE);
                }
            }
        }
        return new Step(mutations, Purpose.RELEASE, Outcome.Done.NOTHING, sequence -> {
            replies.forget(origins);
            clientReplies.forget(origins);
        });
    }

    /** Why the batch cannot be carried out now, or null. */
    private @Nullable Outcome obstacle(Batch batch) throws StorageException {
        LockedBy lock = prepared.inTheWayOf(batch);
        if (lock != null) {
            return new Outcome.Blocked(lock.transaction(), lock.decidedAt());
        }
        RecordId stale = Evaluation.firstStale(view, batch.conditions());
        return stale == null ? null : new Outcome.Stale(stale);
    }
}
