package magma.it.posix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import magma.fs.FsException;
import magma.fuse.FuseMount;
import magma.fuse.FuseSettings;
import magma.fuse.MountException;
import magma.testkit.fs.MemoryVolume;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The suites on a mounted {@link MemoryVolume}: what differs is the front end's. */
class MemoryPosixIT extends PosixSuites {
    private FuseMount mount;

    @SuppressWarnings("NullAway.Init")
    MemoryPosixIT() {}

    @BeforeAll
    void mount() throws IOException, MountException, FsException {
        Path directory = Files.createTempDirectory("posix-memory");
        mount = FuseMount.mount(new MemoryVolume(), directory, FuseSettings.DEFAULT);
    }

    @AfterAll
    void unmount() throws MountException, IOException {
        mount.close();
        Files.delete(mount.mountPoint());
    }

    @Override
    Path filesystem() {
        return mount.mountPoint();
    }
}
