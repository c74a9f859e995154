package magma.dht.transport.netty;

import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How a vulcano listens.
 *
 * @param network the network's id
 * @param vulcano this process's id
 * @param boot the machine's boot id
 * @param workers threads that run requests
 * @param connections the most at once
 * @param requests the most under way on one connection; waiting locks apart
 * @param bytes the most bytes under way on one connection
 * @param silence a connection on which nothing is heard for so long is closed
 * @param laggard a session that does not confirm a change for so long is ended, so that it cannot hold others up
 * @param greeting how long a client may take to show its certificate and say what it wants; with security only
 * @param strangers the most connections at once that have not done so; with security only
 * @param security null for none: then {@code listen} is loopback, and every client is believed
 */
public record ListenerSettings(
        NetAddress listen,
        UUID network,
        UUID vulcano,
        UUID boot,
        int workers,
        int connections,
        int requests,
        int bytes,
        Duration silence,
        Duration laggard,
        Duration greeting,
        int strangers,
        @Nullable TransportSecurity security) {

    /** @throws IllegalArgumentException for an address that is not loopback where there is no security */
    public ListenerSettings {
        if (security == null) {
            listen = listen.checkLoopback();
        }
    }

    /** What suits most, without security. */
    public static ListenerSettings of(NetAddress listen, UUID network, UUID vulcano, UUID boot) {
        return of(listen, network, vulcano, boot, null);
    }

    /** What suits most. */
    public static ListenerSettings of(
            NetAddress listen, UUID network, UUID vulcano, UUID boot, @Nullable TransportSecurity security) {
        return new ListenerSettings(
                listen,
                network,
                vulcano,
                boot,
                Math.max(16, 4 * Runtime.getRuntime().availableProcessors()),
                1_024,
                128,
                16 << 20,
                Duration.ofSeconds(60),
                Duration.ofSeconds(5),
                Duration.ofSeconds(10),
                256,
                security);
    }
}
