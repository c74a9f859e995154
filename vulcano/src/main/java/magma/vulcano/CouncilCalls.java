package magma.vulcano;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.PeerCalls;
import magma.dht.wire.PeerReply;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;

/** The council's members ask each other as their vulcanos do all else. */
record CouncilCalls(PeerCalls peers) implements CouncilSeat.Asking {
    @Override
    public byte[] ask(VulcanoId to, byte[] request, Duration timeout) throws IOException {
        try {
            Reply reply =
                    peers.call(to, new PeerRequest.CouncilCall(request)).get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (reply instanceof PeerReply.CouncilAnswer answer) {
                return answer.bytes();
            }
            throw new IOException(to + " answers " + reply);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } catch (TimeoutException e) {
            throw new IOException(to + " does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + to + " was asked", e);
        }
    }
}
