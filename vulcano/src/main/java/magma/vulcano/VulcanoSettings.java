package magma.vulcano;

import java.nio.file.Path;
import magma.dht.transport.netty.NetAddress;
import org.jspecify.annotations.Nullable;

/**
 * How a vulcano is started.
 *
 * @param data the data directory
 * @param create whether to make a new network in it, which must be empty then
 * @param joinable whether a new network is one that others may join
 * @param token by which to join a network with it, which must be empty then; null for not
 * @param contact HOST:PORT of the vulcano to join at; null for those that the token names
 * @param name of a new network, for people
 * @param listen where clients and other vulcanos connect
 * @param witness whether to vote in the network's council and store nothing
 * @param mount where to serve the filesystem in this very process; null for nowhere
 */
public record VulcanoSettings(
        Path data,
        boolean create,
        boolean joinable,
        @Nullable String token,
        @Nullable String contact,
        String name,
        NetAddress listen,
        boolean witness,
        @Nullable Path mount) {

    /** The name of a network that was given none. */
    public static final String NAME = "lava";

    /**
     * @param listen HOST:PORT, see {@link NetAddress#parse}
     * @throws IllegalArgumentException for no address, or a name of more than one line
     */
    public static VulcanoSettings of(Path data, boolean create, String name, String listen, @Nullable Path mount) {
        return new VulcanoSettings(data, create, false, null, null, name, NetAddress.parse(listen), false, mount);
    }

    /** To become one more vulcano of a network. */
    public VulcanoSettings joining(String token, @Nullable String contact) {
        return new VulcanoSettings(data, false, false, token, contact, name, listen, witness, mount);
    }

    /** To make a network that others may join. */
    public VulcanoSettings asJoinable() {
        return new VulcanoSettings(data, create, true, token, contact, name, listen, witness, mount);
    }

    /** To vote in the council of a network and store nothing. */
    public VulcanoSettings asWitness() {
        return new VulcanoSettings(data, create, joinable, token, contact, name, listen, true, mount);
    }

    public VulcanoSettings {
        if (name.isBlank() || name.lines().count() != 1 || name.length() > 200) {
            throw new IllegalArgumentException("a network's name is one line of 1 to 200 characters");
        }
        if (create && token != null) {
            throw new IllegalArgumentException("a vulcano makes a network or joins one, not both");
        }
        if (create && witness) {
            throw new IllegalArgumentException("a witness stores nothing: a network begins with a vulcano that stores");
        }
    }
}
