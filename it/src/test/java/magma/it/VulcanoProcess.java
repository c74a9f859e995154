package magma.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** {@code magma start} in the foreground: the process that is started is the vulcano. */
final class VulcanoProcess implements AutoCloseable {
    private static final long MINUTES = 2;

    private final Path data;
    private final Path output;
    private final Path ready;
    private final Process process;

    private VulcanoProcess(Path data, Path output, Path ready, Process process) {
        this.data = data;
        this.output = output;
        this.ready = ready;
        this.process = process;
    }

    /** @param place a directory for what it says, on no disk that the test cuts off */
    static VulcanoProcess start(Path place, Path data, Path mount, String... more) throws IOException {
        Path output = Files.createTempFile(place, "vulcano", ".out");
        Path ready = place.resolve(output.getFileName() + ".ready");
        List<String> command =
                new ArrayList<>(List.of(Magma.HOME.resolve("magma").toString(), "start"));
        command.addAll(List.of("--data", data.toString(), "--listen", "127.0.0.1:0", "--mount", mount.toString()));
        command.addAll(List.of(more));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().put("MAGMA_READY", ready.toString());
        return new VulcanoProcess(data, output, ready, builder.start());
    }

    /** Waits until it serves, has ended, or {@code over} says that there is nothing to wait for. @return whether it serves */
    boolean awaitReady(BooleanSupplier over) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(MINUTES);
        while (!Files.exists(ready) && process.isAlive() && !over.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new IOException("the vulcano on " + data + " is neither ready nor ended: " + said());
            }
            process.waitFor(20, TimeUnit.MILLISECONDS);
        }
        return Files.exists(ready);
    }

    String said() throws IOException {
        return Files.readString(output);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Sends SIGKILL, and waits for nothing. */
    void kill() {
        process.destroyForcibly();
    }

    /** @throws IOException when it does not end */
    int awaitEnd() throws IOException, InterruptedException {
        if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
            throw new IOException("the vulcano on " + data + " does not end");
        }
        return process.exitValue();
    }

    /** Sends SIGTERM, and waits for the end. @return the exit status */
    int stop() throws IOException, InterruptedException {
        process.destroy();
        return awaitEnd();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().orTimeout(MINUTES, TimeUnit.MINUTES).join();
    }
}
