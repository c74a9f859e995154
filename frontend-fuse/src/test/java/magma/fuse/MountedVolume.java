package magma.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import magma.testkit.fs.MemoryVolume;

/**
 * A volume in memory, mounted on a directory of its own. The mount is used by processes, as this process serves it and must
 * not map its files.
 */
final class MountedVolume implements AutoCloseable {
    private final MemoryVolume volume;
    private final Path directory;
    private final FuseMount mount;

    MountedVolume() throws IOException {
        this(new MemoryVolume.Settings(InstantSource.system(), 1L << 30, 63));
    }

    MountedVolume(MemoryVolume.Settings settings) throws IOException {
        volume = new MemoryVolume(settings);
        directory = Files.createTempDirectory("magma-fuse-");
        mount = FuseMount.mount(volume, directory, FuseSettings.DEFAULT);
    }

    MemoryVolume volume() {
        return volume;
    }

    Path directory() {
        return directory;
    }

    /** Runs a shell script in the mount, which must succeed, and returns what it printed, without the last newline. */
    String sh(String script) throws IOException, InterruptedException {
        return sh(directory, script);
    }

    /** As {@link #sh(String)}, by the user nobody with no groups but those named. */
    String asNobody(String script, int... groups) throws IOException, InterruptedException {
        StringBuilder list = new StringBuilder();
        for (int group : groups) {
            list.append(list.isEmpty() ? "--groups=" : ",").append(group);
        }
        String options = list.isEmpty() ? "--clear-groups" : list.toString();
        return run(directory, List.of("setpriv", "--reuid=65534", "--regid=65534", options, "sh", "-ec", script));
    }

    static String sh(Path directory, String script) throws IOException, InterruptedException {
        return run(directory, List.of("sh", "-ec", script));
    }

    private static String run(Path directory, List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s\n%s", command, output).isZero();
        return output.stripTrailing();
    }

    @Override
    public void close() throws IOException {
        mount.close();
        Files.delete(directory);
    }
}
