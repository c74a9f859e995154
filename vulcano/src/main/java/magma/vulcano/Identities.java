package magma.vulcano;

import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.TransportSecurity;
import magma.identity.Identity;
import magma.identity.IdentityStore;
import magma.identity.TlsContexts;
import org.jspecify.annotations.Nullable;

/** With which certificate this user speaks to a vulcano. */
final class Identities {
    private Identities() {}

    /** Adds one; what other networks said of these addresses is no longer so. */
    static void add(IdentityStore store, Identity identity, List<String> addresses) throws IOException {
        for (IdentityStore.Entry entry : store.list()) {
            List<String> others = new ArrayList<>(entry.addresses());
            if (others.removeAll(addresses)) {
                entry.setAddresses(others);
            }
        }
        IdentityStore.Entry unused = store.add(identity, addresses);
    }

    /**
     * For a connection to {@code address}: that of the network that is known to be there, else the default; none for an unknown one on this machine. To be closed.
     *
     * @return null for none
     * @throws RefusalException when it has expired
     */
    static @Nullable ClientCertificate forAddress(String address) throws IOException {
        Surroundings around = Surroundings.usual();
        return forAddress(address, around.people().identities(), around.clock());
    }

    static @Nullable ClientCertificate forAddress(String address, IdentityStore store, InstantSource clock)
            throws IOException {
        for (IdentityStore.Entry entry : store.list()) {
            if (entry.addresses().contains(address)) {
                return ClientCertificate.of(entry, address, clock);
            }
        }
        if (NetAddress.parse(address).isLoopback()) {
            // A vulcano alone, which talks to this machine only.
            return null;
        }
        Optional<IdentityStore.Entry> usual = store.findDefault();
        return usual.isPresent() ? ClientCertificate.of(usual.get(), address, clock) : null;
    }

    /** All that this user knows of the network that is known to be at {@code address}; none where that is not known. */
    static List<String> addressesOfNetworkAt(String address) throws IOException {
        for (IdentityStore.Entry entry : IdentityStore.of(System.getenv()).list()) {
            if (entry.addresses().contains(address)) {
                return entry.addresses();
            }
        }
        return List.of();
    }

    static TransportSecurity of(Identity identity) {
        return new TlsContexts(() -> identity, member -> false, InstantSource.system());
    }
}
