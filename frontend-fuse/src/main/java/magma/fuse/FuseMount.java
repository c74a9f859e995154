package magma.fuse;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import magma.fs.FsException;
import magma.fs.Volume;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A volume that is mounted on a directory. The threads that serve it are daemons: who mounts must wait, with
 * {@link #awaitUnmounted} or otherwise.
 */
public final class FuseMount implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(FuseMount.class);
    private static final Duration FIRST_ANSWER = Duration.ofSeconds(20);

    /** How long users of a mount that is taken away may go on before they are cut off. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final Path mountPoint;
    private final Session session;
    private final MountedSession mounted;
    private final AtomicBoolean closing = new AtomicBoolean();

    private FuseMount(Path mountPoint, Session session, MountedSession mounted) {
        this.mountPoint = mountPoint;
        this.session = session;
        this.mounted = mounted;
    }

    /**
     * Mounts {@code volume} and returns when it can be used. Opens a session of the volume, which ends with the mount.
     *
     * @param mountPoint an empty directory; a mount of Magma that a killed process left there is taken away
     * @throws MountException when something that is needed is missing, or the directory cannot be mounted on: the message says
     *     what to do
     * @throws FsException when the volume opens no session
     */
    public static FuseMount mount(Volume volume, Path mountPoint, FuseSettings settings)
            throws MountException, FsException {
        List<FuseRequirements.Missing> missing = FuseRequirements.missing();
        if (!missing.isEmpty()) {
            throw new MountException(String.join(
                    " ",
                    missing.stream().map(FuseRequirements.Missing::toString).toList()));
        }
        Path place = Mounting.prepare(mountPoint);
        KernelChannel channel = new DevFuseChannel(Mounting.mount(place, settings));
        MountedSession mounted;
        try {
            mounted = MountedSession.start(volume, channel, "fuse " + place, settings);
        } catch (FsException e) {
            channel.close();
            Mounting.unmountLazily(place);
            throw e;
        }
        FuseMount mount = new FuseMount(place, mounted.session(), mounted);
        mount.awaitReady();
        Mounting.setReadAhead(place, settings.readAheadBytes());
        return mount;
    }

    /**
     * Takes away the mount of Magma at a directory, whichever process serves it, also one that is gone.
     *
     * @param lazily whether those who use it may go on, where it is in use
     * @return false when it is in use, and nothing was done
     * @throws MountException when no Magma is mounted there, or this user may not unmount it
     */
    public static boolean unmount(Path mountPoint, boolean lazily) throws MountException {
        Path place = Mounting.mounted(mountPoint);
        if (!lazily) {
            return Mounting.unmount(place);
        }
        Mounting.unmountLazily(place);
        return true;
    }

    private void awaitReady() throws MountException {
        try {
            if (mounted.init().await(FIRST_ANSWER.toMillis())) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Mounting.unmountLazily(mountPoint);
        throw new MountException(
                "The kernel did not begin to use " + mountPoint + ". Is it older than Linux 5.4? The log has more.");
    }

    /** The directory, with no symbolic links in it. */
    public Path mountPoint() {
        return mountPoint;
    }

    /** Waits until the mount is gone, by {@link #close} or by umount(8), and all that was open is closed. */
    public void awaitUnmounted() throws InterruptedException {
        mounted.awaitEnd();
    }

    /**
     * Unmounts. What the kernel still holds is written first, and requests under way are answered. Where files are in use the
     * mount is taken out of the tree, and their users have five seconds before they get errors. Idempotent.
     */
    @Override
    public void close() throws MountException {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        try {
            if (!session.await(0)) {
                Mounting.flush(mountPoint);
                if (!Mounting.unmount(mountPoint)) {
                    LOG.warn(
                            "{} is in use: it is taken out of the tree, and its users are cut off in {} s",
                            mountPoint,
                            GRACE.toSeconds());
                    Mounting.unmountLazily(mountPoint);
                }
            }
            if (!session.await(GRACE.toMillis())) {
                mounted.abandon();
            }
            mounted.awaitEnd();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MountException("interrupted while unmounting " + mountPoint, e);
        }
    }
}
