package magma.dht.batch;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import magma.dht.batch.SliceState.Step;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.dht.slice.Slice;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.fs.Key;

/** The commands by which sessions hold flares open and let them go, and what then goes with them: flares without a name that nobody holds. */
final class Holding {
    /** How many flares go, or holds end, in one step. */
    static final int MOST = 256;

    private static final int PAGE = 1000;

    private final Slice slice;
    private final Ground ground;
    private final Preparations prepared;
    private final Holders holders;
    private final Set<Key> postponed = new HashSet<>();

    Holding(Slice slice, Ground ground, Preparations prepared) {
        this.slice = slice;
        this.ground = ground;
        this.prepared = prepared;
        this.holders = ground.holders();
    }

    private record Hold(Key flare, UUID session) {}

    Step hold(Key flare, UUID session) throws StorageException {
        RecordId id = Records.flare(flare);
        StoredRecord record = ground.view().get(id);
        if (record == null) {
            SliceState.LockedBy lock = prepared.lockOn(id);
            return Step.unchanged(
                    lock == null ? new Outcome.Stale(id) : new Outcome.Blocked(lock.transaction(), lock.decidedAt()));
        }
        return Step.unchanged(new Outcome.Done(Map.of(id, record.value()), 0), sequence -> holders.add(flare, session));
    }

    Step release(Key flare, UUID session, Instant now) throws StorageException {
        Evaluation evaluation = new Evaluation(ground, now);
        boolean isLast = holders.count(flare, session) <= 1 && !holders.mayBeHeldByOthers(flare, Set.of(session));
        if (isLast) {
            reap(evaluation, flare);
        }
        return evaluation.step(Purpose.RELEASE, sequence -> holders.release(flare, session));
    }

    Step declare(UUID session, List<Key> flares) throws StorageException {
        List<Key> held = new ArrayList<>(flares.size());
        for (Key flare : flares) {
            if (ground.view().get(Records.flare(flare)) != null) {
                held.add(flare);
            }
        }
        return Step.unchanged(Outcome.Done.NOTHING, sequence -> held.forEach(flare -> holders.add(flare, session)));
    }

    Step endSessions(List<UUID> sessions, Instant now) throws StorageException {
        Set<UUID> ended = new LinkedHashSet<>(sessions);
        List<Hold> holds = firstHolds(ended);
        Evaluation evaluation = new Evaluation(ground, now);
        Set<Key> flares = new HashSet<>();
        for (Hold hold : holds) {
            if (flares.add(hold.flare()) && !holders.mayBeHeldByOthers(hold.flare(), ended)) {
                reap(evaluation, hold.flare());
            }
        }
        Step step = evaluation.step(
                Purpose.RELEASE, sequence -> holds.forEach(hold -> holders.drop(hold.flare(), hold.session())));
        return holds.size() < MOST ? step : step.withMore();
    }

    private List<Hold> firstHolds(Set<UUID> sessions) {
        List<Hold> holds = new ArrayList<>();
        for (UUID session : sessions) {
            for (Key flare : holders.heldBy(session)) {
                if (holds.size() == MOST) {
                    return holds;
                }
                holds.add(new Hold(flare, session));
            }
        }
        return holds;
    }

    Step endReclaim(Instant now) throws StorageException {
        if (!holders.isReclaiming()) {
            return Step.unchanged(Outcome.Done.NOTHING);
        }
        List<Key> undeclared = undeclared();
        Evaluation evaluation = new Evaluation(ground, now);
        for (Key flare : undeclared) {
            evaluation.reapOrphan(flare);
        }
        return undeclared.size() < MOST
                ? evaluation.step(Purpose.RELEASE, sequence -> holders.endReclaim())
                : evaluation.step(Purpose.RELEASE, Effect.NONE).withMore();
    }

    /** The first orphans that no session has declared, but for those that a transaction has locked. */
    private List<Key> undeclared() throws StorageException {
        List<Key> undeclared = new ArrayList<>();
        RecordId next = RecordId.of(slice.first(), RecordKind.ORPHAN.code());
        RecordId end = Records.end(RecordKind.ORPHAN, slice.last());
        List<StoredRecord> page;
        do {
            page = ground.view().scan(next, end, PAGE);
            for (StoredRecord orphan : page) {
                Key flare = orphan.id().key();
                if (isLocked(flare)) {
                    postponed.add(flare);
                } else if (!holders.isHeld(flare) && undeclared.size() < MOST) {
                    undeclared.add(flare);
                }
                next = orphan.id().successor();
            }
        } while (page.size() == PAGE && undeclared.size() < MOST);
        return undeclared;
    }

    /** A transaction ends: with it goes what had to stay for it. */
    void end(Evaluation evaluation, Set<RecordId> unlocked) throws StorageException {
        for (Key flare : postponed) {
            if (unlocked.contains(Records.flare(flare)) && !holders.mayBeHeld(flare)) {
                evaluation.reapOrphan(flare);
            }
        }
    }

    /** A transaction has ended. */
    void ended(Set<RecordId> unlocked) {
        if (!postponed.isEmpty()) {
            postponed.removeIf(flare -> unlocked.contains(Records.flare(flare)));
        }
    }

    /** A flare that nobody holds any more goes if it has no name; one that a transaction has locked, when that has ended. */
    private void reap(Evaluation evaluation, Key flare) throws StorageException {
        if (isLocked(flare)) {
            postponed.add(flare);
        } else {
            evaluation.reapOrphan(flare);
        }
    }

    private boolean isLocked(Key flare) {
        return prepared.isLocked(Records.flare(flare));
    }
}
