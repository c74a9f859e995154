package magma.dht.lock;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import magma.dht.lock.LockTable.Holder;
import magma.dht.record.LockList;
import magma.fs.Lock;

/** The locks of one family that are held on one file. A holder's ranges never overlap. */
public final class HeldLocks {
    private static final Comparator<Holder> ORDER = Comparator.comparing(Holder::session)
            .thenComparing(holder -> holder.owner().id());

    private final Map<Holder, NavigableMap<Long, Lock>> holders = new HashMap<>();

    /** Whether nobody holds any. */
    public boolean isEmpty() {
        return holders.isEmpty();
    }

    /** Whether the holder has any. */
    public boolean isHolder(Holder holder) {
        return holders.containsKey(holder);
    }

    int count() {
        int count = 0;
        for (NavigableMap<Long, Lock> locks : holders.values()) {
            count += locks.size();
        }
        return count;
    }

    /** The sessions of all holders. */
    Set<UUID> sessions() {
        return holders.keySet().stream().map(Holder::session).collect(Collectors.toSet());
    }

    /** Adds all, in the order of holders and ranges. */
    public void addTo(List<LockList.Held> all) {
        holders.entrySet().stream()
                .sorted(Map.Entry.comparingByKey(ORDER))
                .forEach(holder -> holder.getValue()
                        .values()
                        .forEach(lock ->
                                all.add(new LockList.Held(holder.getKey().session(), lock))));
    }

    /** Whether the holder has the whole file locked in the other way than {@code lock} asks. */
    public boolean holdsOtherKind(Holder holder, Lock lock) {
        NavigableMap<Long, Lock> locks = holders.get(holder);
        return locks != null && locks.firstEntry().getValue().exclusive() != lock.exclusive();
    }

    /** Other holders with a lock that is in the way. */
    List<Holder> blockers(Holder holder, Lock lock) {
        List<Holder> blockers = new ArrayList<>();
        for (Map.Entry<Holder, NavigableMap<Long, Lock>> other : holders.entrySet()) {
            if (!other.getKey().equals(holder)
                    && conflict(other.getValue(), lock).isPresent()) {
                blockers.add(other.getKey());
            }
        }
        return blockers;
    }

    /** The first lock of another holder that is in the way. */
    Optional<Lock> conflict(Holder holder, Lock lock) {
        return holders.entrySet().stream()
                .filter(other -> !other.getKey().equals(holder))
                .flatMap(other -> conflict(other.getValue(), lock).stream())
                .min((a, b) -> Long.compare(a.range().start(), b.range().start()));
    }

    private static Optional<Lock> conflict(NavigableMap<Long, Lock> locks, Lock wanted) {
        Lock.Range range = wanted.range();
        Long first = locks.floorKey(range.start());
        for (Lock lock : locks.subMap(first == null ? range.start() : first, true, range.end(), true)
                .values()) {
            if (lock.range().overlaps(range) && (lock.exclusive() || wanted.exclusive())) {
                return Optional.of(lock);
            }
        }
        return Optional.empty();
    }

    /** Whether the holder has all of the range locked, in either way. */
    public boolean holds(Holder holder, Lock.Range range) {
        NavigableMap<Long, Lock> locks = holders.get(holder);
        long next = range.start();
        for (Lock lock : locks == null ? List.<Lock>of() : locks.values()) {
            if (lock.range().start() <= next && lock.range().end() >= next) {
                if (lock.range().end() >= range.end()) {
                    return true;
                }
                next = lock.range().end() + 1;
            }
        }
        return false;
    }

    /** Gives the lock to the holder in place of what they have there, and joins it with neighbours of its kind. */
    public void grant(Holder holder, Lock lock) {
        release(holder, lock.range());
        NavigableMap<Long, Lock> locks = holders.computeIfAbsent(holder, h -> new TreeMap<>());
        long start = lock.range().start();
        long end = lock.range().end();
        Map.Entry<Long, Lock> before = locks.lowerEntry(start);
        if (before != null
                && joins(before.getValue(), lock, before.getValue().range().end(), start)) {
            start = before.getKey();
        }
        Map.Entry<Long, Lock> after = locks.higherEntry(end);
        if (after != null && joins(after.getValue(), lock, end, after.getKey())) {
            locks.remove(after.getKey());
            end = after.getValue().range().end();
        }
        locks.put(start, within(lock, start, end));
    }

    private static boolean joins(Lock held, Lock lock, long end, long start) {
        return held.exclusive() == lock.exclusive() && end + 1 == start;
    }

    /** Takes the range from the holder; what reaches beyond stays. */
    public void release(Holder holder, Lock.Range range) {
        NavigableMap<Long, Lock> locks = holders.get(holder);
        if (locks == null) {
            return;
        }
        Long first = locks.floorKey(range.start());
        NavigableMap<Long, Lock> near = locks.subMap(first == null ? range.start() : first, true, range.end(), true);
        for (Lock lock : List.copyOf(near.values())) {
            if (!lock.range().overlaps(range)) {
                continue;
            }
            locks.remove(lock.range().start());
            if (lock.range().start() < range.start()) {
                locks.put(lock.range().start(), within(lock, lock.range().start(), range.start() - 1));
            }
            if (lock.range().end() > range.end()) {
                locks.put(
                        range.end() + 1,
                        within(lock, range.end() + 1, lock.range().end()));
            }
        }
        if (locks.isEmpty()) {
            holders.remove(holder);
        }
    }

    /** Takes all from the holders of the session. @return whether there were any */
    boolean releaseAll(UUID session) {
        return holders.keySet().removeIf(holder -> holder.session().equals(session));
    }

    private static Lock within(Lock lock, long start, long end) {
        return new Lock(lock.family(), lock.owner(), lock.exclusive(), new Lock.Range(start, end), lock.pid());
    }
}
