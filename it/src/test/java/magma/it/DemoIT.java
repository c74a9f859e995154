package magma.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo from end to end, and what it leaves: nothing. */
class DemoIT {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path top;

    @BeforeEach
    void resolveTop() throws IOException {
        top = top.toRealPath();
    }

    @Test
    void aBatchRunsInTheMountAndItsStatusIsTheDemos() throws Exception {
        Path batch = Files.writeString(top.resolve("batch"), """
                set -e
                mkdir work && cd work
                echo one > a; ln a b; mv a c
                test "$(cat b)" = one
                stat -f -c %%T . > type
                pwd > %s/where
                exit 7
                """.formatted(top));
        Path dir = top.resolve("demo");
        Magma.Ended ended = Magma.run("demo", "--dir", dir.toString(), "--batch", batch.toString());
        assertThat(ended.status()).as(ended.err()).isEqualTo(7);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err())
                .contains("a network of 3 vulcanos", "leader", "Where they live", "64 slices", "hello.txt");
        assertThat(top.resolve("where")).hasContent(dir.resolve("mnt/work") + "\n");
        assertThat(dir).doesNotExist();
        assertNothingRuns(dir);
    }

    @Test
    void withoutATerminalItShowsTheTreeAndWhereItLives() throws Exception {
        Path dir = top.resolve("demo");
        Magma.Ended ended = Magma.run("demo", "--vulcanos", "1", "--dir", dir.toString());
        assertThat(ended.status()).as(ended.err()).isZero();
        assertThat(ended.out()).contains("hello.txt", "chunk 2", "64 slices", "flare");
        assertThat(ended.err()).contains("Unmounted, stopped, and removed");
        assertThat(dir).doesNotExist();
        assertNothingRuns(dir);
    }

    @Test
    void whatIsKeptIsThereTheNextTime() throws Exception {
        Path dir = top.resolve("demo");
        Path batch = Files.writeString(top.resolve("first"), "echo kept > mine\n");
        Magma.Ended first =
                Magma.run("demo", "--vulcanos", "1", "--dir", dir.toString(), "--keep", "--batch", batch.toString());
        assertThat(first.status()).as(first.err()).isZero();
        assertThat(first.err()).contains("The data is in " + dir);
        Path again = Files.writeString(top.resolve("second"), "test \"$(cat mine)\" = kept\n");
        Magma.Ended second = Magma.run("demo", "--vulcanos", "1", "--dir", dir.toString(), "--batch", again.toString());
        assertThat(second.status()).as(second.err()).isZero();
        assertNothingRuns(dir);
    }

    @Test
    void sigtermEndsTheCommandAndLeavesNothing() throws Exception {
        Path dir = top.resolve("demo");
        Path begun = top.resolve("begun");
        Path batch = Files.writeString(top.resolve("batch"), "mkfifo p; echo > " + begun + "; cat p\n");
        Process demo = Magma.start(
                top.resolve("out"), top.resolve("err"), "demo", "--dir", dir.toString(), "--batch", batch.toString());
        awaitFile(begun, demo);
        demo.destroy();
        assertThat(demo.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertNothingRuns(dir);
        assertThat(dir).doesNotExist();
    }

    @Test
    void aKilledDemoTakesItsVulcanosWithIt() throws Exception {
        Path dir = top.resolve("demo");
        Path begun = top.resolve("begun");
        Path batch = Files.writeString(top.resolve("batch"), "echo > " + begun + "; exec sleep 600\n");
        Process demo = Magma.start(
                top.resolve("out"), top.resolve("err"), "demo", "--dir", dir.toString(), "--batch", batch.toString());
        awaitFile(begun, demo);
        ProcessHandle vulcano = Magma.vulcano(dir.resolve("data"));
        ProcessHandle[] commands = demo.descendants()
                .filter(each -> !isOf(each, dir.resolve("data")))
                .toArray(ProcessHandle[]::new);
        demo.destroyForcibly();
        for (ProcessHandle command : commands) {
            command.destroyForcibly();
        }
        assertThat(vulcano.onExit().get(60, TimeUnit.SECONDS).isAlive()).isFalse();
        for (int number = 2; number <= 3; number++) {
            Path other = dir.resolve("data-" + number);
            ProcessHandle.allProcesses()
                    .filter(each -> isOf(each, other))
                    .forEach(each ->
                            each.onExit().orTimeout(60, TimeUnit.SECONDS).join());
        }
        assertNothingRuns(dir);
    }

    /** A file that another process makes; there is no event for it. */
    private static void awaitFile(Path file, Process maker) throws InterruptedException {
        while (!Files.exists(file)) {
            assertThat(maker.waitFor(50, TimeUnit.MILLISECONDS)).isFalse();
        }
    }

    private static void assertNothingRuns(Path dir) throws IOException {
        assertThat(Magma.isMounted(dir.resolve("mnt"))).isFalse();
        try (Stream<ProcessHandle> all = ProcessHandle.allProcesses()) {
            assertThat(all.filter(each -> isOf(each, dir.resolve("data")))).isEmpty();
        }
    }

    /** Whether a process is a vulcano on one of the demo's data directories, whose names begin alike. */
    private static boolean isOf(ProcessHandle process, Path data) {
        return process.info()
                .commandLine()
                .map(line -> line.contains(data.toString()))
                .orElse(false);
    }
}
