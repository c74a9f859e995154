package magma.shell;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A process of this command in the background: in a session of its own, so that Ctrl-C does not reach it, with what it says in a log file. It says
 * that it is ready by making the file that {@link #READY} names.
 */
final class Background {
    /** The environment variable that names the file to make when ready. */
    static final String READY = "MAGMA_READY";

    private static final Duration PAUSE = Duration.ofMillis(30);

    private Background() {}

    /**
     * Starts {@code magma arguments...} and returns when it is ready.
     *
     * @return the process, or empty when it ended before; what it said was printed to {@code err} then
     */
    static Process start(List<String> arguments, Path log, Duration patience) throws IOException, InterruptedException {
        return start(arguments, Map.of(), log, patience);
    }

    /** @param environment beside that of this process */
    static Process start(List<String> arguments, Map<String, String> environment, Path log, Duration patience)
            throws IOException, InterruptedException {
        Path ready = Files.createTempFile("magma", ".ready");
        Files.delete(ready);
        long before = Files.exists(log) ? Files.size(log) : 0;
        ProcessBuilder builder = new ProcessBuilder(command(arguments));
        builder.redirectInput(Path.of("/dev/null").toFile());
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        builder.environment().put(READY, ready.toString());
        builder.environment().put("MAGMA_BUILT", "1");
        Process process = builder.start();
        long deadline = System.nanoTime() + patience.toNanos();
        try {
            while (!Files.exists(ready)) {
                if (process.waitFor(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new EndedException(process.exitValue(), said(log, before));
                }
                if (System.nanoTime() > deadline) {
                    process.destroy();
                    throw new IOException("it was not ready within " + patience.toSeconds() + " s; see " + log);
                }
            }
            return process;
        } finally {
            Files.deleteIfExists(ready);
        }
    }

    private static List<String> command(List<String> arguments) throws IOException {
        String launcher = System.getenv("MAGMA_LAUNCHER");
        if (launcher == null) {
            throw new IOException("start it by the magma script: only that knows how to start another");
        }
        List<String> command = new ArrayList<>();
        if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
            command.add("/usr/bin/setsid");
        }
        command.add(launcher);
        command.addAll(arguments);
        return command;
    }

    /** What the log got since {@code from}. */
    private static String said(Path log, long from) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            file.seek(from);
            byte[] bytes = new byte[(int) Math.min(64 << 10, Math.max(0, file.length() - from))];
            file.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8).strip();
        }
    }

    /** Says that this process is ready, to who started it in the background, if anybody did. */
    static void ready() throws IOException {
        String file = System.getenv(READY);
        if (file != null) {
            Files.createFile(Path.of(file));
        }
    }

    /** It ended before it was ready. */
    static final class EndedException extends IOException {
        private static final long serialVersionUID = 1L;

        private final int status;

        EndedException(int status, String said) {
            super(said);
            this.status = status;
        }

        int status() {
            return status;
        }
    }
}
