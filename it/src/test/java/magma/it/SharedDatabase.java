package magma.it;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A SQLite database that processes on several mounts use at once; {@code src/test/py/transactions.py} is what they run. */
public final class SharedDatabase {
    private static final Path PROGRAM = Magma.HOME.resolve("it/src/test/py/transactions.py");

    private final Path output;
    private final long minutes;

    /**
     * @param output where programs' output goes, on a local disk
     * @param minutes how long one program may take
     */
    public SharedDatabase(Path output, long minutes) {
        this.output = output;
        this.minutes = minutes;
    }

    /** How a program ended. */
    public record Ended(int status, String out) {
        /** How many transactions it was told of. */
        public long acknowledged() {
            return out.lines().filter(line -> line.matches("[0-9]+")).count();
        }
    }

    /** Whether this machine has Python with SQLite. */
    public static boolean isHere() throws InterruptedException {
        try {
            Process process = new ProcessBuilder("python3", "-c", "import sqlite3")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(1, TimeUnit.MINUTES) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    public Ended make(Path database) throws IOException, InterruptedException {
        return run("make", database.toString());
    }

    /** So many transactions of one writer. Prints the number of each when it is acknowledged. */
    public Ended transact(Path database, String writer, int count) throws IOException, InterruptedException {
        return run("run", database.toString(), writer, Integer.toString(count));
    }

    /** @param acknowledged WRITER=COUNT; status 0 when the database is whole and has just those */
    public Ended check(Path database, String... acknowledged) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("check", database.toString()));
        arguments.addAll(List.of(acknowledged));
        return run(arguments.toArray(new String[0]));
    }

    private Ended run(String... arguments) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(List.of("python3", PROGRAM.toString()));
        words.addAll(List.of(arguments));
        Path out = Files.createTempFile(output, "transactions", ".out");
        Process process = new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        try {
            if (!process.waitFor(minutes, TimeUnit.MINUTES)) {
                throw new IOException(String.join(" ", words) + " does not end: " + lastLines(out));
            }
            return new Ended(process.exitValue(), Files.readString(out));
        } finally {
            process.destroyForcibly();
        }
    }

    private static String lastLines(Path out) throws IOException {
        List<String> lines = Files.readAllLines(out, StandardCharsets.UTF_8);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 10), lines.size()));
    }
}
