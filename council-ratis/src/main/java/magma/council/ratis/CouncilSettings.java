package magma.council.ratis;

import java.nio.file.Path;
import java.time.Duration;
import magma.dht.replication.VulcanoId;

/**
 * Where a member of the council lives.
 *
 * @param directory its own; made when it is not there
 * @param deadline within which a proposal or read has an answer or fails
 */
public record CouncilSettings(VulcanoId self, Path directory, CouncilTransport transport, Duration deadline) {
    /** The longest message that the transport must carry, in bytes. */
    public static final int MAX_MESSAGE = 8 << 20;

    /** The longest command, in bytes. */
    public static final int MAX_COMMAND = 2 << 20;

    public CouncilSettings {
        if (deadline.isNegative() || deadline.isZero()) {
            throw new IllegalArgumentException("a deadline of " + deadline);
        }
    }

    /** With a deadline of 10 seconds. */
    public CouncilSettings(VulcanoId self, Path directory, CouncilTransport transport) {
        this(self, directory, transport, Duration.ofSeconds(10));
    }
}
