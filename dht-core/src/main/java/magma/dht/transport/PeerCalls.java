package magma.dht.transport;

import java.util.concurrent.CompletableFuture;
import magma.dht.replication.VulcanoId;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;

/** Asks other vulcanos. Safe for use by many threads; nothing blocks. */
@FunctionalInterface
public interface PeerCalls {
    /**
     * Completes with the reply, a {@link Reply.Failure} included; exceptionally with {@link NoContactException}.
     */
    CompletableFuture<Reply> call(VulcanoId to, PeerRequest request);
}
