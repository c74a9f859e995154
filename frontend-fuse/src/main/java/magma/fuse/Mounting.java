package magma.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import magma.fs.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts a session into the tree of files and takes it out: libfuse's mount, the kernel's umount2(2), fusermount. */
final class Mounting {
    /** What the table of mounts shows as the type of filesystem. */
    static final String TYPE = "fuse.magma";

    private static final int STATFS_BYTES = 512;

    private static final Logger LOG = LoggerFactory.getLogger(Mounting.class);

    private Mounting() {}

    /**
     * Where exactly to mount: an empty directory on which nothing is mounted. A mount of Magma there whose process is gone is
     * taken away first.
     *
     * @throws MountException when there is no such directory
     */
    static Path prepare(Path wanted) throws MountException {
        Path mountPoint = resolve(wanted);
        Optional<MountTable.Mount> there = MountTable.at(mountPoint);
        if (there.isPresent() && there.get().type().equals(TYPE) && isDead(mountPoint)) {
            LOG.info("Taking away the mount at {} that a process left which is gone", mountPoint);
            unmountLazily(mountPoint);
            there = MountTable.at(mountPoint);
        }
        if (there.isPresent()) {
            throw new MountException(mountPoint + " is a mount point already, of "
                    + there.get().type() + ". Unmount it, or choose another directory.");
        }
        if (!Files.isDirectory(mountPoint)) {
            throw new MountException(mountPoint
                    + (Files.exists(mountPoint) ? " is not a directory." : " does not exist. Create it first.")
                    + " A volume is mounted on an empty directory.");
        }
        requireEmpty(mountPoint);
        return mountPoint;
    }

    /** Where exactly Magma is mounted. @throws MountException when it is not */
    static Path mounted(Path wanted) throws MountException {
        Path mountPoint = resolve(wanted);
        Optional<MountTable.Mount> there = MountTable.at(mountPoint);
        if (there.isEmpty() || !there.get().type().equals(TYPE)) {
            throw new MountException("No Magma is mounted on " + mountPoint + ".");
        }
        return mountPoint;
    }

    // The directory itself may be a dead mount, which cannot be looked at; its parent can.
    private static Path resolve(Path wanted) throws MountException {
        Path absolute = wanted.toAbsolutePath().normalize();
        Path parent = absolute.getParent();
        try {
            if (parent == null) {
                return absolute;
            }
            Path there = parent.toRealPath().resolve(absolute.getFileName());
            return Files.isSymbolicLink(there) ? there.toRealPath() : there;
        } catch (IOException e) {
            throw new MountException(absolute + " does not exist. Create it first.", e);
        }
    }

    private static void requireEmpty(Path directory) throws MountException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            if (entries.iterator().hasNext()) {
                throw new MountException(
                        directory + " is not empty, and what is in it would be hidden. Choose an empty directory.");
            }
        } catch (MountException e) {
            throw e;
        } catch (IOException e) {
            throw new MountException(directory + " cannot be read by this user: " + e.getMessage(), e);
        }
    }

    /** Whether the process that served the mount there is gone. statfs asks it; stat and access may be answered from the kernel's caches. */
    private static boolean isDead(Path mountPoint) {
        return Native.LIBC.statfs(mountPoint.toString(), new byte[STATFS_BYTES]) != 0
                && Native.errno() == Errno.ENOTCONN.number();
    }

    /** Mounts, and returns the open descriptor of /dev/fuse. */
    static int mount(Path mountPoint, FuseSettings settings) throws MountException {
        List<String> options = new ArrayList<>(
                List.of("fsname=" + settings.source().replace("\\", "\\\\"), "subtype=magma", "default_permissions"));
        if (isShared(settings)) {
            options.add("allow_other");
        }
        if (FuseRequirements.isSuperuser()) {
            // As on any filesystem that root mounts; libfuse alone would forbid both.
            options.addAll(List.of("dev", "suid"));
        }
        Native.LibFuse library = Native.libFuse();
        Runtime runtime = Runtime.getRuntime(library);
        Native.Arguments arguments = arguments(runtime, List.of("magma", "-o", String.join(",", options)));
        Pointer channel = library.fuse_mount(mountPoint.toString(), arguments);
        if (channel == null) {
            throw new MountException("Mounting on " + mountPoint + " failed; libfuse said why on the standard error."
                    + " May this user mount there, and read and write /dev/fuse?");
        }
        int descriptor = library.fuse_chan_fd(channel);
        Native.closeOnExec(descriptor);
        return descriptor;
    }

    private static boolean isShared(FuseSettings settings) throws MountException {
        boolean permitted = FuseRequirements.mayShare();
        return switch (settings.sharing()) {
            case OWNER -> false;
            case WHERE_PERMITTED -> permitted;
            case EVERYBODY -> {
                if (!permitted) {
                    throw new MountException(
                            "Other users than root may open a mount to all users only where /etc/fuse.conf has"
                                    + " a line \"user_allow_other\". Add it, or mount for yourself only.");
                }
                yield true;
            }
        };
    }

    private static Native.Arguments arguments(Runtime runtime, List<String> words) {
        Pointer pointers = Memory.allocateDirect(runtime, (words.size() + 1) * runtime.addressSize(), true);
        for (int i = 0; i < words.size(); i++) {
            byte[] bytes = words.get(i).getBytes(StandardCharsets.UTF_8);
            Pointer word = Memory.allocateDirect(runtime, bytes.length + 1, true);
            word.put(0, bytes, 0, bytes.length);
            pointers.putPointer((long) i * runtime.addressSize(), word);
        }
        Native.Arguments arguments = new Native.Arguments(runtime);
        arguments.count.set(words.size());
        arguments.values.set(pointers);
        arguments.allocated.set(0);
        return arguments;
    }

    /** Takes the mount away. @return false when it is in use */
    static boolean unmount(Path mountPoint) throws MountException {
        if (FuseRequirements.isSuperuser()) {
            if (Native.LIBC.umount2(mountPoint.toString(), 0) == 0) {
                return true;
            }
            int errno = Native.errno();
            if (errno == Errno.EBUSY.number()) {
                return false;
            }
            if (errno == Errno.EINVAL.number()) {
                return true;
            }
            throw new MountException("Unmounting " + mountPoint + " failed with errno " + errno);
        }
        return fusermount("-u", "-q", mountPoint.toString())
                || MountTable.at(mountPoint).isEmpty();
    }

    /** Takes the mount out of the tree; those who use it may go on. */
    static void unmountLazily(Path mountPoint) throws MountException {
        boolean done = FuseRequirements.isSuperuser()
                ? Native.LIBC.umount2(mountPoint.toString(), Native.DETACH) == 0
                : fusermount("-u", "-q", "-z", mountPoint.toString());
        if (!done && MountTable.at(mountPoint).isPresent()) {
            throw new MountException(
                    mountPoint + " could not be unmounted. Try \"fusermount -u -z " + mountPoint + "\".");
        }
    }

    private static boolean fusermount(String... arguments) throws MountException {
        List<String> command = new ArrayList<>(List.of("fusermount"));
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor() == 0;
        } catch (IOException e) {
            throw new MountException("fusermount cannot be run. " + FuseRequirements.missing(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MountException("interrupted while waiting for fusermount", e);
        }
    }

    /** Lets the kernel read further ahead than its default, where this user may say so. */
    static void setReadAhead(Path mountPoint, int bytes) {
        Optional<MountTable.Mount> mount = MountTable.at(mountPoint);
        if (mount.isEmpty()) {
            return;
        }
        Path setting = Path.of("/sys/class/bdi", mount.get().device(), "read_ahead_kb");
        try {
            Files.writeString(setting, Integer.toString(bytes / 1024));
        } catch (IOException e) {
            LOG.debug("The kernel's readahead stays as it is: {}", e.toString());
        }
    }

    /** Has the kernel write what it holds of the mount; errors are left to those whose data it is. */
    static void flush(Path mountPoint) {
        int descriptor = Native.LIBC.open(mountPoint.toString(), Native.READ_ONLY_CLOSE_ON_EXEC);
        if (descriptor >= 0) {
            Native.LIBC.syncfs(descriptor);
            Native.LIBC.close(descriptor);
        }
    }
}
