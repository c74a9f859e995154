package magma.shell;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import magma.vulcano.DataDirectory;
import magma.vulcano.Mounts;
import magma.vulcano.VulcanoClient;
import org.jspecify.annotations.Nullable;

/** The network of a demo: one vulcano in a process of its own, which mounts it. Ends with the process that made it, whatever happens to that. */
final class DemoNetwork implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final DemoPlace place;
    private final PrintWriter progress;
    private volatile @Nullable Process vulcano;
    private volatile @Nullable Process command;

    DemoNetwork(DemoPlace place, PrintWriter progress) {
        this.place = place;
        this.progress = progress;
    }

    Path data() {
        return place.data();
    }

    Path mount() {
        return place.mount();
    }

    void start() throws IOException, InterruptedException {
        long began = System.nanoTime();
        boolean again = place.hasNetwork();
        List<String> arguments = new ArrayList<>(List.of(
                "start",
                "--data",
                place.data().toString(),
                "--listen",
                "127.0.0.1:0",
                "--mount",
                place.mount().toString(),
                "--name",
                "demo",
                "--while",
                Long.toString(ProcessHandle.current().pid())));
        if (!again) {
            arguments.add("--create");
        }
        try {
            vulcano = Background.start(arguments, place.log(), PATIENCE);
        } catch (Background.EndedException e) {
            throw new IOException("the vulcano did not start:\n" + e.getMessage(), e);
        }
        progress.printf(
                "%s a network of one vulcano on %s, mounted on %s (%s)%n",
                again ? "Started again" : "Made",
                DataDirectory.runningAddress(place.data()).orElse("?"),
                place.mount(),
                Texts.time(Duration.ofNanos(System.nanoTime() - began)));
    }

    VulcanoClient connect() throws IOException {
        Optional<String> address = DataDirectory.runningAddress(place.data());
        if (address.isEmpty()) {
            throw new IOException("the vulcano has ended; its log is " + place.log());
        }
        return VulcanoClient.ofData(place.data());
    }

    /** Runs a command on this machine, in the mount, with this terminal. @return its exit status */
    int run(String... words) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(words)
                .directory(place.mount().toFile())
                .inheritIO()
                .start();
        command = process;
        try {
            return process.waitFor();
        } finally {
            command = null;
        }
    }

    /** Ends the command that runs, unmounts, stops the vulcano, and removes what was made. */
    @Override
    public void close() throws IOException {
        endCommand();
        Process process = vulcano;
        if (process != null && process.isAlive()) {
            process.destroy();
            try {
                if (!process.waitFor(60, TimeUnit.SECONDS)) {
                    progress.println("The vulcano does not stop; it is killed. Its log is " + place.log());
                    process.destroyForcibly().waitFor();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        takeMountAway();
        place.remove();
        if (place.keep()) {
            progress.println("Stopped. The data is in " + place.top() + "; to go on: magma demo --dir " + place.top()
                    + " --keep");
        } else if (process != null) {
            progress.println("Unmounted, stopped, and removed.");
        }
    }

    private void endCommand() {
        Process running = command;
        if (running != null) {
            running.descendants().forEach(ProcessHandle::destroy);
            running.destroy();
        }
    }

    /** A vulcano that was killed leaves its mount behind. */
    private void takeMountAway() {
        try {
            boolean unused = Mounts.unmount(place.mount(), true);
        } catch (IOException notMounted) {
            return;
        }
    }
}
