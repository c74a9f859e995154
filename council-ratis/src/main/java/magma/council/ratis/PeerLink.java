package magma.council.ratis;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import magma.council.ratis.Messages.Answer;
import magma.council.ratis.Messages.Request;
import magma.dht.codec.MalformedException;
import magma.dht.replication.VulcanoId;

/** Calls to other members, threads to wait for them, and word of commits to those who pass it on. */
final class PeerLink {
    private final CouncilTransport transport;
    private final Executor executor;
    private final Set<Runnable> onCommit = ConcurrentHashMap.newKeySet();

    /** @param executor for calls that may take long */
    PeerLink(CouncilTransport transport, Executor executor) {
        this.transport = transport;
        this.executor = executor;
    }

    Executor executor() {
        return executor;
    }

    void wakeOnCommit(Runnable wake) {
        onCommit.add(wake);
    }

    void forget(Runnable wake) {
        onCommit.remove(wake);
    }

    /** Something was committed and applied here. */
    void committed() {
        onCommit.forEach(Runnable::run);
    }

    /** @throws IOException when there is no answer in time, or one that cannot be read */
    Answer call(VulcanoId to, int kind, byte[] content, Duration timeout) throws IOException {
        if (timeout.isNegative() || timeout.isZero()) {
            throw new IOException("no time left to call " + to);
        }
        byte[] answer = transport.call(to, new Request(kind, content).bytes(), timeout);
        try {
            return Answer.read(answer);
        } catch (MalformedException e) {
            throw new IOException(to + " gave a malformed answer", e);
        }
    }

    /** As {@link #call}, for requests that only succeed or fail. */
    byte[] fetch(VulcanoId to, int kind, byte[] content, Duration timeout) throws IOException {
        Answer answer = call(to, kind, content, timeout);
        if (answer instanceof Answer.Done done) {
            return done.content();
        }
        throw new IOException(to + " refused: " + answer);
    }
}
