package magma.dht.front;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import magma.dht.lock.HeldLocks;
import magma.dht.lock.LockTable.Holder;
import magma.dht.record.LockList;
import magma.fs.Lock;

/** Some locks of one session on one file. Not safe for use by many threads. */
final class LockSet {
    /** There is no other session here. */
    private static final UUID SESSION = new UUID(0, 0);

    private final Map<Lock.Family, HeldLocks> families = new EnumMap<>(Lock.Family.class);

    private static Holder holder(Lock.Owner owner) {
        return new Holder(SESSION, owner);
    }

    private HeldLocks of(Lock.Family family) {
        return families.computeIfAbsent(family, f -> new HeldLocks());
    }

    void add(Lock lock) {
        of(lock.family()).grant(holder(lock.owner()), lock);
    }

    void remove(Lock.Family family, Lock.Owner owner, Lock.Range range) {
        of(family).release(holder(owner), range);
    }

    /** What the lock's owner has locked in the other way. */
    void removeOtherKind(Lock lock) {
        if (of(lock.family()).holdsOtherKind(holder(lock.owner()), lock)) {
            remove(lock.family(), lock.owner(), lock.range());
        }
    }

    boolean isAnyOf(Lock.Family family, Lock.Owner owner) {
        return of(family).isHolder(holder(owner));
    }

    boolean isEmpty() {
        return families.values().stream().allMatch(HeldLocks::isEmpty);
    }

    List<Lock> all() {
        List<LockList.Held> all = new ArrayList<>();
        families.values().forEach(held -> held.addTo(all));
        return all.stream().map(LockList.Held::lock).toList();
    }
}
