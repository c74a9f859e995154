package magma.dht.transport.netty;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import magma.dht.wire.Reply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A session that a connection has opened. */
final class ServedSession {
    private static final Logger log = LoggerFactory.getLogger(ServedSession.class);

    private final String client;
    private final SessionCalls calls;
    private final ToldChanges changes;
    private final Supplier<CompletableFuture<Void>> others;
    private final long since = System.nanoTime();

    /** @param others asked for when all other sessions have confirmed what they were told of */
    ServedSession(String client, SessionCalls calls, ToldChanges changes, Supplier<CompletableFuture<Void>> others) {
        this.client = client;
        this.calls = calls;
        this.changes = changes;
        this.others = others;
        log.info("Session opened by {}", client);
    }

    SessionCalls calls() {
        return calls;
    }

    /** It will end by the client's own word. */
    void ending() {
        changes.close();
    }

    /** Completes when all other sessions know what this one has changed. */
    CompletableFuture<Void> seenByOthers() {
        return others.get();
    }

    /** Its connection is over, and nothing of it runs any more. On a worker. */
    void end(WireListener listener) {
        log.info("Session of {} ended", client);
        listener.end(calls);
    }

    Reply.SessionStatus status() {
        return new Reply.SessionStatus(client, Duration.ofNanos(System.nanoTime() - since), calls.opens());
    }
}
