package magma.it.posix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import magma.it.Magma;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The suites on the real filesystem, mounted by the vulcano itself. */
class VulcanoPosixIT extends PosixSuites {
    private Path data;
    private Path mount;

    @SuppressWarnings("NullAway.Init")
    VulcanoPosixIT() {}

    @BeforeAll
    void start(@TempDir Path temporary) throws IOException, InterruptedException {
        data = temporary.resolve("data");
        mount = Files.createDirectory(temporary.resolve("mount"));
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
        Magma.demand("fsck", "--connect", Magma.address(data));
        Magma.demand("stop", "--data", data.toString());
    }

    @Override
    Path filesystem() {
        return mount;
    }
}
