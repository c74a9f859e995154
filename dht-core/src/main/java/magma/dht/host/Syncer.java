package magma.dht.host;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;

/** Flushes the log for all replicas that want it, together: one thread, one flush at a time. */
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
        thread.start();
    }

    /** Has the log synced up to where the replica's is now. Returns at once. */
    synchronized void want(HostedReplica replica) {
        wanting.add(replica);
        notifyAll();
    }

    private void run() {
        try {
            while (true) {
                Map<HostedReplica, Version> ends = new HashMap<>();
                for (HostedReplica replica : next()) {
                    ends.put(replica, replica.appended());
                }
                if (ends.isEmpty()) {
                    return;
                }
                storage.sync();
                ends.forEach(HostedReplica::synced);
            }
        } catch (StorageException e) {
            failure.accept(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits for some that want to be synced; none when this is closed. */
    private synchronized Set<HostedReplica> next() throws InterruptedException {
        while (wanting.isEmpty() && !closed) {
            wait();
        }
        Set<HostedReplica> taken = closed ? Set.of() : Set.copyOf(wanting);
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
