package magma.vulcano;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.TransportSecurity;
import magma.identity.Identity;
import magma.identity.IdentityFile;
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
        return forAddress(address, null);
    }

    /** The same; that in {@code chosen} where that is not null. See {@link IdentityFile}. */
    static @Nullable ClientCertificate forAddress(String address, @Nullable Path chosen) throws IOException {
        Surroundings around = Surroundings.usual();
        if (chosen != null) {
            return ClientCertificate.of(IdentityFile.at(chosen), address, around.clock());
        }
        return forAddress(address, around.people().identities(), around.clock());
    }

    static @Nullable ClientCertificate forAddress(String address, IdentityStore store, InstantSource clock)
            throws IOException {
        for (IdentityStore.Entry entry : store.list()) {
            if (isAt(entry, address)) {
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
            if (isAt(entry, address)) {
                return entry.addresses();
            }
        }
        return List.of();
    }

    /** Also by another name of the same address, as localhost is. */
    private static boolean isAt(IdentityStore.Entry entry, String address) throws IOException {
        List<String> known = entry.addresses();
        return known.contains(address)
                || known.contains(NetAddress.parse(address).toString());
    }

    static TransportSecurity of(Identity identity) {
        return new TlsContexts(() -> identity, member -> false, InstantSource.system());
    }
}
