package magma.dht.transport.netty;

import java.time.Duration;
import java.util.UUID;
import magma.dht.wire.Signal;
import org.jspecify.annotations.Nullable;

/**
 * How a client reaches a vulcano.
 *
 * @param network the network that it must belong to; {@link Signal.Hello#ANY_NETWORK} for any
 * @param connect how long to try for one connection
 * @param patience how long a call waits while contact is lost, before ENOTCONN
 * @param quiet after so long without hearing anything, ask; after three times that, contact counts as lost
 * @param security null for none: then {@code vulcano} is loopback
 */
public record RemoteSettings(
        NetAddress vulcano,
        UUID network,
        Duration connect,
        Duration patience,
        Duration quiet,
        @Nullable TransportSecurity security) {

    /** @throws IllegalArgumentException for an address that is not loopback where there is no security */
    public RemoteSettings {
        if (security == null) {
            vulcano = vulcano.checkLoopback();
        }
    }

    /** What suits most, without security. */
    public static RemoteSettings of(NetAddress vulcano) {
        return of(vulcano, null);
    }

    /** What suits most. */
    public static RemoteSettings of(NetAddress vulcano, @Nullable TransportSecurity security) {
        return new RemoteSettings(
                vulcano,
                Signal.Hello.ANY_NETWORK,
                Duration.ofSeconds(5),
                Duration.ofSeconds(20),
                Duration.ofSeconds(10),
                security);
    }
}
