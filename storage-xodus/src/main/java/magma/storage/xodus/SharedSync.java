package magma.storage.xodus;

import magma.dht.storage.StorageException;

/** Makes the log survive a loss of power up to some place; callers at the same time share one flush of the disk. */
final class SharedSync {
    private final Disk disk;
    private boolean flushing;
    private volatile long synced;

    /** What is flushed. */
    interface Disk {
        /** @throws StorageException when nothing can be flushed any more */
        void usable() throws StorageException;

        /** Flushes what is written since {@code synced}. @return everything before it survives a loss of power now */
        long flush(long synced) throws StorageException;
    }

    /** @param synced everything before it survives a loss of power */
    SharedSync(long synced, Disk disk) {
        this.synced = synced;
        this.disk = disk;
    }

    /** Everything before it survives a loss of power. */
    long synced() {
        return synced;
    }

    /** Returns when everything before {@code target} survives a loss of power. */
    void sync(long target) throws StorageException {
        synchronized (this) {
            boolean interrupted = false;
            while (flushing && synced < target) {
                try {
                    wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            if (synced >= target) {
                return;
            }
            disk.usable();
            flushing = true;
        }
        long reached = synced;
        try {
            reached = disk.flush(synced);
        } finally {
            synchronized (this) {
                synced = Math.max(synced, reached);
                flushing = false;
                notifyAll();
            }
        }
    }
}
