package magma.dht.front;

import java.util.ArrayList;
import java.util.List;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;

/** The locks that a session was granted and has not given back. Their homes keep them, but without contact only for a while: then they are lost. Safe for all threads. */
final class FrontLocks {
    private final LocksByFile held = new LocksByFile();

    /** Until whoever had them gives them back. */
    private final LocksByFile lost = new LocksByFile();

    /** One is about to be asked for. The home lets go of one that is changed to the other kind by flock(2) before it grants that. */
    void asked(Key file, Lock lock) {
        if (lock.family() == Lock.Family.FLOCK) {
            held.releaseOtherKind(file, lock);
        }
    }

    void granted(Key file, Lock lock) {
        held.grant(file, lock);
    }

    /** One is about to be given back. */
    void released(Key file, Lock.Family family, Lock.Owner owner, Lock.Range range) {
        held.release(file, family, owner, range);
        lost.release(file, family, owner, range);
    }

    /** Whether something of the file is locked, as far as is known. */
    boolean has(Key file) {
        return held.has(file);
    }

    boolean isLost(Key file) {
        return lost.has(file);
    }

    /** Whether the owner has not given back yet what was lost of its locks on the file. */
    boolean isLost(Key file, Lock.Owner owner) {
        return lost.of(file).stream().anyMatch(lock -> lock.owner().equals(owner));
    }

    /** Finds what is lost: what the home, where the file is now, does not know of any more. @return whether something is */
    boolean lose(Key file, LockKeeping home) throws FsException {
        List<Lock> unknown = new ArrayList<>();
        for (Lock lock : held.of(file)) {
            // One that is given back meanwhile is not lost.
            if (!home.holds(file, lock) && held.holds(file, lock)) {
                unknown.add(lock);
            }
        }
        unknown.forEach(lock -> lost.grant(file, lock));
        return !unknown.isEmpty();
    }

    /** Nobody has what is lost any more. */
    void forgetLost(Key file) {
        lost.of(file).forEach(lock -> held.release(file, lock.family(), lock.owner(), lock.range()));
    }
}
