package magma.dht.volume;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import magma.fs.ChangeListener.Change;

/**
 * Which sessions may know something of a file's content, and so must be told when it is written to: all but those that were told of a write and have asked for nothing of the file since. A journal that nobody
 * else looks at is told of once, and not with each write. Safe for use by many threads.
 *
 * <p>What a session knows of a file it was told by the file's home, and by this vulcano as long as the term lasts.
 */
final class Onlookers {
    private final Set<SessionLife> unknowing = ConcurrentHashMap.newKeySet();

    /** The session asks for something of the file, or changes it. To be called before anything is read for it. @return whether it knew nothing until now */
    boolean looks(SessionLife session) {
        return !unknowing.isEmpty() && unknowing.remove(session);
    }

    /** The file was written to: tells the session if it may know what was before. When this returns it has been told of this write, or of an earlier one after which it did not look. */
    synchronized void written(SessionLife session, Change change) {
        if (unknowing.add(session)) {
            session.listener().changed(change);
        }
    }
}
