package magma.dht.front;

import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Lock;

/** A session that can tell whether it has a lock still. */
public interface LockKeeping {
    /** Whether the lock's owner has all of its range locked for this session, in either way. A session that was without contact for too long has lost its locks. */
    boolean holds(Key file, Lock lock) throws FsException;
}
