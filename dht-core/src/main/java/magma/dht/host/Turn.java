package magma.dht.host;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * One thing after the other at a replica. The loop is a lock: what happens runs on the thread that brings it, after what came before. Whom it concerns is told when the
 * lock is free again.
 */
final class Turn {
    private final ReentrantLock lock = new ReentrantLock();
    private final List<Runnable> afterwards = new ArrayList<>();

    /** Any thread; may be called with the turn held. */
    void run(Runnable work) {
        List<Runnable> told;
        lock.lock();
        try {
            work.run();
            told = List.copyOf(afterwards);
            afterwards.clear();
        } finally {
            lock.unlock();
        }
        told.forEach(Runnable::run);
    }

    /** Looks, and changes nothing. Any thread. */
    <T> T look(Supplier<T> question) {
        lock.lock();
        try {
            return question.get();
        } finally {
            lock.unlock();
        }
    }

    /** Has somebody told when the turn is over. With the turn held. */
    void afterwards(Runnable telling) {
        afterwards.add(telling);
    }

    boolean isTaken() {
        return lock.isLocked();
    }
}
