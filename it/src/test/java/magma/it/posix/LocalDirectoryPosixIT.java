package magma.it.posix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The suites on a directory of another filesystem, to learn where our expectations differ from what is common:
 * {@code -Dmagma.posix.directory=/mnt/ext4}. Files that tests leave are left.
 */
@EnabledIfSystemProperty(named = "magma.posix.directory", matches = ".+")
class LocalDirectoryPosixIT extends PosixSuites {
    private Path directory = Path.of("/");

    @BeforeAll
    void makeDirectory() throws IOException {
        directory = Files.createTempDirectory(Path.of(System.getProperty("magma.posix.directory", "/tmp")), "posix");
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Override
    Path filesystem() {
        return directory;
    }
}
