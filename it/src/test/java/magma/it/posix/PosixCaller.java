package magma.it.posix;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A process that makes system calls as any user; see src/test/c/posixcall.c for what it is told and what it says. */
final class PosixCaller implements AutoCloseable {
    private static final Path SOURCE = Path.of("src/test/c/posixcall.c");

    private final Process process;
    private final BufferedWriter to;
    private final BufferedReader from;

    private PosixCaller(Process process) {
        this.process = process;
        to = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), ISO_8859_1));
        from = new BufferedReader(new InputStreamReader(process.getInputStream(), ISO_8859_1));
    }

    /** Compiles the program with cc and starts it. */
    static PosixCaller start() throws IOException, InterruptedException {
        Path program = Files.createTempDirectory("posixcall").resolve("posixcall");
        Process compiler = new ProcessBuilder("cc", "-O1", "-o", program.toString(), SOURCE.toString())
                .inheritIO()
                .start();
        if (compiler.waitFor() != 0) {
            throw new IOException("cc cannot compile " + SOURCE + "; scripts/test installs what it needs");
        }
        return new PosixCaller(new ProcessBuilder(program.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Runs a job, in the words of posixcall.c. @return its line */
    String call(String job) {
        try {
            to.write(job);
            to.write('\n');
            to.flush();
            String line = from.readLine();
            if (line == null) {
                throw new IOException("posixcall ended while doing " + job);
            }
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@code text} as one word of a job: Latin-1, with what would end a word escaped. */
    static String word(String text) {
        if (text.isEmpty()) {
            return "%";
        }
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > ' ' && c < 127 && c != '%' && c != ';') {
                word.append(c);
            } else {
                word.append(String.format("%%%02X", (int) c));
            }
        }
        return word.toString();
    }

    @Override
    public void close() throws IOException {
        to.close();
        try {
            if (process.waitFor(10, TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
    }
}
