package magma.vulcano;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import magma.dht.host.DigestSource;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.PeerCalls;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;

/** The vulcanos whose replicas are compared: this one answers for itself, and is not called. */
record ComparedMembers(VulcanoId self, DigestSource own, Executor background, PeerCalls others) implements PeerCalls {
    @Override
    public CompletableFuture<Reply> call(VulcanoId to, PeerRequest request) {
        return to.equals(self) && request instanceof PeerRequest.DigestRecords asked
                ? CompletableFuture.completedFuture(asked)
                        .thenComposeAsync(own::digest, background)
                        .thenApply(reply -> reply)
                : others.call(to, request);
    }
}
