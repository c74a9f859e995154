package magma.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "demo",
        description = {
            "Starts a network of three vulcanos on loopback, each a process, with all on each of them; mounts it, puts a small tree in, shows where flares live,"
                    + " and gives you a prompt in the mount. At the end it unmounts and stops, and nothing is left.",
            "With --batch, runs a file of shell commands in the mount and exits with its status."
        },
        footer = {
            "  magma demo",
            "  magma demo --dir /tmp/lava --keep",
            "  echo 'cp -a /etc . && du -sh etc' > try.sh && magma demo --batch try.sh"
        })
final class DemoVerb extends Verb {
    @Option(
            names = "--vulcanos",
            paramLabel = "N",
            defaultValue = "3",
            description = "How many vulcanos, up to " + DemoNetwork.MOST + " (default: ${DEFAULT-VALUE}).")
    private int vulcanos = 3;

    @Option(
            names = "--dir",
            paramLabel = "DIR",
            description = "Where the network's data is kept (default: a temporary directory).")
    private @Nullable Path directory;

    @Option(names = "--mount", paramLabel = "DIR", description = "Where to mount (default: in the directory of --dir).")
    private @Nullable Path mount;

    @Option(
            names = "--batch",
            paramLabel = "FILE",
            description = "Run the shell commands in FILE and exit with their status.")
    private @Nullable Path batch;

    @Option(names = "--keep", description = "Leave the data directory, and say where it is.")
    private boolean keep;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (vulcanos < 1 || vulcanos > DemoNetwork.MOST) {
            throw new IllegalArgumentException("--vulcanos takes 1 to " + DemoNetwork.MOST);
        }
        if (batch != null && !Files.isReadable(batch)) {
            throw new IllegalArgumentException(batch + " cannot be read");
        }
        if (!DemoRequirements.areMet(err())) {
            return ExitCode.FAILED;
        }
        AtomicReference<@Nullable DemoNetwork> network = new AtomicReference<>();
        Ending ending = new Ending(() -> end(network.get()));
        try {
            DemoNetwork started = new DemoNetwork(DemoPlace.make(directory, mount, keep), err(), vulcanos);
            network.set(started);
            started.start();
            DemoTree.plant(started.mount());
            if (batch == null) {
                started.showVulcanos(out());
                DemoTour tour = new DemoTour(started, out());
                tour.showTree();
                tour.showPlaces();
                return new DemoPrompt(started, out()).run();
            }
            // Standard output is the batch's own.
            started.showVulcanos(err());
            new DemoTour(started, err()).showPlaces();
            return started.run("sh", batch.toAbsolutePath().toString());
        } finally {
            ending.end();
        }
    }

    private static void end(@Nullable DemoNetwork network) throws IOException {
        if (network != null) {
            network.close();
        }
    }
}
