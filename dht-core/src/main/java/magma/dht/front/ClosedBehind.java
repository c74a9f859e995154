package magma.dht.front;

import java.util.concurrent.CompletableFuture;
import magma.fs.OpenFile;

/** A file that is open in another process, and can be closed without waiting for that. */
public interface ClosedBehind extends OpenFile {
    /**
     * What {@link #close} does; the file is not to be used any more. Completes, on a thread that must not be kept, when all is stored, or with the {@link magma.fs.FsException} that calls
     * fail with (see {@link HomeSession}).
     */
    CompletableFuture<Void> closeBehind();
}
