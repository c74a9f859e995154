package magma.it;

import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.RemoteSettings;
import magma.dht.transport.netty.RemoteVolume;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.identity.Identity;
import magma.identity.IdentityStore;
import magma.identity.TlsContexts;
import magma.vulcano.VulcanoClient;

/** Who leads the slices of a network, and which slice a file is in. */
final class Leaders {
    private Leaders() {}

    /** The key of a file in the root directory. */
    static Key keyOf(LavaNetwork network, String name) throws IOException {
        Identity operator = IdentityStore.of(network.environment())
                .findDefault()
                .orElseThrow(() -> new IOException("the network's operator has no identity"))
                .identity();
        RemoteSettings settings = RemoteSettings.of(
                NetAddress.parse(network.running().address()),
                new TlsContexts(() -> operator, serial -> false, InstantSource.system()));
        try (RemoteVolume volume = new RemoteVolume(List.of(settings));
                FileSystem session = volume.openSession("leaders", ChangeListener.NONE)) {
            return session.lookup(Caller.ROOT, session.root(), Name.of(name)).key();
        } catch (FsException e) {
            throw new IOException(e);
        }
    }

    /** Who leads the slice that a key is in. @throws IOException when nobody does just now */
    static LavaVulcano of(LavaNetwork network, Key key) throws IOException {
        String digits = key.toString().toLowerCase(Locale.ROOT);
        for (LavaVulcano vulcano : network.vulcanos()) {
            if (!vulcano.isRunning()) {
                continue;
            }
            try (VulcanoClient client = VulcanoClient.ofData(vulcano.data())) {
                boolean leads = client.status().slices().stream()
                        .anyMatch(slice -> slice.role().equals("primary")
                                && slice.first().compareTo(digits) <= 0
                                && slice.last().compareTo(digits) >= 0);
                if (leads) {
                    return vulcano;
                }
            }
        }
        throw new IOException("nobody leads the slice of " + digits);
    }
}
