package magma.dht.transport.netty;

import java.time.Duration;
import java.util.UUID;
import magma.dht.wire.Signal;

/**
 * How a client reaches a vulcano.
 *
 * @param network the network that it must belong to; {@link Signal.Hello#ANY_NETWORK} for any
 * @param connect how long to try for one connection
 * @param patience how long a call waits while contact is lost, before ENOTCONN
 * @param quiet after so long without hearing anything, ask; after three times that, contact counts as lost
 */
public record RemoteSettings(
        LoopbackAddress vulcano, UUID network, Duration connect, Duration patience, Duration quiet) {

    /** What suits most. */
    public static RemoteSettings of(LoopbackAddress vulcano) {
        return new RemoteSettings(
                vulcano,
                Signal.Hello.ANY_NETWORK,
                Duration.ofSeconds(5),
                Duration.ofSeconds(20),
                Duration.ofSeconds(10));
    }
}
