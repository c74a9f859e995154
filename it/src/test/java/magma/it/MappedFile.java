package magma.it;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A process that has a file mapped; src/test/c/mapping.c says what it does. */
final class MappedFile implements AutoCloseable {
    private static final Path SOURCE = Magma.HOME.resolve("it/src/test/c/mapping.c");

    private static final int SECONDS = 240;

    private final Process process;
    private final Writer to;
    private final BufferedReader from;

    private MappedFile(Process process) {
        this.process = process;
        to = process.outputWriter(StandardCharsets.US_ASCII);
        from = process.inputReader(StandardCharsets.US_ASCII);
    }

    /** Compiles the program into a directory. */
    static Path compile(Path place) throws IOException, InterruptedException {
        Path program = place.resolve("mapping");
        Process compiler = new ProcessBuilder("cc", "-O1", "-o", program.toString(), SOURCE.toString())
                .inheritIO()
                .start();
        if (!compiler.waitFor(2, TimeUnit.MINUTES) || compiler.exitValue() != 0) {
            throw new IOException("cc cannot compile " + SOURCE + "; scripts/test installs what it needs");
        }
        return program;
    }

    static MappedFile map(Path program, Path file, int length) throws IOException {
        MappedFile mapped = new MappedFile(new ProcessBuilder(
                        "timeout",
                        Integer.toString(SECONDS),
                        program.toString(),
                        file.toString(),
                        Integer.toString(length))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
        mapped.demandOk();
        return mapped;
    }

    private void demandOk() throws IOException {
        String answer = String.valueOf(from.readLine());
        if (!answer.equals("ok")) {
            throw new IOException("it answers " + answer);
        }
    }

    private void tell(String verb, int offset, Object with) throws IOException {
        to.write(verb + " " + offset + " " + with + "\n");
        to.flush();
    }

    /** Writes through the mapping, and msyncs. */
    void put(int offset, String text) throws IOException {
        tell("put", offset, text);
        demandOk();
    }

    /** Writes with pwrite. */
    void write(int offset, String text) throws IOException {
        tell("write", offset, text);
        demandOk();
    }

    /** @param how "get" through the mapping, "fresh" through a new one, "read" with pread */
    String look(String how, int offset, int length) throws IOException {
        tell(how, offset, length);
        return String.valueOf(from.readLine());
    }

    @Override
    public void close() throws IOException {
        to.close();
        process.onExit().orTimeout(SECONDS + 10, TimeUnit.SECONDS).join();
    }
}
