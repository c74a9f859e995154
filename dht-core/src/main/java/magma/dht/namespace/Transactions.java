package magma.dht.namespace;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import magma.dht.batch.Command;
import magma.dht.batch.Decision;
import magma.dht.batch.Outcome;
import magma.dht.batch.SliceState.LockedBy;
import magma.dht.record.ClientReply;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.dht.record.TransactionId;
import magma.dht.routing.Slices;
import magma.dht.runtime.Background;
import magma.dht.runtime.Backoff;
import magma.dht.runtime.Entropy;
import magma.dht.slice.Slice;
import magma.dht.storage.RecordId;
import magma.dht.storage.StoredRecord;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/**
 * Carries plans out: in one batch where all is in one slice, else in two phases, where the slice that holds the entry decides in the same log record in
 * which it does its own part (docs/architecture.md draws it). A plan that is stale is composed again; one that is blocked waits, and settles what blocks it.
 *
 * <p><b>Who forgets.</b> How a transaction ended is remembered as long as its coordinator may still decide. So the coordinator forgets it, after all
 * participants have finished and whoever ended it. Who settles it leaves it there, unless nothing of it was prepared any more and nobody else settles it: then the
 * coordinator was done before.
 *
 * <p><b>In the background.</b> Once a transaction is decided, its outcome is certain: the answer is given, and the participants finish in the background. Whoever meets
 * a record that is still locked finishes it himself, which takes no longer than to wait. Nobody meets what he looks for by a range of records, as the entries of a
 * directory: a transaction that changes such in a participant is answered when that has finished.
 */
final class Transactions {
    /** After so many pauses a transaction that is still undecided is abandoned: its coordinator is taken for dead. */
    static final int PATIENCE = 60;

    /** A stale plan is composed again soon: whoever was faster is done. */
    private static final int STALE_PAUSE = 4;

    private static final int MOST_ATTEMPTS = 10_000;
    private static final int PAGE = 1000;

    private final Slices slices;
    private final Entropy entropy;
    private final Backoff backoff;
    private final Background background;

    /** The transactions of this coordinator that are committed and not finished everywhere. */
    private final Map<TransactionId, Decision> finishing = new ConcurrentHashMap<>();

    private volatile Consumer<RecordId> cleaningListener = id -> {};

    Transactions(Slices slices, Entropy entropy, Backoff backoff, Background background) {
        this.slices = slices;
        this.entropy = entropy;
        this.backoff = backoff;
        this.background = background;
    }

    void onCleaning(Consumer<RecordId> listener) {
        cleaningListener = listener;
    }

    void announceCleanings(Map<RecordId, byte[]> written) {
        for (RecordId id : written.keySet()) {
            if (id.kind() == RecordKind.CLEANING.code()) {
                cleaningListener.accept(id);
            }
        }
    }

    /** Reads what is there, checks the rules, and composes a plan; null when there is nothing to do. */
    @FunctionalInterface
    interface Composer {
        Plan compose() throws FsException;
    }

    /**
     * A plan that was carried out.
     *
     * @param written the new values of flares and cleanings, as far as they are known
     * @param answer see {@link Plan#answer(List)}
     * @param isRepeated whether it was the same call that did it before
     */
    record Carried(Map<RecordId, byte[]> written, List<Key> answer, boolean isRepeated) {
        private static Carried before(List<Key> answer) {
            return new Carried(Map.of(), answer, true);
        }
    }

    /**
     * Composes and carries out until it is done.
     *
     * @param at where all plans that are composed are decided
     * @param call the client's operation that this is; null for none
     */
    Carried run(RecordId at, @Nullable ClientCall call, Composer composer) throws FsException {
        Carried before = before(at, call);
        if (before != null) {
            return before;
        }
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            Plan plan;
            try {
                plan = composer.compose();
            } catch (StaleReadException e) {
                backoff.pause(Math.min(attempt, STALE_PAUSE));
                continue;
            } catch (FsException e) {
                // What is in the way may be what the call itself did, since it was looked for.
                Carried meanwhile = before(at, call);
                if (meanwhile != null) {
                    return meanwhile;
                }
                throw e;
            }
            plan.calledBy(call);
            Outcome outcome = execute(plan);
            if (outcome instanceof Outcome.Done done) {
                return new Carried(done.written(), plan.answer(), false);
            } else if (outcome instanceof Outcome.AlreadyDone already) {
                return Carried.before(already.answer());
            } else if (outcome instanceof Outcome.Blocked blocked) {
                settle(new LockedBy(blocked.transaction(), blocked.decidedAt()), attempt);
            } else if (attempt > 2) {
                backoff.pause(Math.min(attempt, STALE_PAUSE));
            }
        }
        throw new FsException(Errno.EAGAIN, "others changed the same records " + MOST_ATTEMPTS + " times in between");
    }

    /** What a call came to that is a retry, if it is recorded. */
    private @Nullable Carried before(RecordId at, @Nullable ClientCall call) throws FsException {
        if (call == null || !call.retry()) {
            return null;
        }
        Slice decider = slices.map().of(at.key());
        StoredRecord record = slices.read(Records.clientReply(decider, call.session(), call.slot()))
                .record();
        ClientReply reply = record == null ? null : ClientReply.decode(record.value());
        if (reply == null || reply.sequence() < call.sequence()) {
            return null;
        } else if (reply.sequence() > call.sequence()) {
            throw superseded();
        }
        return Carried.before(reply.answer());
    }

    private static FsException superseded() {
        return new FsException(Errno.ESTALE, "the client has gone on to a later operation");
    }

    /** Gives a command to a slice. Refusals that no other attempt can change come as exceptions. */
    Outcome submit(Slice slice, Command command) throws FsException {
        return judged(slice, slices.submit(slice, command));
    }

    /** The same, here and in that term only. @throws FsException EREMOTE */
    Outcome submitInTerm(Slice slice, Command command, long term) throws FsException {
        return judged(slice, slices.submitInTerm(slice, command, term));
    }

    private static Outcome judged(Slice slice, Outcome outcome) throws FsException {
        if (outcome instanceof Outcome.Superseded) {
            throw superseded();
        } else if (outcome instanceof Outcome.Full) {
            throw new FsException(Errno.ENOSPC, "no room in slice " + slice.number());
        }
        return outcome;
    }

    /** How a command gets to its slice. */
    @FunctionalInterface
    private interface Way {
        Outcome submit(Slice slice, Command command) throws FsException;
    }

    /** Carries out one batch of one slice until it is done. */
    Outcome.Done apply(Slice slice, Command command) throws FsException {
        return apply(slice, command, this::submit);
    }

    /** The same, here and in that term only. @throws FsException EREMOTE */
    Outcome.Done applyInTerm(Slice slice, Command command, long term) throws FsException {
        return apply(slice, command, (to, what) -> submitInTerm(to, what, term));
    }

    /** The same, and all that the slice holds survives a loss of power then. @throws FsException EREMOTE */
    Outcome.Done applySynced(Slice slice, Command command, long term) throws FsException {
        return apply(slice, command, (to, what) -> judged(to, slices.submitSynced(to, what, term)));
    }

    private Outcome.Done apply(Slice slice, Command command, Way way) throws FsException {
        for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
            Outcome outcome = way.submit(slice, command);
            if (outcome instanceof Outcome.Done done) {
                announceCleanings(done.written());
                return done;
            } else if (outcome instanceof Outcome.Blocked blocked) {
                settle(new LockedBy(blocked.transaction(), blocked.decidedAt()), attempt);
            } else {
                throw new FsException(Errno.ESTALE, "gone in between: " + outcome);
            }
        }
        throw new FsException(Errno.EAGAIN, "blocked by other transactions");
    }

    /** Gives a command that may take several steps until all are done; here, and in that term only. @throws FsException EREMOTE */
    void whole(Slice slice, Command command, long term) throws FsException {
        Outcome outcome;
        do {
            outcome = submitInTerm(slice, command, term);
            if (outcome instanceof Outcome.More more) {
                announceCleanings(more.done().written());
            } else if (outcome instanceof Outcome.Done done) {
                announceCleanings(done.written());
            } else {
                throw Tree.unexpected(outcome);
            }
        } while (outcome instanceof Outcome.More);
    }

    private Outcome execute(Plan plan) throws FsException {
        List<Slice> others = plan.others();
        if (others.isEmpty()) {
            Command apply = new Command.Apply(plan.batch(plan.decider()));
            return announced(
                    plan.term() == 0
                            ? submit(plan.decider(), apply)
                            : submitInTerm(plan.decider(), apply, plan.term()));
        }
        if (plan.term() != 0) {
            throw new IllegalStateException("a term is one slice's, and the plan is of " + (others.size() + 1));
        }
        TransactionId transaction = TransactionId.random(entropy);
        List<Slice> prepared = new ArrayList<>();
        List<Key> participants = others.stream().map(Slice::first).toList();
        Map<RecordId, byte[]> written = new HashMap<>();
        Outcome outcome;
        try {
            for (Slice slice : others) {
                outcome = submit(slice, new Command.Prepare(transaction, plan.decidedAt(), plan.batch(slice)));
                if (!(outcome instanceof Outcome.Done foretold)) {
                    giveUp(plan, prepared, transaction);
                    return outcome;
                }
                written.putAll(foretold.written());
                prepared.add(slice);
            }
            outcome = submit(
                    plan.decider(),
                    new Command.Decide(transaction, plan.decidedAt(), participants, plan.batch(plan.decider())));
        } catch (FsException | RuntimeException e) {
            abandon(plan, transaction, e);
            throw e;
        }
        if (!(outcome instanceof Outcome.Done done)) {
            giveUp(plan, prepared, transaction);
            return outcome instanceof Outcome.Abandoned ? new Outcome.Stale(Records.flare(plan.decidedAt())) : outcome;
        }
        written.putAll(announced(done).written());
        boolean isFinished = plan.isFoundByRange() && isCarriedOut(() -> finish(prepared, transaction, true));
        finishing.put(transaction, new Decision(true, participants));
        boolean unused = isCarriedOut(() -> background.carryOut(() -> {
            try {
                if (!isFinished) {
                    finish(prepared, transaction, true);
                }
                submit(plan.decider(), new Command.Forget(transaction, plan.decidedAt()));
            } finally {
                finishing.remove(transaction);
            }
        }));
        return new Outcome.Done(written, 0);
    }

    /** Does what follows on the commit point: where it fails the transaction is committed all the same, and whoever meets what is left of it finishes it. */
    private static boolean isCarriedOut(Background.Task task) {
        try {
            task.run();
            return true;
        } catch (FsException e) {
            return false;
        }
    }

    /** @return whether anything was prepared still */
    private boolean finish(List<Slice> prepared, TransactionId transaction, boolean committed) throws FsException {
        boolean any = false;
        for (Slice slice : prepared) {
            any |= announced(submit(slice, new Command.Finish(transaction, committed))) instanceof Outcome.Done;
        }
        return any;
    }

    private <O extends Outcome> O announced(O outcome) {
        if (outcome instanceof Outcome.Done done) {
            announceCleanings(done.written());
        }
        return outcome;
    }

    /** The plan cannot be carried out: nothing is left of it, also of what somebody who settled it left for its coordinator. */
    private void giveUp(Plan plan, List<Slice> prepared, TransactionId transaction) throws FsException {
        finish(prepared, transaction, false);
        if (decision(new LockedBy(transaction, plan.decidedAt())) != null) {
            submit(plan.decider(), new Command.Forget(transaction, plan.decidedAt()));
        }
    }

    /** After a failure: how did it end? What cannot be cleared up now is settled by whoever meets it. */
    private void abandon(Plan plan, TransactionId transaction, Exception failure) {
        try {
            Outcome outcome = submit(plan.decider(), new Command.Abandon(transaction, plan.decidedAt()));
            finish(plan.others(), transaction, outcome instanceof Outcome.Ended ended && ended.committed());
            submit(plan.decider(), new Command.Forget(transaction, plan.decidedAt()));
        } catch (FsException | RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /** Waits for a transaction that is in the way, and ends it when it is decided or has taken too long. */
    void settle(LockedBy lock, int attempt) throws FsException {
        Decision decision = decision(lock);
        if (decision == null && attempt < PATIENCE) {
            backoff.pause(attempt);
        } else if (decision == null) {
            end(lock);
        } else if (decision.committed()) {
            finish(participants(decision), lock.transaction(), true);
        } else {
            // Not by what was read alone: who wrote the mark is to know that he is not the only one.
            end(lock);
        }
    }

    /** Finishes a transaction that has been committed, though not all of its slices may have finished. @return whether it has been committed, and is not forgotten */
    boolean finishIfCommitted(LockedBy lock) throws FsException {
        Decision decision = decision(lock);
        if (decision == null || !decision.committed()) {
            return false;
        }
        finish(participants(decision), lock.transaction(), true);
        return true;
    }

    private List<Slice> participants(Decision decision) {
        return decision.participants().stream()
                .map(key -> slices.map().of(key))
                .distinct()
                .toList();
    }

    /** How the transaction ended; null while it is undecided, or when all have forgotten it. */
    private @Nullable Decision decision(LockedBy lock) throws FsException {
        Decision own = finishing.get(lock.transaction());
        if (own != null) {
            return own;
        }
        StoredRecord record = slices.read(Records.transaction(lock.decidedAt(), lock.transaction()))
                .record();
        return record == null ? null : Decision.decode(record.value());
    }

    /** Gives a command, and again when what is in its way has ended. */
    Outcome unblocked(Submission submission) throws FsException {
        Outcome outcome = submission.submit();
        for (int attempt = 0; outcome instanceof Outcome.Blocked blocked && attempt < MOST_ATTEMPTS; attempt++) {
            settle(new LockedBy(blocked.transaction(), blocked.decidedAt()), attempt);
            outcome = submission.submit();
        }
        return outcome;
    }

    /** How a command gets to its slice. */
    @FunctionalInterface
    interface Submission {
        Outcome submit() throws FsException;
    }

    /** Finishes a transaction in every slice. @return whether there was anything to finish */
    boolean finishEverywhere(TransactionId transaction, boolean committed) throws FsException {
        return finish(slices.map().slices(), transaction, committed);
    }

    /**
     * Ends every transaction that a crash left behind. To be called while no coordinator is at work.
     *
     * @return how many there were
     */
    int recover() throws FsException {
        int ended = 0;
        for (Slice slice : slices.map().slices()) {
            for (LockedBy lock : slices.pending(slice)) {
                end(lock);
                ended++;
            }
        }
        for (Slice slice : slices.map().slices()) {
            RecordId next = RecordId.of(slice.first(), RecordKind.TRANSACTION.code());
            RecordId limit = Records.end(RecordKind.TRANSACTION, slice.last());
            List<StoredRecord> page;
            do {
                page = slices.scan(slice, next, limit, PAGE);
                for (StoredRecord record : page) {
                    TransactionId transaction = TransactionId.of(record.id().subKey());
                    submit(slice, new Command.Forget(transaction, record.id().key()));
                    next = record.id().successor();
                }
            } while (page.size() == PAGE);
        }
        return ended;
    }

    /** Ends those of {@code old} that a slice has prepared still. @return how many there were */
    int end(Slice slice, Collection<LockedBy> old) throws FsException {
        int ended = 0;
        for (LockedBy lock : slices.pending(slice)) {
            if (old.contains(lock)) {
                end(lock);
                ended++;
            }
        }
        return ended;
    }

    private void end(LockedBy lock) throws FsException {
        Slice decider = slices.map().of(lock.decidedAt());
        Outcome outcome = submit(decider, new Command.Abandon(lock.transaction(), lock.decidedAt()));
        boolean committed = outcome instanceof Outcome.Ended ended && ended.committed();
        boolean any = finishEverywhere(lock.transaction(), committed);
        if (!any && outcome instanceof Outcome.Ended ended && ended.now() && !isSettledByMany(lock)) {
            // Its coordinator had ended it, and forgotten it, before we asked.
            submit(decider, new Command.Forget(lock.transaction(), lock.decidedAt()));
        }
    }

    private boolean isSettledByMany(LockedBy lock) throws FsException {
        Decision decision = decision(lock);
        return decision != null && decision.isAbandonedByMany();
    }
}
