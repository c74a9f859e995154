package magma.vulcano;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.RemoteSettings;
import magma.dht.transport.netty.RemoteVolume;
import magma.dht.transport.netty.TransportSecurity;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fuse.FuseMount;
import magma.fuse.FuseSettings;
import org.jspecify.annotations.Nullable;

/** A filesystem mounted in this process and served by a vulcano in another. */
public final class RemoteMount implements AutoCloseable {
    private final RemoteVolume volume;
    private final FuseMount mount;
    private final @Nullable ClientCertificate certificate;

    private RemoteMount(RemoteVolume volume, FuseMount mount, @Nullable ClientCertificate certificate) {
        this.volume = volume;
        this.mount = mount;
        this.certificate = certificate;
    }

    /**
     * Mounts, and returns when the mount can be used. The table of mounts shows the first address as what is mounted.
     *
     * @param addresses HOST:PORT of a vulcano, or of several of one network with commas between; the mount goes on with another when one is lost, of these or of those that
     *     this user's identity for that network knows
     * @param directory an empty directory
     * @param identity where the identity is that mounts, see {@link magma.identity.IdentityFile}; null for the one that this user has for the network
     * @throws IllegalArgumentException for an address that is not loopback
     * @throws UnreachableException when no vulcano answers there
     * @throws RefusalException when the vulcano refuses this client
     * @throws magma.fuse.MountException when the directory cannot be mounted on
     */
    public static RemoteMount mount(String addresses, Path directory, @Nullable Path identity) throws IOException {
        List<String> given = List.of(addresses.split(",", -1));
        ClientCertificate certificate = Identities.forAddress(given.get(0), identity);
        RemoteVolume volume = new RemoteVolume(settings(
                given, certificate == null ? null : certificate.staying().security()));
        try {
            return new RemoteMount(
                    volume,
                    FuseMount.mount(volume, directory, FuseSettings.DEFAULT.withSource(given.get(0))),
                    certificate);
        } catch (FsException e) {
            volume.close();
            if (e.errno() == Errno.EPROTO) {
                throw new RefusalException(String.valueOf(e.getMessage()), e);
            }
            throw new UnreachableException(String.valueOf(e.getMessage()), e);
        } catch (IOException | RuntimeException e) {
            volume.close();
            throw e;
        }
    }

    private static List<RemoteSettings> settings(List<String> given, @Nullable TransportSecurity security)
            throws IOException {
        Set<String> all = new LinkedHashSet<>(given);
        all.addAll(Identities.addressesOfNetworkAt(given.get(0)));
        List<RemoteSettings> settings = new ArrayList<>();
        for (String address : all) {
            settings.add(RemoteSettings.of(NetAddress.parse(address), security));
        }
        return settings;
    }

    /** Waits until it is unmounted, by whom ever. */
    public void awaitEnd() throws InterruptedException {
        mount.awaitUnmounted();
    }

    /** Unmounts; returns when what was written is with the vulcano. Idempotent. */
    @Override
    public void close() throws IOException {
        mount.close();
        volume.close();
        if (certificate != null) {
            certificate.close();
        }
    }
}
