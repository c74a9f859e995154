package magma.dht.transport.netty;

import java.time.Duration;
import java.util.UUID;

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
 */
public record ListenerSettings(
        LoopbackAddress listen,
        UUID network,
        UUID vulcano,
        UUID boot,
        int workers,
        int connections,
        int requests,
        int bytes,
        Duration silence,
        Duration laggard) {

    /** What suits most. */
    public static ListenerSettings of(LoopbackAddress listen, UUID network, UUID vulcano, UUID boot) {
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
                Duration.ofSeconds(5));
    }
}
