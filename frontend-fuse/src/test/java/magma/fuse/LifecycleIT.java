package magma.fuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import magma.testkit.fs.MemoryVolume;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How mounts come and go. */
class LifecycleIT {
    private final MemoryVolume volume = new MemoryVolume();
    private Path directory = Path.of("/");

    @BeforeEach
    void makeDirectory() throws Exception {
        directory = Files.createTempDirectory("magma fuse-");
    }

    @AfterEach
    void removeDirectory() throws Exception {
        Files.delete(directory);
    }

    private FuseMount mount() throws Exception {
        return FuseMount.mount(volume, directory, FuseSettings.DEFAULT);
    }

    private static Process serve(Path directory) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        ServeMemory.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        assertThat(process.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo(ServeMemory.READY);
        return process;
    }

    @Test
    void volumeOutlivesItsMounts() throws Exception {
        try (FuseMount mount = mount()) {
            assertThat(mount.mountPoint()).isEqualTo(directory);
            MountedVolume.sh(directory, "echo kept > f");
        }
        assertThat(MountTable.at(directory)).isEmpty();
        FuseMount again = mount();
        assertThat(MountedVolume.sh(again.mountPoint(), "cat f")).isEqualTo("kept");
        again.close();
        again.close();
        again.awaitUnmounted();
    }

    @Test
    void whoeverUnmountsItEndsIt() throws Exception {
        FuseMount mount = mount();
        MountedVolume.sh(Path.of("/"), "umount '" + directory + "'");
        mount.awaitUnmounted();
        mount.close();
    }

    @Test
    void mountThatIsInUseIsTakenOutOfTheTree() throws Exception {
        FuseMount mount = mount();
        MountedVolume.sh(directory, "echo text > f");
        Process user = new ProcessBuilder("sh", "-c", "exec 3< f; echo open; read line")
                .directory(directory.toFile())
                .start();
        assertThat(user.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("open");
        mount.close();
        assertThat(MountTable.at(directory)).isEmpty();
        user.destroyForcibly().waitFor();
    }

    @Test
    void mountOfAKilledProcessIsReplaced() throws Exception {
        Process process = serve(directory);
        process.destroyForcibly();
        process.waitFor();
        assertThat(MountTable.at(directory)).isPresent();
        try (FuseMount mount = mount()) {
            MountedVolume.sh(mount.mountPoint(), "echo alive > f; cat f");
        }
        assertThat(MountTable.at(directory)).isEmpty();
    }

    @Test
    void directoryThatWillNotDoIsRefusedWithTheReason() throws Exception {
        assertThatThrownBy(() -> FuseMount.mount(volume, directory.resolve("none"), FuseSettings.DEFAULT))
                .isInstanceOf(MountException.class)
                .hasMessageContaining("does not exist. Create it first.");
        Path file = Files.createFile(directory.resolve("file"));
        assertThatThrownBy(() -> FuseMount.mount(volume, file, FuseSettings.DEFAULT))
                .isInstanceOf(MountException.class)
                .hasMessageContaining("is not a directory");
        assertThatThrownBy(this::mount).isInstanceOf(MountException.class).hasMessageContaining("is not empty");
        Files.delete(file);
        try (FuseMount mount = mount()) {
            assertThatThrownBy(() -> FuseMount.mount(volume, mount.mountPoint(), FuseSettings.DEFAULT))
                    .isInstanceOf(MountException.class)
                    .hasMessageContaining("is a mount point already, of fuse.magma");
        }
    }

    @Test
    void nothingIsMissingHere() {
        assertThat(FuseRequirements.missing()).isEmpty();
    }

    /** Arguments: mount point, java, class path, class. */
    private static final String UNPRIVILEGED = """
            mknod fuse c 10 229; chmod 666 fuse; mount --bind fuse /dev/fuse; mkfifo in; chmod 666 in
            nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
            nobody "$2" -cp "$3" "$4" "$1" < in > out 2> warnings &
            exec 3> in
            for i in $(seq 300); do grep -q mounted out && break; sleep 0.1; done
            grep -q mounted out || cat warnings
            cat out
            nobody sh -ec 'cd "$1"; echo own > f; cat f; stat -c %u f; ln f g; rm f; ls' - "$1"
            ls "$1" 2>&1 | sed 's/.*: //'
            exec 3>&-
            wait $!; echo $?
            grep -c 'magma.fuse-' /proc/mounts || true
            """;

    /** In a namespace of mounts where /dev/fuse is open to all, as udev makes it. */
    @Test
    void userWithoutPrivilegeMountsAndUnmounts() throws Exception {
        Path programs = Files.createTempDirectory("magma-programs-");
        try {
            String classPath = copyClassPath(programs);
            MountedVolume.sh(Path.of("/"), "chown nobody '" + directory + "'");
            Files.writeString(programs.resolve("run"), UNPRIVILEGED);
            List<String> words = List.of(
                    "unshare -m sh -e run",
                    "'" + directory + "'",
                    System.getProperty("java.home") + "/bin/java",
                    classPath,
                    ServeMemory.class.getName());
            // Without user_allow_other root itself sees nothing there.
            assertThat(MountedVolume.sh(programs, String.join(" ", words)))
                    .isEqualTo("mounted\nown\n65534\ng\nPermission denied\n0\n0");
        } finally {
            MountedVolume.sh(Path.of("/"), "rm -rf '" + programs + "'");
        }
    }

    private static String copyClassPath(Path to) throws Exception {
        Files.setPosixFilePermissions(to, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<String> copies = new ArrayList<>();
        for (String element : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path copy = to.resolve(copies.size() + "-" + Path.of(element).getFileName());
            if (Files.isDirectory(Path.of(element))) {
                copyTree(Path.of(element), copy);
            } else {
                Files.copy(Path.of(element), copy, StandardCopyOption.REPLACE_EXISTING);
            }
            copies.add(copy.toString());
        }
        MountedVolume.sh(to, "chmod -R a+rX .");
        return String.join(File.pathSeparator, copies);
    }

    private static void copyTree(Path from, Path to) throws Exception {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    @Test
    void processEndsCleanlyWhenItIsTold() throws Exception {
        Process process = serve(directory);
        MountedVolume.sh(directory, "echo text > f");
        process.getOutputStream().close();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        assertThat(MountTable.at(directory)).isEmpty();
    }
}
