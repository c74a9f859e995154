package magma.dht.lock;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import magma.dht.record.LockList;
import magma.fs.Errno;
import magma.fs.Key;
import magma.fs.Lock;
import org.jspecify.annotations.Nullable;

/**
 * The advisory locks of all files, and who waits for them: fcntl(2) with deadlock detection, and flock(2). Knows no thread:
 * each call says which requests it decided, its own or some that waited. Not safe for use by many threads.
 *
 * <p>A request that can be granted is granted at once, past those that wait; those that wait are granted in the order in
 * which they came.
 *
 * @param <T> what a request is known by to its maker
 */
public final class LockTable<T> {
    /** By so many locks a granted one may raise the number: it may part another one of its holder. */
    private static final int MOST_MORE = 2;

    /** Whose a lock is: sessions never share owners. */
    public record Holder(UUID session, Lock.Owner owner) {}

    /**
     * Which requests a call decided.
     *
     * @param granted have their locks now
     * @param refused with EAGAIN as they shall not wait, with EDEADLK, or with ENOLCK over the limit of a file's locks
     */
    public record Decided<T>(List<T> granted, Map<T, Errno> refused) {
        private Decided() {
            this(new ArrayList<>(), new LinkedHashMap<>());
        }

        /** Of a call that was not made. */
        public static <T> Decided<T> nothing() {
            return new Decided<>();
        }
    }

    private record Place(Key file, Lock.Family family) {}

    private record Waiting<T>(Place place, Holder holder, Lock lock, T ticket) {}

    private final Map<Place, HeldLocks> held = new HashMap<>();
    private final Map<Place, List<Waiting<T>>> queues = new HashMap<>();
    private final Map<T, Waiting<T>> byTicket = new LinkedHashMap<>();
    private final Map<Holder, Set<Waiting<T>>> byHolder = new HashMap<>();

    /** Asks for a lock. A request that is not among the decided waits. */
    public Decided<T> request(Key file, Holder holder, Lock lock, boolean wait, T ticket) {
        Place place = new Place(file, lock.family());
        Decided<T> decided = new Decided<>();
        if (isFull(file)) {
            decided.refused.put(ticket, Errno.ENOLCK);
            return decided;
        }
        if (lock.family() == Lock.Family.FLOCK && locksOf(place).holdsOtherKind(holder, lock)) {
            locksOf(place).release(holder, lock.range());
            settle(place, decided);
        }
        List<Holder> blockers = locksOf(place).blockers(holder, lock);
        if (blockers.isEmpty()) {
            locksOf(place).grant(holder, lock);
            decided.granted.add(ticket);
            settle(place, decided);
        } else if (!wait) {
            decided.refused.put(ticket, Errno.EAGAIN);
        } else if (lock.family() == Lock.Family.POSIX && someWaitsFor(blockers, holder)) {
            decided.refused.put(ticket, Errno.EDEADLK);
        } else {
            enqueue(new Waiting<>(place, holder, lock, ticket));
        }
        return decided;
    }

    /** Takes a range from the holder. */
    public Decided<T> release(Key file, Lock.Family family, Holder holder, Lock.Range range) {
        Decided<T> decided = new Decided<>();
        Place place = new Place(file, family);
        HeldLocks locks = held.get(place);
        if (locks != null) {
            locks.release(holder, range);
            settle(place, decided);
        }
        return decided;
    }

    /** Takes a request back. @return false when it is decided already */
    public boolean withdraw(T ticket) {
        Waiting<T> request = byTicket.get(ticket);
        if (request == null) {
            return false;
        }
        dequeue(request);
        dropWhenEmpty(request.place);
        return true;
    }

    /** Takes all locks from the owners of the session, and adds what they were waiting for to {@code abandoned}. */
    public Decided<T> releaseAll(UUID session, List<T> abandoned) {
        for (Waiting<T> request : List.copyOf(byTicket.values())) {
            if (request.holder.session().equals(session)) {
                dequeue(request);
                abandoned.add(request.ticket);
            }
        }
        Decided<T> decided = new Decided<>();
        for (Map.Entry<Place, HeldLocks> entry : List.copyOf(held.entrySet())) {
            if (entry.getValue().releaseAll(session)) {
                settle(entry.getKey(), decided);
            }
        }
        return decided;
    }

    /** Takes all locks on one file from the owners of the session; what they wait for they wait for still. */
    public Decided<T> releaseAll(Key file, UUID session) {
        Decided<T> decided = new Decided<>();
        for (Place place : places(file)) {
            HeldLocks locks = held.get(place);
            if (locks != null && locks.releaseAll(session)) {
                settle(place, decided);
            }
        }
        return decided;
    }

    /** All locks on one file, in an order that depends on them alone. */
    public List<LockList.Held> held(Key file) {
        List<LockList.Held> all = new ArrayList<>();
        for (Place place : places(file)) {
            HeldLocks locks = held.get(place);
            if (locks != null) {
                locks.addTo(all);
            }
        }
        return all;
    }

    /** Makes these the locks on a file, in place of those that were; nobody is granted anything. */
    public void put(Key file, List<LockList.Held> locks) {
        places(file).forEach(held::remove);
        for (LockList.Held one : locks) {
            Holder holder = new Holder(one.session(), one.lock().owner());
            locksOf(new Place(file, one.lock().family())).grant(holder, one.lock());
        }
    }

    /** Forgets all locks on a file. @return what waited for some, which is not waited for any more */
    public List<T> drop(Key file) {
        List<T> dropped = new ArrayList<>();
        for (Place place : places(file)) {
            for (Waiting<T> request : List.copyOf(queues.getOrDefault(place, List.of()))) {
                dequeue(request);
                dropped.add(request.ticket);
            }
            queues.remove(place);
            held.remove(place);
        }
        return dropped;
    }

    /** Whether somebody holds or waits for a lock on the file. */
    public boolean isUsed(Key file) {
        return places(file).stream().anyMatch(place -> held.containsKey(place) || queues.containsKey(place));
    }

    /** The files on which owners of the session have locks. */
    public Set<Key> files(UUID session) {
        Set<Key> files = new HashSet<>();
        held.forEach((place, locks) -> {
            if (locks.sessions().contains(session)) {
                files.add(place.file);
            }
        });
        return files;
    }

    /** The sessions whose owners have locks on the file. */
    public Set<UUID> sessions(Key file) {
        Set<UUID> sessions = new HashSet<>();
        for (Place place : places(file)) {
            HeldLocks locks = held.get(place);
            if (locks != null) {
                sessions.addAll(locks.sessions());
            }
        }
        return sessions;
    }

    private static List<Place> places(Key file) {
        return List.of(new Place(file, Lock.Family.POSIX), new Place(file, Lock.Family.FLOCK));
    }

    /** Whether a file has so many locks that one more may be more than can be kept. */
    private boolean isFull(Key file) {
        int count = 0;
        for (Place place : places(file)) {
            HeldLocks locks = held.get(place);
            count += locks == null ? 0 : locks.count();
        }
        return count + MOST_MORE > LockList.MAX_LOCKS;
    }

    /** A lock of another holder that is in the way. */
    public Optional<Lock> conflict(Key file, Holder holder, Lock lock) {
        HeldLocks locks = held.get(new Place(file, lock.family()));
        return locks == null ? Optional.empty() : locks.conflict(holder, lock);
    }

    /** Whether the holder has all of the range locked, in either way. */
    public boolean holds(Key file, Lock.Family family, Holder holder, Lock.Range range) {
        HeldLocks locks = held.get(new Place(file, family));
        return locks != null && locks.holds(holder, range);
    }

    /** Grants what has become possible. A grant may make way for more: one in place of a stronger lock of the same holder. */
    private void settle(Place place, Decided<T> decided) {
        Waiting<T> next = nextGrantable(place);
        boolean holderWaits = false;
        while (next != null) {
            dequeue(next);
            locksOf(place).grant(next.holder, next.lock);
            decided.granted.add(next.ticket);
            holderWaits |= byHolder.containsKey(next.holder);
            next = nextGrantable(place);
        }
        if (holderWaits && place.family == Lock.Family.POSIX) {
            refuseDeadlocked(place, decided);
        }
        dropWhenEmpty(place);
    }

    private @Nullable Waiting<T> nextGrantable(Place place) {
        List<Waiting<T>> queue = queues.getOrDefault(place, List.of());
        for (Waiting<T> request : queue.isEmpty() || isFull(place.file) ? List.<Waiting<T>>of() : queue) {
            if (locksOf(place).blockers(request.holder, request.lock).isEmpty()) {
                return request;
            }
        }
        return null;
    }

    /** A new holder that itself waits, in another thread, may close a circle that no request closed. */
    private void refuseDeadlocked(Place place, Decided<T> decided) {
        for (Waiting<T> request : List.copyOf(queues.getOrDefault(place, List.of()))) {
            if (someWaitsFor(locksOf(place).blockers(request.holder, request.lock), request.holder)) {
                dequeue(request);
                decided.refused.put(request.ticket, Errno.EDEADLK);
            }
        }
    }

    /** Whether one of the {@code starts} waits for {@code sought}, directly or through others. */
    private boolean someWaitsFor(List<Holder> starts, Holder sought) {
        Set<Holder> seen = new HashSet<>(starts);
        List<Holder> open = new ArrayList<>(starts);
        while (!open.isEmpty()) {
            Holder holder = open.remove(open.size() - 1);
            for (Waiting<T> request : byHolder.getOrDefault(holder, Set.of())) {
                if (request.place.family == Lock.Family.FLOCK) {
                    continue;
                }
                for (Holder blocker : locksOf(request.place).blockers(holder, request.lock)) {
                    if (blocker.equals(sought)) {
                        return true;
                    }
                    if (seen.add(blocker)) {
                        open.add(blocker);
                    }
                }
            }
        }
        return false;
    }

    private HeldLocks locksOf(Place place) {
        return held.computeIfAbsent(place, p -> new HeldLocks());
    }

    private void enqueue(Waiting<T> request) {
        byTicket.put(request.ticket, request);
        queues.computeIfAbsent(request.place, p -> new ArrayList<>()).add(request);
        byHolder.computeIfAbsent(request.holder, h -> new HashSet<>()).add(request);
    }

    private void dequeue(Waiting<T> request) {
        byTicket.remove(request.ticket);
        queues.getOrDefault(request.place, List.of()).remove(request);
        Set<Waiting<T>> others = byHolder.getOrDefault(request.holder, Set.of());
        others.remove(request);
        if (others.isEmpty()) {
            byHolder.remove(request.holder);
        }
    }

    private void dropWhenEmpty(Place place) {
        if (queues.getOrDefault(place, List.of()).isEmpty()) {
            queues.remove(place);
            if (locksOf(place).isEmpty()) {
                held.remove(place);
            }
        }
    }
}
