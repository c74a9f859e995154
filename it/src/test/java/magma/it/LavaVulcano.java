package magma.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One vulcano of a {@link LavaNetwork}, started any number of times. Its process is the vulcano itself: {@code magma start} in the foreground. */
public final class LavaVulcano {
    private static final long PATIENCE_MINUTES = 3;

    private final LavaNetwork.Plan plan;
    private final int number;
    private @Nullable Process process;
    private int starts;

    LavaVulcano(LavaNetwork.Plan plan, int number) {
        this.plan = plan;
        this.number = number;
    }

    public Path data() {
        return plan.top().resolve("data-" + number);
    }

    /** Where it mounts, if it does. */
    public Path mount() {
        return plan.top().resolve("mount-" + number);
    }

    /** All that it has ever said. */
    public String log() throws IOException {
        return Files.exists(logFile()) ? Files.readString(logFile()) : "";
    }

    private Path logFile() {
        return plan.top().resolve("vulcano-" + number + ".log");
    }

    /** HOST:PORT where it listens, or did last. */
    public String address() throws IOException {
        return Files.readString(data().resolve("listen")).strip();
    }

    public long pid() {
        return process().pid();
    }

    private Process process() {
        Process started = process;
        if (started == null) {
            throw new IllegalStateException("vulcano " + number + " was not started");
        }
        return started;
    }

    public boolean isRunning() {
        Process started = process;
        return started != null && started.isAlive();
    }

    boolean hasBegun() {
        return process != null;
    }

    /** Starts it, and waits for nothing. */
    public void begin(List<String> more) throws IOException {
        if (isRunning()) {
            throw new IllegalStateException("vulcano " + number + " runs");
        }
        takeMountAway();
        starts++;
        boolean again = Files.exists(data().resolve("listen"));
        List<String> words =
                new ArrayList<>(List.of(Magma.HOME.resolve("magma").toString(), "start", "--data", data().toString()));
        words.addAll(List.of("--listen", again ? address() : plan.listen().apply(number)));
        words.addAll(plan.options().apply(number));
        words.addAll(more);
        String mount = LavaNetwork.after(words, "--mount");
        if (mount != null) {
            Files.createDirectories(Path.of(mount));
        }
        ProcessBuilder builder = LavaNetwork.builder(plan, plan.prefix().apply(number), words)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(logFile().toFile()));
        builder.environment().put("MAGMA_READY", ready().toString());
        process = builder.start();
    }

    private Path ready() {
        return plan.top().resolve("ready-" + number + "-" + starts);
    }

    /** @throws IOException when it ends, or is not ready for minutes */
    public void awaitReady() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(PATIENCE_MINUTES);
        while (!Files.exists(ready())) {
            if (process().waitFor(20, TimeUnit.MILLISECONDS)) {
                throw new IOException(
                        "vulcano " + number + " ended with " + process().exitValue() + ":\n" + log());
            }
            if (System.nanoTime() > deadline) {
                throw new IOException("vulcano " + number + " is not ready:\n" + log());
            }
        }
    }

    /** Starts it again, and waits until it serves. */
    public void start() throws IOException, InterruptedException {
        begin(List.of());
        awaitReady();
    }

    /** Sends SIGTERM. */
    public void askToStop() {
        process().destroy();
    }

    /** Stops it in order. @return the exit status */
    public int stop() throws IOException, InterruptedException {
        askToStop();
        return awaitEnd();
    }

    /** Whether it has served since it was begun last. */
    boolean isReady() {
        return Files.exists(ready());
    }

    /** Sends SIGKILL, and waits for nothing. */
    void sendKill() {
        Process started = process;
        if (started != null) {
            Process unused = started.destroyForcibly();
        }
    }

    /** Sends SIGKILL, and waits for the process's end. */
    public void kill() {
        Process started = process;
        if (started != null) {
            started.destroyForcibly()
                    .onExit()
                    .orTimeout(PATIENCE_MINUTES, TimeUnit.MINUTES)
                    .join();
        }
    }

    /** @throws IOException when it does not end for minutes */
    public int awaitEnd() throws IOException, InterruptedException {
        if (!process().waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
            throw new IOException("vulcano " + number + " does not end:\n" + log());
        }
        return process().exitValue();
    }

    /** A killed vulcano leaves its mount behind. */
    public void takeMountAway() {
        try {
            if (Magma.isMounted(mount())) {
                Process unmount = new ProcessBuilder("fusermount", "-uz", mount().toString()).start();
                boolean unused = unmount.waitFor(1, TimeUnit.MINUTES);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
