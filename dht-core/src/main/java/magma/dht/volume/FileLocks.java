package magma.dht.volume;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import magma.dht.batch.Batch;
import magma.dht.batch.Condition;
import magma.dht.batch.Operation;
import magma.dht.lock.LockTable;
import magma.dht.lock.LockTable.Decided;
import magma.dht.lock.LockTable.Holder;
import magma.dht.namespace.Namespace;
import magma.dht.record.LockList;
import magma.dht.record.Records;
import magma.dht.routing.Slices;
import magma.dht.slice.Slice;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StoredRecord;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The advisory locks on the files whose slices this vulcano leads. Whoever is told of a lock, or of its release, has it in the file's record before; in memory they are
 * as long as the term lasts. Who waits for a lock is known in memory only: with the term their requests end, and they ask the next vulcano.
 *
 * <p>What is asked of one file happens one after another, on the thread of whoever asked while nobody else was at it; of different files, side by side.
 */
final class FileLocks {
    private static final Logger log = LoggerFactory.getLogger(FileLocks.class);

    private final Namespace namespace;
    private final Slices slices;

    /** Guarded by itself. Ahead of the records by what is being stored just now. */
    private final LockTable<LockRequest> table = new LockTable<>();

    private final Map<Key, Place> places = new ConcurrentHashMap<>();

    FileLocks(Namespace namespace, Slices slices) {
        this.namespace = namespace;
        this.slices = slices;
    }

    /** Something that is asked of one file. It deals with its failures itself. */
    @FunctionalInterface
    private interface Step {
        void run(Place place);
    }

    /** One file's locks. */
    private static final class Place {
        private final Key file;

        /** Guarded by the map. */
        private final Deque<Step> waiting = new ArrayDeque<>();

        /** Who is at it, guarded by the map; null for nobody. */
        private @Nullable Thread worker;

        /** Answers that are to be given when the step is done, so that those who get them may ask for more. Of the worker. */
        private final Deque<Runnable> answers = new ArrayDeque<>();

        /** In which the locks were read; null before. Of the worker. */
        private @Nullable Term term;

        private List<LockList.Held> stored = List.of();

        private Place(Key file) {
            this.file = file;
        }
    }

    /** Has a step done after those that came before; one that an answer leads to, at once. */
    private void enqueue(Key file, Step step) {
        Thread self = Thread.currentThread();
        boolean[] isFirst = new boolean[1];
        boolean[] isWithin = new boolean[1];
        Place place = places.compute(file, (key, known) -> {
            Place one = known == null ? new Place(key) : known;
            isFirst[0] = one.worker == null;
            isWithin[0] = one.worker == self;
            if (!isWithin[0]) {
                one.waiting.add(step);
            }
            one.worker = isFirst[0] ? self : one.worker;
            return one;
        });
        if (place != null && isWithin[0]) {
            step.run(place);
        } else if (place != null && isFirst[0]) {
            for (Step next = next(place); next != null; next = next(place)) {
                next.run(place);
                for (Runnable answer = place.answers.poll(); answer != null; answer = place.answers.poll()) {
                    answer.run();
                }
            }
        }
    }

    private @Nullable Step next(Place place) {
        Step[] next = new Step[1];
        Place unused = places.compute(place.file, (key, known) -> {
            next[0] = place.waiting.poll();
            if (next[0] != null) {
                return place;
            }
            place.worker = null;
            return isUsed(key) ? place : null;
        });
        return next[0];
    }

    private boolean isUsed(Key file) {
        synchronized (table) {
            return table.isUsed(file);
        }
    }

    /** One that is waited for. */
    @FunctionalInterface
    private interface Work<T> {
        T on(Place place) throws FsException;
    }

    private <T> T whenTurn(Key file, Work<T> work) throws FsException {
        CompletableFuture<T> answer = new CompletableFuture<>();
        enqueue(file, place -> {
            try {
                answer.complete(work.on(place));
            } catch (FsException | RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        try {
            return answer.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof FsException known) {
                throw known;
            }
            throw e;
        }
    }

    /** Asks for a lock; the answer comes at any time. */
    void take(LockRequest request) {
        enqueue(request.file(), place -> {
            try {
                load(place);
                Object unused = namespace.flare(place.file);
                change(place, request::ask);
            } catch (FsException | RuntimeException e) {
                refuse(place, List.of(request), e);
            }
        });
    }

    private static void refuse(Place place, Collection<LockRequest> requests, Exception why) {
        requests.forEach(request -> place.answers.add(() -> request.completeExceptionally(why)));
    }

    /** Takes a range from the holder. On return that is stored. */
    void release(Key file, Lock.Family family, Holder holder, Lock.Range range) throws FsException {
        change(file, locks -> locks.release(file, family, holder, range));
    }

    /** A lock of another holder that is in the way. */
    Optional<Lock> conflict(Key file, Holder holder, Lock lock) throws FsException {
        return whenTurn(file, place -> {
            load(place);
            synchronized (table) {
                return table.conflict(file, holder, lock);
            }
        });
    }

    /** Whether the holder has all of the range locked, in either way. */
    boolean holds(Key file, Lock.Family family, Holder holder, Lock.Range range) throws FsException {
        return whenTurn(file, place -> {
            load(place);
            synchronized (table) {
                return table.holds(file, family, holder, range);
            }
        });
    }

    /** Takes a request back. @return false when it is decided already */
    boolean withdraw(LockRequest request) {
        boolean withdrawn;
        synchronized (table) {
            withdrawn = request.withdraw(table);
        }
        enqueue(request.file(), place -> {});
        return withdrawn;
    }

    /**
     * A session has ended: it has no locks any more. What it waits for must have been withdrawn, and nothing may be asked for by it any more.
     *
     * @param isKnown whether it is known again; asked for each file when its turn has come: a lock that was not taken from it then it has still
     */
    void endSession(UUID session, Predicate<UUID> isKnown) {
        Set<Key> files;
        synchronized (table) {
            files = table.files(session);
        }
        files.forEach(file -> end(file, session, isKnown));
    }

    private void end(Key file, UUID session, Predicate<UUID> isKnown) {
        try {
            change(file, locks -> isKnown.test(session) ? Decided.nothing() : locks.releaseAll(file, session));
        } catch (FsException e) {
            if (e.errno() == Errno.EREMOTE) {
                log.debug("The locks on {} are kept elsewhere now", file);
            } else {
                log.warn("The locks of a session that has ended stay on {}: {}", file, e.getMessage());
            }
        }
    }

    /** This vulcano begins to lead the slice: takes up the locks on a file in it. @throws FsException EREMOTE */
    void load(Key file) throws FsException {
        Object unused = whenTurn(file, place -> {
            load(place);
            return true;
        });
    }

    /** Ends those sessions of which there are locks in a slice and which {@code isKnown} does not know. */
    void endUnknown(Slice slice, Predicate<UUID> isKnown) {
        for (Key file : places.keySet()) {
            if (slice.contains(file)) {
                Set<UUID> sessions;
                synchronized (table) {
                    sessions = table.sessions(file);
                }
                sessions.stream().filter(isKnown.negate()).forEach(session -> end(file, session, isKnown));
            }
        }
    }

    /** This vulcano does not lead the slice any more: all who wait for locks in it are told. */
    void lost(Slice slice) {
        for (Key file : places.keySet()) {
            if (slice.contains(file)) {
                enqueue(file, place -> {
                    Term term = place.term;
                    if (term == null || slices.term(term.slice()) != term.number()) {
                        forget(place, Term.elsewhere(slice));
                    }
                });
            }
        }
    }

    /** Takes something from a file's locks. None are left where the file is gone. */
    private void change(Key file, Change change) throws FsException {
        Object unused = whenTurn(file, place -> {
            load(place);
            try {
                change(place, change);
            } catch (FsException e) {
                if (e.errno() != Errno.ESTALE) {
                    throw e;
                }
            }
            return true;
        });
    }

    /** Reads the locks where that was not done in this term. */
    private void load(Place place) throws FsException {
        Term now = Term.of(slices, place.file);
        if (now.equals(place.term)) {
            return;
        }
        forget(place, Term.elsewhere(now.slice()));
        StoredRecord record = slices.read(Records.locks(place.file)).record();
        now.demand();
        List<LockList.Held> locks =
                record == null ? List.of() : LockList.decode(record.value()).locks();
        synchronized (table) {
            table.put(place.file, locks);
        }
        place.stored = locks;
        place.term = now;
    }

    /** Forgets what is known of a file; who waits is told why. */
    private void forget(Place place, FsException why) {
        List<LockRequest> waiting;
        synchronized (table) {
            waiting = table.drop(place.file);
        }
        place.term = null;
        place.stored = List.of();
        refuse(place, waiting, why);
    }

    /** What is done to the table. */
    @FunctionalInterface
    private interface Change {
        Decided<LockRequest> on(LockTable<LockRequest> table) throws FsException;
    }

    /** Changes the table, stores what came of it, and then tells those whose requests were decided. */
    private void change(Place place, Change change) throws FsException {
        Decided<LockRequest> decided;
        List<LockList.Held> held;
        synchronized (table) {
            decided = change.on(table);
            held = table.held(place.file);
        }
        try {
            store(place, held);
        } catch (FsException | RuntimeException e) {
            refuse(place, decided.granted(), e);
            throw e;
        } finally {
            decided.refused()
                    .forEach((request, errno) ->
                            refuse(place, List.of(request), new FsException(errno, "the lock cannot be granted")));
        }
        decided.granted().forEach(request -> place.answers.add(() -> request.complete(null)));
    }

    private void store(Place place, List<LockList.Held> held) throws FsException {
        Term term = place.term;
        if (held.equals(place.stored) || term == null) {
            return;
        }
        if (held.size() > LockList.MAX_LOCKS) {
            synchronized (table) {
                table.put(place.file, place.stored);
            }
            throw new FsException(Errno.ENOLCK, "more than " + LockList.MAX_LOCKS + " locks on one file");
        }
        Operation operation = held.isEmpty()
                ? new Operation.Remove(Records.locks(place.file))
                : new Operation.Put(Records.locks(place.file), new LockList(held).encode());
        Condition isThere = new Condition.Exists(Records.flare(place.file));
        try {
            Object unused = namespace.apply(
                    place.file, new Batch(List.of(isThere), List.of(operation), Purpose.RELEASE), term.number());
        } catch (FsException | RuntimeException e) {
            // Nobody knows what is in the record now: it is read again.
            forget(
                    place,
                    e instanceof FsException known ? known : new FsException(Errno.EIO, "locks are not stored", e));
            throw e;
        }
        place.stored = held;
    }
}
