package magma.dht.volume;

import magma.dht.routing.Slices;
import magma.fs.Errno;
import magma.fs.FsException;

/**
 * Lets writes into memory only as far as there is room to store them, so that a full network is told to write(2) and not to a later close.
 */
final class SpaceCredit {
    /** So much is asked for at a time. */
    private static final long STEP = 8 << 20;

    private final Slices slices;
    private long credit;

    SpaceCredit(Slices slices) {
        this.slices = slices;
    }

    /** @throws FsException ENOSPC when there is no room for {@code bytes} more */
    synchronized void take(long bytes) throws FsException {
        if (credit < bytes) {
            long available = slices.space().available();
            if (available < bytes) {
                throw new FsException(Errno.ENOSPC, "the network is full: remove files, or add a vulcano");
            }
            credit = Math.max(bytes, Math.min(STEP, available / 16));
        }
        credit -= bytes;
    }
}
