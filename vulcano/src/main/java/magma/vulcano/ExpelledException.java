package magma.vulcano;

import java.io.IOException;
import magma.dht.replication.VulcanoId;

/** The network has expelled this vulcano, for ever. */
final class ExpelledException extends IOException {
    private static final long serialVersionUID = 1L;

    ExpelledException(VulcanoId vulcano) {
        super("the vulcano " + vulcano + " was expelled from its network, which made its slices anew elsewhere."
                + " To be of the network again it must join as a new vulcano: with a token, in an empty directory");
    }
}
