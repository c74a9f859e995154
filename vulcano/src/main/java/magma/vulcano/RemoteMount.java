package magma.vulcano;

import java.io.IOException;
import java.nio.file.Path;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.RemoteSettings;
import magma.dht.transport.netty.RemoteVolume;
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
     * Mounts, and returns when the mount can be used.
     *
     * @param address HOST:PORT of a vulcano
     * @param directory an empty directory
     * @throws IllegalArgumentException for an address that is not loopback
     * @throws UnreachableException when no vulcano answers there
     * @throws RefusalException when the vulcano refuses this client
     * @throws magma.fuse.MountException when the directory cannot be mounted on
     */
    public static RemoteMount mount(String address, Path directory) throws IOException {
        ClientCertificate certificate = Identities.forAddress(address);
        RemoteVolume volume = new RemoteVolume(RemoteSettings.of(
                NetAddress.parse(address),
                certificate == null ? null : certificate.staying().security()));
        try {
            return new RemoteMount(
                    volume, FuseMount.mount(volume, directory, FuseSettings.DEFAULT.withSource(address)), certificate);
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
