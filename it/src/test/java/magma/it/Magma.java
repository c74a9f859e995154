package magma.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The magma command, as people run it, in processes of its own. */
public final class Magma {
    static final Path HOME = Path.of(
                    Optional.ofNullable(System.getProperty("magma.home")).orElse(".."))
            .toAbsolutePath()
            .normalize();

    private Magma() {}

    /** How a command ended. */
    record Ended(int status, String out, String err) {}

    /** Runs {@code magma arguments...} and waits for its end. */
    static Ended run(String... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile("magma", ".out");
        Path err = Files.createTempFile("magma", ".err");
        try {
            Process process = start(out, err, arguments);
            if (!process.waitFor(5, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new IOException("magma " + String.join(" ", arguments) + " did not end");
            }
            return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** Runs it, and demands that it ends well. @return what it printed */
    public static String demand(String... arguments) throws IOException, InterruptedException {
        Ended ended = run(arguments);
        assertThat(ended.status())
                .as("magma %s:%n%s%n%s", String.join(" ", arguments), ended.out(), ended.err())
                .isZero();
        return ended.out();
    }

    static Process start(Path out, Path err, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(HOME.resolve("magma").toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("MAGMA_CONFIG", Config.PLACE.toString());
        return builder.start();
    }

    /** Where the certificates of these tests' networks are: not among those of the user. */
    private static final class Config {
        static final Path PLACE = make();

        private static Path make() {
            try {
                Path place = Files.createTempDirectory("magma-config");
                Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(place)));
                return place;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void remove(Path place) {
            try (Stream<Path> all = Files.walk(place)) {
                all.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The process that runs on a data directory. */
    static ProcessHandle vulcano(Path data) throws IOException {
        long pid = Long.parseLong(Files.readString(data.resolve("vulcano.pid")).strip());
        return ProcessHandle.of(pid).orElseThrow();
    }

    public static String address(Path data) throws IOException {
        return Files.readString(data.resolve("vulcano.address")).strip();
    }

    static boolean isMounted(Path directory) throws IOException {
        return Files.readString(Path.of("/proc/self/mountinfo")).contains(" " + directory + " ");
    }
}
