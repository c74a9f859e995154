package magma.dht.transport.netty;

import java.util.concurrent.Semaphore;

/** What one connection may have under way. Who asks for more than is left waits, uninterruptibly. */
final class Credit {
    private final Semaphore requests;
    private final Semaphore bytes;

    Credit(int requests, int bytes) {
        this.requests = new Semaphore(Math.max(1, requests));
        this.bytes = new Semaphore(Math.max(2 << 20, bytes));
    }

    void take(int size) {
        requests.acquireUninterruptibly();
        bytes.acquireUninterruptibly(size);
    }

    /** False when there is not so much left now. */
    boolean tryTake(int size) {
        if (!requests.tryAcquire()) {
            return false;
        }
        if (!bytes.tryAcquire(size)) {
            requests.release();
            return false;
        }
        return true;
    }

    void give(int size) {
        bytes.release(size);
        requests.release();
    }
}
