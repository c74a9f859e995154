package magma.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** {@code magma mount ADDRESSES DIR} in the foreground: the process that is started serves the mount. */
public final class MountProcess implements AutoCloseable {
    private static final long MINUTES = 2;

    private final Path directory;
    private final Path output;
    private final Process process;

    private MountProcess(Path directory, Path output, Process process) {
        this.directory = directory;
        this.output = output;
        this.process = process;
    }

    /**
     * Mounts, with the identity of who made the network, and returns when that is done.
     *
     * @param plan of the network
     * @param name of the directory below the plan's; what the process says goes beside it
     * @param addresses where to connect, the first one first
     */
    public static MountProcess start(LavaNetwork.Plan plan, String name, List<String> addresses)
            throws IOException, InterruptedException {
        Path directory = Files.createDirectories(plan.top().resolve(name));
        Path output = plan.top().resolve(name + ".log");
        Path ready = plan.top().resolve(name + ".ready");
        ProcessBuilder builder = LavaNetwork.builder(
                        plan,
                        List.of(),
                        List.of(
                                Magma.HOME.resolve("magma").toString(),
                                "mount",
                                String.join(",", addresses),
                                directory.toString()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        builder.environment().put("MAGMA_READY", ready.toString());
        MountProcess mount = new MountProcess(directory, output, builder.start());
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES);
        while (!Files.exists(ready)) {
            if (mount.process.waitFor(20, TimeUnit.MILLISECONDS) || System.nanoTime() > deadline) {
                String said = mount.said();
                mount.close();
                throw new IOException(directory + " is not mounted: " + said);
            }
        }
        return mount;
    }

    public Path directory() {
        return directory;
    }

    public String said() throws IOException {
        return Files.readString(output);
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Unmounts in order. @return the exit status */
    public int stop() throws IOException, InterruptedException {
        process.destroy();
        if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
            throw new IOException("the mount on " + directory + " does not end: " + said());
        }
        return process.exitValue();
    }

    /** Kills it where it still runs, so that whoever waits for it gets an error, and takes the mount away. */
    @Override
    public void close() throws IOException {
        process.destroyForcibly().onExit().orTimeout(MINUTES, TimeUnit.MINUTES).join();
        if (Magma.isMounted(directory)) {
            Process unmount = new ProcessBuilder("fusermount", "-uz", directory.toString()).start();
            unmount.onExit().orTimeout(MINUTES, TimeUnit.MINUTES).join();
        }
    }
}
