package magma.dht.batch;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.record.Flare;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.dht.record.TransactionId;
import magma.dht.slice.Slice;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/**
 * What a slice's primary knows besides the records: which records prepared transactions have locked, and which flares are held open. Turns each command
 * into the mutations that carry it out, or refuses it. {@link #evaluate} changes nothing; {@link Step#accept} does, once the mutations are in the log.
 *
 * <p>Of one loop, but for {@link #lockOn}, which any thread may ask.
 */
public final class SliceState {
    private static final int PAGE = 1000;

    /** Who has locked a record. */
    public record LockedBy(TransactionId transaction, Key decidedAt) {}

    /**
     * What a command comes to.
     *
     * @param mutations to be put into the log, in one log record; none where nothing changes
     * @param accept to be run when they are
     */
    public record Step(List<Mutation> mutations, Purpose purpose, Outcome outcome, Runnable accept) {}

    private record Prepared(RecordId record, Intent intent) {}

    private static final Runnable NOTHING = new Runnable() {
        @Override
        public void run() {}
    };

    private final Slice slice;
    private final RecordView view;
    private final Map<RecordId, LockedBy> locks = new ConcurrentHashMap<>();
    private final Map<TransactionId, Prepared> prepared = new HashMap<>();
    private final Map<Key, Integer> holders = new HashMap<>();
    private final RecordId countRecord;
    private long flares;

    /** Reads the intents that are in the slice's records. */
    public SliceState(Slice slice, RecordView view) throws StorageException {
        this.slice = slice;
        this.view = view;
        this.countRecord = RecordId.of(slice.first(), RecordKind.COUNT.code());
        StoredRecord count = view.get(countRecord);
        this.flares = count == null ? 0 : Decoder.decode("count of flares", count.value(), Decoder::i64);
        RecordId next = RecordId.of(slice.first(), RecordKind.INTENT.code());
        RecordId end = Records.end(RecordKind.INTENT, slice.last());
        List<StoredRecord> page;
        do {
            page = view.scan(next, end, PAGE);
            for (StoredRecord record : page) {
                remember(TransactionId.of(record.id().subKey()), record.id(), Intent.decode(record.value()));
                next = record.id().successor();
            }
        } while (page.size() == PAGE);
    }

    public Slice slice() {
        return slice;
    }

    /** How many flares the slice holds. */
    public long flares() {
        return flares;
    }

    /** The transaction that has prepared to change the record, or null. */
    public @Nullable LockedBy lockOn(RecordId id) {
        return locks.isEmpty() ? null : locks.get(id);
    }

    /** The transactions that are prepared here. */
    public List<LockedBy> pending() {
        List<LockedBy> pending = new ArrayList<>();
        prepared.forEach(
                (id, part) -> pending.add(new LockedBy(id, part.intent().decidedAt())));
        return pending;
    }

    /** @param now the primary's time */
    public Step evaluate(Command command, Instant now) throws StorageException {
        if (command instanceof Command.Apply apply) {
            return apply(apply.batch(), now, null);
        } else if (command instanceof Command.Prepare prepare) {
            return prepare(prepare);
        } else if (command instanceof Command.Decide decide) {
            return decide(decide, now);
        } else if (command instanceof Command.Finish finish) {
            return finish(finish, now);
        } else if (command instanceof Command.Abandon abandon) {
            return abandon(abandon);
        } else if (command instanceof Command.Forget forget) {
            RecordId record = Records.transaction(forget.at(), forget.transaction());
            return change(List.of(new Mutation.Delete(record)), Outcome.Done.NOTHING, NOTHING);
        } else if (command instanceof Command.Hold hold) {
            return hold(hold.flare());
        } else if (command instanceof Command.Release release) {
            return release(release.flare(), now);
        }
        throw new IllegalStateException("unknown command " + command);
    }

    private Step apply(Batch batch, Instant now, @Nullable Mutation more) throws StorageException {
        Outcome obstacle = obstacle(batch);
        if (obstacle != null) {
            return refuse(obstacle);
        }
        Evaluation evaluation = new Evaluation(view, now, holders.keySet());
        evaluation.run(batch.operations());
        if (more != null) {
            evaluation.mutations().add(more);
        }
        return step(evaluation, batch.purpose(), NOTHING);
    }

    private Step prepare(Command.Prepare command) throws StorageException {
        if (prepared.containsKey(command.transaction())) {
            return refuse(Outcome.Done.NOTHING);
        }
        Outcome obstacle = obstacle(command.batch());
        if (obstacle != null) {
            return refuse(obstacle);
        }
        Intent intent = Intent.of(command.decidedAt(), command.batch());
        Key place = command.batch().operations().isEmpty()
                ? command.batch().conditions().get(0).id().key()
                : command.batch().operations().get(0).id().key();
        RecordId record = Records.intent(place, command.transaction());
        return new Step(
                List.of(new Mutation.Put(record, intent.encode())),
                command.batch().purpose(),
                Outcome.Done.NOTHING,
                () -> remember(command.transaction(), record, intent));
    }

    private Step decide(Command.Decide command, Instant now) throws StorageException {
        RecordId record = Records.transaction(command.at(), command.transaction());
        StoredRecord before = view.get(record);
        if (before != null) {
            return refuse(Decision.decode(before.value()).committed() ? Outcome.Done.NOTHING : new Outcome.Abandoned());
        }
        Decision decision = new Decision(true, command.participants());
        return apply(command.batch(), now, new Mutation.Put(record, decision.encode()));
    }

    private Step finish(Command.Finish command, Instant now) throws StorageException {
        Prepared part = prepared.get(command.transaction());
        if (part == null) {
            return refuse(new Outcome.NotPrepared());
        }
        Evaluation evaluation = new Evaluation(view, now, holders.keySet());
        if (command.committed()) {
            evaluation.run(part.intent().operations());
        }
        evaluation.mutations().add(new Mutation.Delete(part.record()));
        return step(evaluation, Purpose.RELEASE, () -> forget(command.transaction()));
    }

    private Step abandon(Command.Abandon command) throws StorageException {
        RecordId record = Records.transaction(command.at(), command.transaction());
        StoredRecord before = view.get(record);
        if (before != null) {
            return refuse(new Outcome.Ended(Decision.decode(before.value()).committed(), false));
        }
        Decision decision = new Decision(false, List.of());
        return change(List.of(new Mutation.Put(record, decision.encode())), new Outcome.Ended(false, true), NOTHING);
    }

    private Step hold(Key flare) throws StorageException {
        RecordId id = Records.flare(flare);
        StoredRecord record = view.get(id);
        if (record == null) {
            return refuse(new Outcome.Stale(id));
        }
        return new Step(
                List.of(),
                Purpose.RELEASE,
                new Outcome.Done(Map.of(id, record.value()), 0),
                () -> holders.merge(flare, 1, Integer::sum));
    }

    private Step release(Key flare, Instant now) throws StorageException {
        Runnable accept = () -> holders.computeIfPresent(flare, (key, count) -> count == 1 ? null : count - 1);
        if (holders.getOrDefault(flare, 0) > 1 || view.get(Records.orphan(flare)) == null) {
            return change(List.of(), Outcome.Done.NOTHING, accept);
        }
        Evaluation evaluation = new Evaluation(view, now, Set.of());
        StoredRecord record = view.get(Records.flare(flare));
        if (record != null) {
            evaluation.reap(flare, Flare.decode(record.value()));
        }
        evaluation.run(List.of(new Operation.Remove(Records.orphan(flare))));
        return step(evaluation, Purpose.RELEASE, accept);
    }

    /** Why the batch cannot be carried out now, or null. */
    private @Nullable Outcome obstacle(Batch batch) throws StorageException {
        if (!locks.isEmpty()) {
            for (Condition condition : batch.conditions()) {
                LockedBy lock = locks.get(condition.id());
                if (lock != null) {
                    return new Outcome.Blocked(lock.transaction(), lock.decidedAt());
                }
            }
            for (Operation operation : batch.operations()) {
                LockedBy lock = locks.get(operation.id());
                if (lock != null) {
                    return new Outcome.Blocked(lock.transaction(), lock.decidedAt());
                }
            }
        }
        RecordId stale = Evaluation.firstStale(view, batch.conditions());
        return stale == null ? null : new Outcome.Stale(stale);
    }

    private void remember(TransactionId transaction, RecordId record, Intent intent) {
        prepared.put(transaction, new Prepared(record, intent));
        LockedBy lock = new LockedBy(transaction, intent.decidedAt());
        intent.locked().forEach(id -> locks.put(id, lock));
    }

    private void forget(TransactionId transaction) {
        Prepared part = prepared.remove(transaction);
        if (part != null) {
            part.intent().locked().forEach(locks::remove);
        }
    }

    private Step step(Evaluation evaluation, Purpose purpose, Runnable accept) {
        long count = flares + evaluation.born();
        if (count == flares) {
            return new Step(evaluation.mutations(), purpose, evaluation.outcome(), accept);
        }
        evaluation
                .mutations()
                .add(new Mutation.Put(countRecord, new Encoder(8).i64(count).toBytes()));
        return new Step(evaluation.mutations(), purpose, evaluation.outcome(), () -> {
            flares = count;
            accept.run();
        });
    }

    private static Step refuse(Outcome outcome) {
        return new Step(List.of(), Purpose.RELEASE, outcome, NOTHING);
    }

    private static Step change(List<Mutation> mutations, Outcome outcome, Runnable accept) {
        return new Step(mutations, Purpose.RELEASE, outcome, accept);
    }
}
