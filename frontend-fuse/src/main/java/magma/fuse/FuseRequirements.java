package magma.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a machine needs so that a volume can be mounted, and how to get it. */
public final class FuseRequirements {
    private static final Path DEVICE = Path.of("/dev/fuse");
    private static final Path CONFIGURATION = Path.of("/etc/fuse.conf");
    private static final String INSTALL =
            "Debian and Ubuntu: apt-get install libfuse2 fuse (Ubuntu 24.04 and later: libfuse2t64"
                    + " fuse3); Fedora: dnf install fuse-libs fuse; Arch: pacman -S fuse2";

    private FuseRequirements() {}

    /**
     * Something that is missing.
     *
     * @param what is missing, as a sentence
     * @param remedy what to do about it, as a sentence
     */
    public record Missing(String what, String remedy) {
        @Override
        public String toString() {
            return what + " " + remedy;
        }
    }

    /** All that is missing on this machine for this user; empty when a volume can be mounted. */
    public static List<Missing> missing() {
        List<Missing> missing = new ArrayList<>();
        if (!System.getProperty("os.name", "").equals("Linux")) {
            missing.add(new Missing("FUSE mounts need Linux.", "Mount over NFS on this machine."));
            return missing;
        }
        if (!Files.exists(DEVICE)) {
            missing.add(
                    new Missing(
                            "/dev/fuse does not exist.",
                            "Run \"modprobe fuse\" as root; in a container, start it with --device /dev/fuse --cap-add SYS_ADMIN."));
        }
        if (Files.exists(DEVICE) && !(Files.isReadable(DEVICE) && Files.isWritable(DEVICE))) {
            missing.add(new Missing(
                    "This user may not read and write /dev/fuse.",
                    "Run \"chmod 666 /dev/fuse\" as root, which is usual."));
        }
        library().ifPresent(missing::add);
        if (!isSuperuser() && !hasProgram("fusermount")) {
            missing.add(new Missing(
                    "The program fusermount, by which other users than root mount, is not installed.",
                    "Install it. " + INSTALL + "."));
        }
        return missing;
    }

    private static Optional<Missing> library() {
        try {
            Native.libFuse();
            return Optional.empty();
        } catch (UnsatisfiedLinkError e) {
            return Optional.of(
                    new Missing("The library libfuse.so.2 is not installed.", "Install it. " + INSTALL + "."));
        }
    }

    static boolean hasProgram(String name) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("") + ":/usr/bin:/bin";
        return Stream.of(path.split(":", -1))
                .filter(directory -> !directory.isEmpty())
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, name)));
    }

    static boolean isSuperuser() {
        return Native.LIBC.geteuid() == 0;
    }

    /** Whether a mount by this user may be open to all users (allow_other). */
    static boolean mayShare() {
        if (isSuperuser()) {
            return true;
        }
        try {
            return Files.readAllLines(CONFIGURATION, StandardCharsets.UTF_8).stream()
                    .anyMatch(line -> line.strip().equals("user_allow_other"));
        } catch (IOException e) {
            return false;
        }
    }
}
