package magma.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Few of the rounds of which {@code scripts/faults} has many; nobody looks at the time that they take. */
class FaultsIT {
    private static final long PATIENCE_MINUTES = 10;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path top;

    /** In a process of its own, since it is to have the identity of the network's operator, and to be ended where it hangs. */
    @Test
    void whatWasAcknowledgedIsThereAfterAKillACutAndARestartOfAll() throws Exception {
        assumeTrue(Namespaces.isPossible(), "needs root, network namespaces and veth links");
        Path lab = Files.createDirectory(top.resolve("lab"));
        Path output = top.resolve("output");
        Path evidence = top.resolve("evidence.tsv");
        ProcessBuilder command = new ProcessBuilder(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-Dmagma.home=" + System.getProperty("magma.home", ".."),
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                FaultsMain.class.getName(),
                lab.toString(),
                evidence.toString(),
                "build",
                "1",
                "1",
                "kill",
                "cut2",
                "restart"));
        // As the lab's vulcanos have it.
        command.environment().put("MAGMA_CONFIG", lab.resolve("config").toString());
        Process rounds = command.redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!rounds.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
            // It takes away what it has made when it is asked to end.
            rounds.destroy();
            assertThat(rounds.waitFor(1, TimeUnit.MINUTES)).as("ends").isTrue();
        }
        assertThat(rounds.exitValue()).as(() -> read(output)).isZero();
        assertThat(Files.readAllLines(evidence)).hasSize(4);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
