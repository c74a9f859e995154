package magma.dht.front;

import java.util.concurrent.locks.ReentrantLock;
import magma.fs.FsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps an open file where it is while a change is under way of which it is known only afterwards what is to be written again at the next home: an append, whose place its home tells,
 * or a cut, after which what was written before is not to come back. Else the file could be taken to its next home in between, without the one and with the other.
 */
final class Stay {
    private static final Logger log = LoggerFactory.getLogger(Stay.class);

    private final Move move;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile boolean isMissed;

    /** Takes the file where its home is now. */
    @FunctionalInterface
    interface Move {
        /** @return whether it was not there */
        boolean make() throws FsException;
    }

    /** What changes the file, and what is kept of it. */
    @FunctionalInterface
    interface Change<T> {
        T make() throws FsException;
    }

    Stay(Move move) {
        this.move = move;
    }

    /** One at a time. */
    <T> T during(Change<T> change) throws FsException {
        lock.lock();
        try {
            return change.make();
        } finally {
            lock.unlock();
            if (isMissed) {
                moveAfterwards();
            }
        }
    }

    private void moveAfterwards() {
        try {
            boolean unused = move();
        } catch (FsException e) {
            log.debug("It is not open at its new home yet; its next use will tell", e);
        }
    }

    /** Moves it now, or as soon as the change of another thread is made that is under way. @return whether it was moved now */
    boolean move() throws FsException {
        if (!lock.tryLock()) {
            // Who has the lock looks after giving it back; if that was before this, it is free now.
            isMissed = true;
            if (!lock.tryLock()) {
                return false;
            }
        }
        try {
            isMissed = false;
            return move.make();
        } finally {
            lock.unlock();
        }
    }
}
