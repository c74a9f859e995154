package magma.dht.transport;

import java.util.concurrent.CompletableFuture;
import magma.dht.replication.VulcanoId;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.dht.wire.Signal;

/** Answers other vulcanos. */
public interface PeerService {
    /** On a thread that may touch the disk; must not wait for other vulcanos. A future that fails counts as a {@link Reply.Failure}. */
    CompletableFuture<Reply> serve(VulcanoId from, PeerRequest request);

    /** On an event loop: must not block. */
    void replicated(VulcanoId from, Signal.Replicate messages);

    /** Somebody brings a notice, which may be forged. On an event loop: must not block. */
    default void noticed(PeerRequest.DeathNotice notice) {}
}
