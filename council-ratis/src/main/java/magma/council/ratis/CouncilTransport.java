package magma.council.ratis;

import java.io.IOException;
import java.time.Duration;
import magma.dht.replication.VulcanoId;

/** Port: how the council's messages reach other vulcanos. Safe for all threads. */
@FunctionalInterface
public interface CouncilTransport {
    /**
     * Has {@link RatisCouncil#handle} called at another vulcano, as coming from this one. Blocks until there is an answer.
     *
     * @param request opaque; of up to {@link CouncilSettings#MAX_MESSAGE} bytes, as the answer
     * @param timeout after which the call must end
     * @return what {@code handle} returned
     * @throws IOException when there was no answer in time; the request may have arrived nevertheless
     */
    byte[] call(VulcanoId to, byte[] request, Duration timeout) throws IOException;
}
