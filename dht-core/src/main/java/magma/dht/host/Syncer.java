package magma.dht.host;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;

/** Flushes the log for all replicas that want it, together: one flush at a time. Once started, a thread does. */
final class Syncer implements AutoCloseable {
    private final Storage storage;
    private final Consumer<StorageException> failure;
    private final Set<HostedReplica> wanting = new LinkedHashSet<>();
    private final Thread thread = new Thread(this::run, "magma-sync");
    private boolean closed;

    /** @param failure told when the disk fails, after which nothing is synced any more */
    Syncer(Storage storage, Consumer<StorageException> failure) {
        this.storage = storage;
        this.failure = failure;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Has the log synced up to where the replica's is now. Returns at once. */
    synchronized void want(HostedReplica replica) {
        wanting.add(replica);
        notifyAll();
    }

    private void run() {
        try {
            while (isWanted()) {
                flush();
            }
        } catch (StorageException e) {
            failure.accept(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until some want to be synced. @return false when this is closed */
    private synchronized boolean isWanted() throws InterruptedException {
        while (wanting.isEmpty() && !closed) {
            wait();
        }
        return !closed;
    }

    /** Flushes for those that want it now. One thread at a time. */
    void flush() throws StorageException {
        Map<HostedReplica, ReplicaLog.End> ends = new HashMap<>();
        for (HostedReplica replica : taken()) {
            ends.put(replica, replica.end());
        }
        if (!ends.isEmpty()) {
            storage.sync();
            ends.forEach(HostedReplica::synced);
        }
    }

    private synchronized Set<HostedReplica> taken() {
        Set<HostedReplica> taken = Set.copyOf(wanting);
        wanting.clear();
        return taken;
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
