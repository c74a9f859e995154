package magma.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The vulcano is killed at random moments under a mixed load, started again, and mounted again over what the dead mount left. Everything that a reply of a
 * metadata operation, close or fsync had acknowledged is there, and nothing that was removed has come back; magma fsck finds nothing.
 *
 * <p>{@code -Dmagma.kill.rounds=100} does more rounds than the few that belong to every build, {@code -Dmagma.kill.seed} chooses the moments.
 */
class KillIT {
    private static final int ROUNDS = Integer.getInteger("magma.kill.rounds", 4);
    private static final long SEED = Long.getLong("magma.kill.seed", 1);
    private static final int WORKERS = 4;
    private static final int LEAST_MILLIS = 300;
    private static final int MOST_MILLIS = 2500;

    @TempDir
    Path temporary;

    @AfterEach
    void unmount() throws IOException, InterruptedException {
        if (Magma.isMounted(temporary.resolve("mount"))) {
            Magma.run("stop", "--data", temporary.resolve("data").toString());
        }
    }

    @Test
    void whatWasAcknowledgedSurvives() throws Exception {
        Path data = temporary.resolve("data");
        Path mount = Files.createDirectory(temporary.resolve("mount"));
        Magma.demand(start(data, mount, "--create"));
        List<AcknowledgedLoad> loads = new ArrayList<>();
        for (int worker = 0; worker < WORKERS; worker++) {
            loads.add(new AcknowledgedLoad(mount.resolve("w" + worker), SEED * 1000 + worker));
        }
        Random random = new Random(SEED);
        for (int round = 0; round < ROUNDS; round++) {
            List<Thread> threads =
                    loads.stream().map(load -> new Thread(load::run, "load")).toList();
            threads.forEach(Thread::start);
            int millis = LEAST_MILLIS + random.nextInt(MOST_MILLIS - LEAST_MILLIS);
            ProcessHandle vulcano = Magma.vulcano(data);
            // The moment of the kill is what the round is about; nothing is waited for.
            TimeUnit.MILLISECONDS.sleep(millis);
            vulcano.destroyForcibly();
            vulcano.onExit().get(1, TimeUnit.MINUTES);
            for (Thread thread : threads) {
                thread.join(TimeUnit.MINUTES.toMillis(2));
                assertThat(thread.isAlive()).as("a worker hangs").isFalse();
            }
            Magma.demand(start(data, mount));
            for (AcknowledgedLoad load : loads) {
                assertThat(load.missing())
                        .as("round %d, killed after %d ms", round, millis)
                        .isEmpty();
            }
            assertThat(Magma.demand("fsck", "--connect", Magma.address(data))).contains("clean");
        }
        Magma.demand("stop", "--data", data.toString());
        Magma.demand("storage", "check", data.toString());
        System.out.printf(
                "%d rounds, %d acknowledged operations, none lost%n",
                ROUNDS, loads.stream().mapToLong(AcknowledgedLoad::acknowledged).sum());
    }

    private static String[] start(Path data, Path mount, String... more) {
        List<String> arguments = new ArrayList<>(List.of("start", "--daemon", "--listen", "127.0.0.1:0"));
        arguments.addAll(List.of("--data", data.toString(), "--mount", mount.toString()));
        arguments.addAll(List.of(more));
        return arguments.toArray(String[]::new);
    }
}
