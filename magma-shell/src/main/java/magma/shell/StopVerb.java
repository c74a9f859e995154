package magma.shell;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import magma.vulcano.DataDirectory;
import magma.vulcano.UnreachableException;
import magma.vulcano.VulcanoClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "stop",
        description = "Stops a vulcano in order: it unmounts, ends its sessions, and flushes what it holds.",
        footer = {"  magma stop --data /srv/magma", "  magma stop --connect 127.0.0.1:4610"})
final class StopVerb extends Verb {
    @Mixin
    private final Target target = new Target();

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "How long to wait for its end (default: ${DEFAULT-VALUE}).")
    private long wait;

    @Override
    public Integer call() throws IOException, InterruptedException {
        long process = ask();
        if (!awaitEnd(process, Duration.ofSeconds(wait))) {
            err().println("magma: process " + process + " still runs after " + wait + " s; its log says why");
            return ExitCode.FAILED;
        }
        out().println("Stopped.");
        return ExitCode.OK;
    }

    /** @return the process that was asked to stop */
    private long ask() throws IOException {
        try (VulcanoClient client = target.connect()) {
            long process = client.status().pid();
            client.stop();
            return process;
        } catch (UnreachableException e) {
            Path data = target.data();
            Optional<Long> process = data == null ? Optional.empty() : DataDirectory.runningPid(data);
            if (process.isEmpty()) {
                throw e;
            }
            ProcessHandle.of(process.get()).ifPresent(ProcessHandle::destroy);
            return process.get();
        }
    }

    static boolean awaitEnd(long process, Duration patience) throws InterruptedException {
        Optional<ProcessHandle> handle = ProcessHandle.of(process);
        if (handle.isEmpty()) {
            return true;
        }
        try {
            ProcessHandle unused = handle.get().onExit().get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }
}
