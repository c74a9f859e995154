package magma.dht.transport.netty;

import java.util.concurrent.CompletionException;
import magma.dht.host.ReplicaPorts.NotPrimaryException;
import magma.dht.storage.StorageException;
import magma.dht.storage.StorageFullException;
import magma.dht.wire.PeerReply;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.fs.Errno;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What another vulcano is told when its request failed. */
final class PeerFailures {
    private static final Logger log = LoggerFactory.getLogger(PeerFailures.class);

    private PeerFailures() {}

    static Reply reply(PeerRequest request, @Nullable Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (cause instanceof NotPrimaryException elsewhere) {
            return new PeerReply.NotPrimary(elsewhere.config());
        } else if (cause instanceof StorageFullException full) {
            return failed(Errno.ENOSPC, full);
        } else if (cause instanceof StorageException storage) {
            return failed(Errno.EIO, storage);
        } else if (cause instanceof FsException known) {
            return failed(known.errno(), known);
        }
        log.error("{} of another vulcano failed", request.getClass().getSimpleName(), cause);
        return new Reply.Failure(Errno.EIO, "the vulcano failed, see its log");
    }

    private static Reply failed(Errno errno, Exception cause) {
        String detail = String.valueOf(cause.getMessage());
        String prefix = errno + ": ";
        String bare = detail.startsWith(prefix) ? detail.substring(prefix.length()) : detail;
        return new Reply.Failure(
                errno, bare.length() > Reply.TEXT_BYTES / 4 ? bare.substring(0, Reply.TEXT_BYTES / 4) : bare);
    }
}
