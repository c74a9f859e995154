package magma.shell;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import magma.vulcano.DataDirectory;
import magma.vulcano.Vulcano;
import magma.vulcano.VulcanoSettings;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "start",
        description = {
            "Starts a vulcano on a data directory. In the foreground, it logs to stderr, says \"Ready\" when it serves, and ends in"
                    + " order at Ctrl-C or SIGTERM.",
            "An empty or missing directory is refused unless --create is given: a disk that is not mounted must not become a new"
                    + " filesystem."
        },
        footer = {
            "  magma start --data /srv/magma --create --mount /mnt/magma",
            "  magma start --data /srv/magma --listen 127.0.0.1:4711 --daemon",
            "  magma invite | magma start --data /srv/second --token - --listen 127.0.0.1:4612",
            "  magma invite | magma start --data /srv/third --token - --witness --listen 127.0.0.1:4613"
        })
final class StartVerb extends Verb {
    private static final String USUAL = "127.0.0.1:4610";
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    @Option(names = "--data", paramLabel = "DIR", required = true, description = "The data directory.")
    private @Nullable Path data;

    @Option(
            names = "--create",
            description =
                    "Make a new network, of one vulcano that others may join; the directory must be empty, or hold an attempt at"
                            + " this that was not finished.")
    private boolean create;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            defaultValue = VulcanoSettings.NAME,
            description = "The new network's name, for people (default: ${DEFAULT-VALUE}).")
    private String name = VulcanoSettings.NAME;

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            description =
                    "Where clients and other vulcanos connect. Port 0 takes any that is free (default: where it listened last, else "
                            + USUAL + ").")
    private @Nullable String listen;

    @Option(
            names = "--alone",
            description =
                    "With --create: a vulcano that no other can ever join. Nothing is encrypted, and only this machine can connect.")
    private boolean alone;

    @Option(names = "--joinable", hidden = true, description = "As usual: a network that others may join.")
    private boolean joinable;

    @Mixin
    private final TokenSource tokens = new TokenSource();

    @Option(
            names = "--join",
            paramLabel = "HOST:PORT",
            description = "With --token, the vulcano to join at (default: those that the token names).")
    private @Nullable String join;

    @Option(
            names = "--witness",
            description =
                    "With a token: vote in the network's council and store nothing, as the third beside two vulcanos that store.")
    private boolean witness;

    @Option(names = "--mount", paramLabel = "DIR", description = "Mount the filesystem there, in the same process.")
    private @Nullable Path mount;

    @Option(
            names = "--daemon",
            description =
                    "Go to the background once ready; log to vulcano.log, process id to vulcano.pid in the data directory.")
    private boolean daemon;

    @Option(names = "--while", hidden = true, paramLabel = "PID", description = "Stop when that process ends.")
    private @Nullable Long companion;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (data == null) {
            throw new IllegalArgumentException("--data is missing");
        }
        String token = create && !tokens.isGiven() ? null : tokens.token();
        if (token != null && !tokens.isGiven() && !DataDirectory.isEmpty(data)) {
            // Of the environment, and there since it joined.
            token = null;
        }
        if (join != null && token == null) {
            throw new IllegalArgumentException("--join takes a token; \"magma invite\" prints one");
        }
        VulcanoSettings settings = VulcanoSettings.of(data, create, name, listenAt(data), mount);
        if (alone && (!create || joinable)) {
            throw new IllegalArgumentException("--alone is for a new network that nobody joins: add --create");
        }
        if (token != null) {
            settings = settings.joining(token, join);
        } else if (create && !alone) {
            settings = settings.asJoinable();
        }
        if (witness) {
            settings = settings.asWitness();
        }
        return daemon ? inBackground(data, token) : inForeground(settings);
    }

    private String listenAt(Path directory) throws IOException {
        return listen != null ? listen : DataDirectory.lastAddress(directory).orElse(USUAL);
    }

    private int inForeground(VulcanoSettings settings) throws IOException, InterruptedException {
        Vulcano vulcano = Vulcano.start(settings);
        Ending ending = new Ending(vulcano::close);
        MemoryTrim trim = MemoryTrim.start();
        try {
            if (companion != null) {
                ProcessHandle.of(companion)
                        .map(ProcessHandle::onExit)
                        .ifPresentOrElse(end -> end.thenRun(vulcano::close).exceptionally(e -> null), vulcano::close);
            }
            Background.ready();
            vulcano.awaitEnd();
        } finally {
            trim.end();
            ending.end();
        }
        Optional<String> refusal = vulcano.refusal();
        refusal.ifPresent(reason -> err().println("magma: " + reason));
        return refusal.isPresent() ? ExitCode.REFUSED : ExitCode.OK;
    }

    private int inBackground(Path directory, @Nullable String token) throws IOException, InterruptedException {
        DataDirectory.precheck(directory, create || token != null).ifPresent(out()::println);
        List<String> arguments = new ArrayList<>(
                List.of("start", "--data", directory.toString(), "--name", name, "--listen", listenAt(directory)));
        if (create) {
            arguments.add("--create");
        }
        if (alone) {
            arguments.add("--alone");
        }
        if (witness) {
            arguments.add("--witness");
        }
        if (join != null) {
            arguments.addAll(List.of("--join", join));
        }
        if (mount != null) {
            arguments.addAll(List.of("--mount", mount.toString()));
        }
        Path log = DataDirectory.log(directory);
        try {
            Map<String, String> environment = token == null ? Map.of() : Map.of(TokenSource.VARIABLE, token);
            Process process = Background.start(arguments, environment, log, PATIENCE);
            out().println("Ready on "
                    + DataDirectory.runningAddress(directory).orElse("its address") + ", process " + process.pid()
                    + ", log in "
                    + log + (mount == null ? "" : ", mounted on " + mount));
            return ExitCode.OK;
        } catch (Background.EndedException e) {
            err().println(e.getMessage());
            return e.status();
        }
    }
}
