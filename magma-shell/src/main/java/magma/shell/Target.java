package magma.shell;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import magma.vulcano.DataDirectory;
import magma.vulcano.VulcanoClient;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which vulcano a verb speaks to. */
final class Target {
    @Option(
            names = "--connect",
            paramLabel = "HOST:PORT",
            description = "The vulcano that listens there (default: 127.0.0.1:4610).")
    private @Nullable String connect;

    @Option(names = "--data", paramLabel = "DIR", description = "The vulcano that runs on this data directory.")
    private @Nullable Path data;

    @Mixin
    private final IdentityChoice identity = new IdentityChoice();

    @Nullable
    Path data() {
        return data;
    }

    /** HOST:PORT; empty when none runs on the data directory. */
    Optional<String> address() throws IOException {
        if (connect != null && data != null) {
            throw new IllegalArgumentException("give --connect or --data, not both");
        } else if (data != null) {
            return DataDirectory.runningAddress(data);
        }
        return Optional.of(connect == null ? "127.0.0.1:4610" : connect);
    }

    /** Connects to it. @throws magma.vulcano.UnreachableException when none runs */
    VulcanoClient connect() throws IOException {
        Path directory = data;
        String address =
                address().orElseThrow(() -> new magma.vulcano.UnreachableException("no vulcano runs on " + directory));
        return directory == null || identity.file() != null
                ? VulcanoClient.connectAs(identity.file(), address)
                : VulcanoClient.ofData(directory);
    }
}
