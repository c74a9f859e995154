package magma.vulcano;

import java.util.concurrent.CompletableFuture;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.PeerService;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.dht.wire.Signal;

/** Answers other vulcanos, who may bring death notices among all else; and notes that they were heard. */
record Noticing(PeerService rest, Deaths deaths, Contacts contacts) implements PeerService {
    @Override
    public void replicated(VulcanoId from, Signal.Replicate messages) {
        contacts.heard(from);
        rest.replicated(from, messages);
    }

    @Override
    public void noticed(PeerRequest.DeathNotice notice) {
        boolean unused = deaths.heard(notice);
    }

    @Override
    public CompletableFuture<Reply> serve(VulcanoId from, PeerRequest request) {
        contacts.heard(from);
        if (request instanceof PeerRequest.DeathNotice notice) {
            boolean unused = deaths.heard(notice);
            return CompletableFuture.completedFuture(new Reply.Done());
        }
        return rest.serve(from, request);
    }
}
