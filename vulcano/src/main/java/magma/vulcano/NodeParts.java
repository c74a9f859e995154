package magma.vulcano;

import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import magma.dht.replication.VulcanoId;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.transport.netty.Administration;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.TransportSecurity;
import org.jspecify.annotations.Nullable;

/**
 * What a node is made of.
 *
 * @param incarnation of this process: greater than that of all before
 * @param since a time of System.nanoTime at which this process alone had the storage
 * @param clean whether nothing that storage had appended can have been lost with the power
 * @param cleaned told when the council knows all that was lost here
 * @param notary of the network
 * @param level up to which this build can run; see {@link Build#LEVEL}
 * @param storage is closed with the node
 * @param security null for none: then all addresses are loopback
 * @param contacts where some vulcanos are, for as long as the council does not say
 * @param failed told when this vulcano cannot go on, as when its disk fails
 */
record NodeParts(
        VulcanoId self,
        UUID network,
        long incarnation,
        long since,
        boolean clean,
        Cleaned cleaned,
        Notary notary,
        int level,
        UUID boot,
        Storage storage,
        NetAddress listen,
        @Nullable TransportSecurity security,
        CouncilSeat.Maker council,
        Map<VulcanoId, NetAddress> contacts,
        Administration administration,
        Consumer<Throwable> failed) {

    /** Nothing that others count on is missing in the storage any more. */
    @FunctionalInterface
    interface Cleaned {
        void mark() throws StorageException;
    }
}
