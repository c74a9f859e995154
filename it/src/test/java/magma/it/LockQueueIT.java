package magma.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Many processes wait for one lock, on a vulcano's own mount and on one of a process of its own: they take no threads from others, and each gets its turn. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LockQueueIT {
    private static final int WAITING = 64;
    private static final int KILLED = 6;

    /**
     * Takes a lock on the file, says so, adds one to the number in the file, and ends; with "hold", ends only with its input. Arguments: posix or flock, the file,
     * count or hold.
     */
    private static final String PROGRAM = """
            use Fcntl qw(:DEFAULT :flock); $| = 1; $SIG{INT} = "DEFAULT"; my ($family, $path, $then) = @ARGV;
            open(F, "+<", $path) or die; my $lock = pack("s s x4 l! l! i x4", F_WRLCK, 0, 0, 0, 0);
            ($family eq "flock" ? flock(F, LOCK_EX) : fcntl(F, F_SETLKW, $lock)) or die "refused: $!";
            print "locked\\n"; if ($then eq "hold") { <STDIN>; exit 0 }
            sysread(F, my $n, 20); sysseek(F, 0, 0); syswrite(F, ($n + 1) . "\\n");
            """;

    /** In /proc/PID/syscall: fcntl with F_SETLKW, or flock, of x86-64 and arm64. */
    private static final Pattern WAITS = Pattern.compile("(72|25) 0x[0-9a-f]+ 0x7 .*|(73|32) 0x[0-9a-f]+ 0x2 .*");

    private final List<Process> processes = new ArrayList<>();
    private Path data;
    private Path own;
    private Path second;

    /** Fields are set before all tests. */
    @SuppressWarnings("NullAway.Init")
    LockQueueIT() {}

    @BeforeAll
    void start(@TempDir Path temporary) throws IOException, InterruptedException {
        data = temporary.resolve("data");
        own = Files.createDirectory(temporary.resolve("own"));
        second = Files.createDirectory(temporary.resolve("second"));
        Magma.demand(
                "start",
                "--create",
                "--daemon",
                "--listen",
                "127.0.0.1:0",
                "--data",
                data.toString(),
                "--mount",
                own.toString());
        Magma.demand("mount", "--daemon", Magma.address(data), second.toString());
    }

    @AfterAll
    void stop() throws IOException, InterruptedException {
        if (Magma.isMounted(second)) {
            Magma.demand("umount", second.toString());
        }
        assertThat(Magma.demand("fsck", "--data", data.toString())).contains("clean");
        Magma.demand("stop", "--data", data.toString());
    }

    @AfterEach
    void end() throws InterruptedException {
        for (Process process : processes) {
            process.destroyForcibly();
            process.waitFor();
        }
        processes.clear();
    }

    private enum Place {
        OWN,
        SECOND,
        BOTH
    }

    private Path mount(Place place, int number) {
        boolean first = place == Place.OWN || place == Place.BOTH && number % 2 == 0;
        return first ? own : second;
    }

    private Process start(String family, Path file, String then) throws IOException {
        Process process = new ProcessBuilder("perl", "-e", PROGRAM, family, file.toString(), then)
                .redirectErrorStream(true)
                .start();
        processes.add(process);
        return process;
    }

    private static String line(Process process) throws IOException {
        BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
        return String.valueOf(reader.readLine());
    }

    private static boolean waits(Process process) throws IOException {
        try {
            return WAITS.matcher(Files.readString(Path.of("/proc/" + process.pid() + "/syscall"))
                            .strip())
                    .matches();
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static void awaitWaiting(List<Process> all) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        for (Process process : all) {
            while (!waits(process)) {
                assertThat(process.isAlive()).as("it waits for the lock").isTrue();
                assertThat(System.nanoTime()).as("all wait for the lock").isLessThan(deadline);
                process.waitFor(20, TimeUnit.MILLISECONDS);
            }
        }
    }

    private static String sh(Path directory, String script) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("timeout", "60", "sh", "-ec", script)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("%s\n%s", script, output).isZero();
        return output.strip();
    }

    @ParameterizedTest
    @CsvSource({"posix, OWN", "posix, SECOND", "flock, BOTH"})
    void manyWaitAndEachGetsItsTurn(String family, Place place) throws Exception {
        String name = family + "-" + place;
        Files.writeString(own.resolve(name), "0\n");
        Process holder = start(family, own.resolve(name), "hold");
        assertThat(line(holder)).isEqualTo("locked");
        List<Process> waiting = new ArrayList<>();
        for (int i = 0; i < WAITING; i++) {
            waiting.add(start(family, mount(place, i).resolve(name), "count"));
        }
        awaitWaiting(waiting);
        for (Path mount : List.of(own, second)) {
            assertThat(sh(
                            mount,
                            "mkdir work; cd work; for i in $(seq 50); do echo $i > f$i; done; cat f50; ls | wc -l;"
                                    + " mv f1 g; rm f2; cd ..; rm -r work"))
                    .isEqualTo("50\n50");
        }
        endWhileTheyWait(waiting.subList(WAITING - KILLED, WAITING));
        List<Process> left = waiting.subList(0, WAITING - KILLED);
        assertThat(left).allMatch(Process::isAlive);
        assertThat(own.resolve(name)).hasContent("0");
        holder.getOutputStream().close();
        for (Process process : left) {
            assertThat(process.waitFor(2, TimeUnit.MINUTES))
                    .as("it gets its turn")
                    .isTrue();
            assertThat(line(process)).isEqualTo("locked");
            assertThat(process.exitValue()).isZero();
        }
        assertThat(sh(own, "cat " + name)).isEqualTo(Integer.toString(left.size()));
        Process later = start(family, second.resolve(name), "count");
        assertThat(later.waitFor(1, TimeUnit.MINUTES))
                .as("nobody holds the lock")
                .isTrue();
    }

    /** Some by SIGINT, some by SIGKILL; they are gone although the lock is held, and had it never. */
    private static void endWhileTheyWait(List<Process> some) throws IOException, InterruptedException {
        for (int i = 0; i < some.size(); i++) {
            String signal = i % 2 == 0 ? "INT" : "KILL";
            sh(Path.of("/"), "kill -" + signal + " " + some.get(i).pid());
        }
        for (Process process : some) {
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).as("it goes away").isTrue();
            assertThat(line(process)).isEqualTo("null");
            assertThat(process.exitValue()).isNotZero();
        }
    }
}
