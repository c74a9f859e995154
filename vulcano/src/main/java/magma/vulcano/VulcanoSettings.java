package magma.vulcano;

import java.nio.file.Path;
import magma.dht.transport.netty.NetAddress;
import org.jspecify.annotations.Nullable;

/**
 * How a vulcano is started.
 *
 * @param data the data directory
 * @param create whether to make a new network in it, which must be empty then
 * @param name of a new network, for people
 * @param listen where clients connect
 * @param mount where to serve the filesystem in this very process; null for nowhere
 */
public record VulcanoSettings(
        Path data,
        boolean create,
        String name,
        NetAddress listen,
        @Nullable Path mount) {

    /** The name of a network that was given none. */
    public static final String NAME = "lava";

    /**
     * @param listen HOST:PORT, see {@link NetAddress#parse}
     * @throws IllegalArgumentException for an address that is not loopback, or a name of more than one line
     */
    public static VulcanoSettings of(Path data, boolean create, String name, String listen, @Nullable Path mount) {
        return new VulcanoSettings(data, create, name, NetAddress.parse(listen).checkLoopback(), mount);
    }

    public VulcanoSettings {
        if (name.isBlank() || name.lines().count() != 1 || name.length() > 200) {
            throw new IllegalArgumentException("a network's name is one line of 1 to 200 characters");
        }
    }
}
