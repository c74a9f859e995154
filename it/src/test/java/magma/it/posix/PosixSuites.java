package magma.it.posix;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;

/** All suites on one filesystem, which stands as long as they run. They become other users, and so must be run by root. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class PosixSuites {
    private PosixCaller caller;

    @SuppressWarnings("NullAway.Init")
    PosixSuites() {}

    /** A directory that root may write to in the filesystem that is examined. */
    abstract Path filesystem();

    @BeforeAll
    void startCaller() throws IOException, InterruptedException {
        Assumptions.assumeTrue(
                Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "only root can become other users");
        caller = PosixCaller.start();
    }

    @AfterAll
    void endCaller() throws IOException {
        caller.close();
    }

    @Nested
    class Chmod extends ChmodSuite {
        @Override
        PosixCaller caller() {
            return caller;
        }

        @Override
        Path filesystem() {
            return PosixSuites.this.filesystem();
        }
    }

    @Nested
    class Chown extends ChownSuite {
        @Override
        PosixCaller caller() {
            return caller;
        }

        @Override
        Path filesystem() {
            return PosixSuites.this.filesystem();
        }
    }

    @Nested
    class Granular extends GranularSuite {
        @Override
        PosixCaller caller() {
            return caller;
        }

        @Override
        Path filesystem() {
            return PosixSuites.this.filesystem();
        }
    }

    @Nested
    class Link extends LinkSuite {
        @Override
        PosixCaller caller() {
            return caller;
        }

        @Override
        Path filesystem() {
            return PosixSuites.this.filesystem();
        }
    }

    @Nested
    class Mkdir extends MkdirSuite {
        @Override
        PosixCaller caller() {
            return caller;
        }

        @Override
        Path filesystem() {
            return PosixSuites.this.filesystem();
        }
    }

    @Nested
    class Mknod extends MknodSuite {
        @Override
        PosixCaller caller() {
            return caller;
        }

        @Override
        Path filesystem() {
            return PosixSuites.this.filesystem();
        }
    }

    @Nested
    class Open extends OpenSuite {
        @Override
        PosixCaller caller() {
            return caller;
        }

        @Override
        Path filesystem() {
            return PosixSuites.this.filesystem();
        }
    }

    @Nested
    class Rename extends RenameSuite {
        @Override
        PosixCaller caller() {
            return caller;
        }

        @Override
        Path filesystem() {
            return PosixSuites.this.filesystem();
        }
    }

    @Nested
    class Symlink extends SymlinkSuite {
        @Override
        PosixCaller caller() {
            return caller;
        }

        @Override
        Path filesystem() {
            return PosixSuites.this.filesystem();
        }
    }

    @Nested
    class Truncate extends TruncateSuite {
        @Override
        PosixCaller caller() {
            return caller;
        }

        @Override
        Path filesystem() {
            return PosixSuites.this.filesystem();
        }
    }

    @Nested
    class Utimensat extends UtimensatSuite {
        @Override
        PosixCaller caller() {
            return caller;
        }

        @Override
        Path filesystem() {
            return PosixSuites.this.filesystem();
        }
    }
}
