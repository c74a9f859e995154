package magma.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Programs of others do on a mount what they do on a local disk, and the results are the same byte for byte. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RealWorkIT {
    private static final long MINUTES = 10;

    private Path data;
    private Path mount;
    private Path local;

    /** Fields are set before all tests. */
    @SuppressWarnings("NullAway.Init")
    RealWorkIT() {}

    @BeforeAll
    void start(@TempDir Path temporary) throws IOException, InterruptedException {
        data = temporary.resolve("data");
        mount = Files.createDirectory(temporary.resolve("mount"));
        local = Files.createDirectory(temporary.resolve("local"));
        Magma.demand(
                "start",
                "--create",
                "--daemon",
                "--listen",
                "127.0.0.1:0",
                "--data",
                data.toString(),
                "--mount",
                mount.toString());
    }

    @AfterAll
    void stop() throws IOException, InterruptedException {
        String address = Magma.address(data);
        assertThat(Magma.demand("fsck", "--connect", address)).contains("clean");
        Magma.demand("stop", "--data", data.toString());
        Magma.demand("storage", "check", data.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"tar", "git", "sqlite", "rsync", "build", "fio", "mmap"})
    void workGivesTheSameAsOnALocalDisk(String task) throws IOException, InterruptedException {
        Path script = Magma.HOME.resolve("it/src/test/sh/realwork.sh");
        Path here = Files.createDirectory(mount.resolve(task));
        Path there = Files.createDirectory(local.resolve(task));
        Path output = local.resolve(task + ".output");
        Process work = new ProcessBuilder(script.toString(), here.toString(), there.toString(), task)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = work.waitFor(MINUTES, TimeUnit.MINUTES);
        work.destroy();
        assertThat(ended).isTrue();
        assertThat(work.exitValue()).as(Files.readString(output)).isZero();
    }
}
