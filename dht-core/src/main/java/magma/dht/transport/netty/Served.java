package magma.dht.transport.netty;

import magma.dht.transport.PeerService;
import magma.fs.Volume;
import org.jspecify.annotations.Nullable;

/**
 * What a vulcano serves on its address.
 *
 * @param volume to clients
 * @param relayed to other vulcanos on behalf of their clients: what this vulcano answers for, and no more
 * @param peers answers other vulcanos; null where there are none
 */
public record Served(Volume volume, Volume relayed, Administration administration, @Nullable PeerService peers) {
    /** Of a vulcano without others. */
    public static Served alone(Volume volume, Administration administration) {
        return new Served(volume, volume, administration, null);
    }
}
