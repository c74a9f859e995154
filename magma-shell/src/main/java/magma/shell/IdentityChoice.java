package magma.shell;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** By whose certificate a verb acts. */
final class IdentityChoice {
    @Option(
            names = "--identity",
            paramLabel = "FILE",
            description =
                    "Act by the identity in FILE, which \"magma join --identity FILE\" writes (default: the one that is kept for this user and network).")
    private @Nullable Path file;

    /** Null for the usual one. */
    @Nullable
    Path file() {
        return file;
    }
}
