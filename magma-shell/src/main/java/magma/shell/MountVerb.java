package magma.shell;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import magma.vulcano.RemoteMount;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "mount",
        description = {
            "Mounts the filesystem that a vulcano serves. In the foreground, it ends when it is unmounted, and unmounts at Ctrl-C or"
                    + " SIGTERM.",
            "When the vulcano goes away the mount goes on with another one of its network, of those that are named here or known already;"
                    + " a vulcano without others it finds again when it is back."
        },
        footer = {
            "  magma mount 127.0.0.1:4610 /mnt/magma",
            "  magma mount 10.0.0.1:4610,10.0.0.2:4610,10.0.0.3:4610 /mnt/magma",
            "  magma mount --daemon --log /var/log/magma-mount.log 127.0.0.1:4610 /mnt/magma"
        })
final class MountVerb extends Verb {
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @Parameters(
            index = "0",
            paramLabel = "HOST:PORT[,HOST:PORT...]",
            description = "Where a vulcano listens, or several of one network.")
    private String address = "";

    @Parameters(index = "1", paramLabel = "DIR", description = "An empty directory.")
    private @Nullable Path directory;

    @Option(names = "--daemon", description = "Go to the background once mounted.")
    private boolean daemon;

    @Option(names = "--log", paramLabel = "FILE", description = "With --daemon, where it logs (default: nowhere).")
    private @Nullable Path log;

    @Option(names = "--pid-file", paramLabel = "FILE", description = "Where to write the process id, while mounted.")
    private @Nullable Path pidFile;

    @Mixin
    private final IdentityChoice identity = new IdentityChoice();

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (directory == null) {
            throw new IllegalArgumentException("DIR is missing");
        }
        return daemon ? inBackground(directory) : inForeground(directory);
    }

    private int inForeground(Path place) throws IOException, InterruptedException {
        RemoteMount mount = RemoteMount.mount(address, place, identity.file());
        Ending ending = new Ending(() -> end(mount));
        MemoryTrim trim = MemoryTrim.start();
        try {
            if (pidFile != null) {
                Files.writeString(pidFile, ProcessHandle.current().pid() + "\n");
            }
            err().println("Mounted " + address + " on " + place);
            Background.ready();
            mount.awaitEnd();
        } finally {
            trim.end();
            ending.end();
        }
        return ExitCode.OK;
    }

    private void end(RemoteMount mount) throws IOException {
        mount.close();
        if (pidFile != null) {
            Files.deleteIfExists(pidFile);
        }
    }

    private int inBackground(Path place) throws IOException, InterruptedException {
        Path to = log == null ? Files.createTempFile("magma-mount", ".log") : log;
        List<String> arguments = new ArrayList<>(List.of("mount", address, place.toString()));
        if (pidFile != null) {
            arguments.addAll(List.of("--pid-file", pidFile.toString()));
        }
        if (identity.file() != null) {
            arguments.addAll(List.of("--identity", identity.file().toString()));
        }
        try {
            Process process = Background.start(arguments, to, PATIENCE);
            out().println("Mounted " + address + " on " + place + ", process " + process.pid());
            return ExitCode.OK;
        } catch (Background.EndedException e) {
            err().println(e.getMessage());
            return e.status();
        } finally {
            if (log == null) {
                Files.deleteIfExists(to);
            }
        }
    }
}
