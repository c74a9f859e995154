package magma.dht.front;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import magma.dht.lock.HeldLocks;
import magma.dht.lock.LockTable.Holder;
import magma.dht.record.LockList;
import magma.fs.Key;
import magma.fs.Lock;

/** Some locks of one session. Safe for all threads. */
final class LocksByFile {
    /** There is no other session here. */
    private static final UUID SESSION = new UUID(0, 0);

    /** The values are guarded by the map. */
    private final Map<Key, Map<Lock.Family, HeldLocks>> files = new ConcurrentHashMap<>();

    void grant(Key file, Lock lock) {
        Map<Lock.Family, HeldLocks> unused = files.compute(file, (key, known) -> {
            Map<Lock.Family, HeldLocks> families = known == null ? new EnumMap<>(Lock.Family.class) : known;
            families.computeIfAbsent(lock.family(), family -> new HeldLocks()).grant(holder(lock.owner()), lock);
            return families;
        });
    }

    void release(Key file, Lock.Family family, Lock.Owner owner, Lock.Range range) {
        change(file, family, held -> held.release(holder(owner), range));
    }

    /** What the owner has locked in the other way. */
    void releaseOtherKind(Key file, Lock lock) {
        Holder holder = holder(lock.owner());
        change(file, lock.family(), held -> {
            if (held.holdsOtherKind(holder, lock)) {
                held.release(holder, lock.range());
            }
        });
    }

    private void change(Key file, Lock.Family family, Consumer<HeldLocks> change) {
        Map<Lock.Family, HeldLocks> unused = files.computeIfPresent(file, (key, families) -> {
            HeldLocks held = families.get(family);
            if (held != null) {
                change.accept(held);
                if (held.isEmpty()) {
                    families.remove(family);
                }
            }
            return families.isEmpty() ? null : families;
        });
    }

    private static Holder holder(Lock.Owner owner) {
        return new Holder(SESSION, owner);
    }

    boolean has(Key file) {
        return files.containsKey(file);
    }

    List<Lock> of(Key file) {
        List<LockList.Held> all = new ArrayList<>();
        look(file, families -> {
            families.values().forEach(held -> held.addTo(all));
            return true;
        });
        return all.stream().map(LockList.Held::lock).toList();
    }

    /** Whether the lock's owner has all of its range here, in either way. */
    boolean holds(Key file, Lock lock) {
        return look(file, families -> {
            HeldLocks held = families.get(lock.family());
            return held != null && held.holds(holder(lock.owner()), lock.range());
        });
    }

    private boolean look(Key file, Predicate<Map<Lock.Family, HeldLocks>> question) {
        boolean[] answer = new boolean[1];
        Map<Lock.Family, HeldLocks> unused = files.computeIfPresent(file, (key, families) -> {
            answer[0] = question.test(families);
            return families;
        });
        return answer[0];
    }
}
