package magma.shell;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import magma.vulcano.DataDirectory;
import magma.vulcano.Mounts;
import magma.vulcano.VulcanoClient;
import org.jspecify.annotations.Nullable;

/** The network of a demo: vulcanos in processes of their own, the first of which mounts it. They end with the process that made them, whatever happens to that. */
final class DemoNetwork implements AutoCloseable {
    /** The most vulcanos of a demo. */
    static final int MOST = 5;

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** So many of each slice, where there are as many vulcanos. */
    private static final int REPLICAS = 3;

    private static final long LOOK_MILLIS = 100;

    private final DemoPlace place;
    private final PrintWriter progress;
    private final int count;
    private final List<Process> vulcanos = new CopyOnWriteArrayList<>();
    private volatile @Nullable Process command;

    /** @param count how many vulcanos, 1 to {@value #MOST} */
    DemoNetwork(DemoPlace place, PrintWriter progress, int count) {
        this.count = count;
        this.place = place;
        this.progress = progress;
    }

    Path data() {
        return place.data();
    }

    Path mount() {
        return place.mount();
    }

    void start() throws IOException, InterruptedException {
        long began = System.nanoTime();
        boolean again = place.hasNetwork();
        if (again) {
            startAgain();
        } else {
            found();
        }
        awaitReplicas();
        progress.printf(
                "%s a network of %s on %s, mounted on %s (%s)%n",
                again ? "Started again" : "Made",
                count == 1 ? "one vulcano" : count + " vulcanos",
                DataDirectory.runningAddress(place.data()).orElse("?"),
                place.mount(),
                Texts.time(Duration.ofNanos(System.nanoTime() - began)));
    }

    /** One after another: each is invited by the first. */
    private void found() throws IOException, InterruptedException {
        begin(1, List.of("--name", "demo", "--create", "--mount", place.mount().toString()));
        for (int number = 2; number <= count; number++) {
            String token;
            try (VulcanoClient inviting = VulcanoClient.ofData(place.data())) {
                token = inviting.inviteVulcano(Duration.ofMinutes(5));
            }
            begin(number, List.of("--token", token));
        }
    }

    /** Every slice is soon where it shall be; says how far that is. */
    private void awaitReplicas() throws IOException, InterruptedException {
        ProgressLine line = new ProgressLine(progress);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try (VulcanoClient client = connect()) {
            while (true) {
                VulcanoClient.Lava lava = client.lava();
                long held = lava.vulcanos().stream()
                        .mapToLong(v -> v.primaries() + v.backups())
                        .sum();
                long wanted = lava.slices() * Math.min(REPLICAS, lava.vulcanos().size());
                line.at(held, wanted);
                if (held >= wanted) {
                    return;
                }
                if (System.nanoTime() - deadline > 0) {
                    throw new IOException(held + " of " + wanted + " replicas are where they shall be; the logs are in "
                            + place.top());
                }
                TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            }
        } finally {
            line.end();
        }
    }

    /** The table of vulcanos. */
    void showVulcanos(PrintWriter out) throws IOException {
        try (VulcanoClient client = connect()) {
            out.println();
            LavaVerb.print(client.lava(), out);
            out.println();
            out.flush();
        }
    }

    /** All at once: the council answers when most of it is there. */
    private void startAgain() throws IOException, InterruptedException {
        List<CompletableFuture<Void>> begun = new ArrayList<>();
        for (int number = 1; number <= count; number++) {
            int each = number;
            List<String> more = number == 1 ? List.of("--mount", place.mount().toString()) : List.of();
            begun.add(CompletableFuture.runAsync(
                    () -> {
                        try {
                            begin(each, more);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    },
                    task -> new Thread(task, "demo-start").start()));
        }
        try {
            CompletableFuture.allOf(begun.toArray(CompletableFuture[]::new)).get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof UncheckedIOException known ? known.getCause() : new IOException(e.getCause());
        }
    }

    private void begin(int number, List<String> more) throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(
                "start",
                "--data",
                place.data(number).toString(),
                "--listen",
                DataDirectory.lastAddress(place.data(number)).orElse("127.0.0.1:0"),
                "--while",
                Long.toString(ProcessHandle.current().pid())));
        arguments.addAll(more);
        try {
            vulcanos.add(Background.start(
                    arguments, Map.of("MAGMA_CONFIG", place.config().toString()), place.log(number), PATIENCE));
        } catch (Background.EndedException e) {
            throw new IOException("vulcano " + number + " did not start:\n" + e.getMessage(), e);
        }
    }

    VulcanoClient connect() throws IOException {
        Optional<String> address = DataDirectory.runningAddress(place.data());
        if (address.isEmpty()) {
            throw new IOException("the vulcano has ended; its log is " + place.log());
        }
        return VulcanoClient.ofData(place.data());
    }

    /** Runs a command on this machine, in the mount, with this terminal. @return its exit status */
    int run(String... words) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(words)
                .directory(place.mount().toFile())
                .inheritIO()
                .start();
        command = process;
        try {
            return process.waitFor();
        } finally {
            command = null;
        }
    }

    /** Ends the command that runs, unmounts, stops the vulcanos, and removes what was made. */
    @Override
    public void close() throws IOException {
        endCommand();
        boolean began = !vulcanos.isEmpty();
        // The one that mounts first: what it still has goes to the others.
        for (List<Process> next : List.of(some(0, 1), some(1, vulcanos.size()))) {
            next.forEach(Process::destroy);
            for (Process process : next) {
                awaitEnd(process);
            }
        }
        takeMountAway();
        place.remove();
        if (place.keep()) {
            progress.println("Stopped. The data is in " + place.top() + "; to go on: magma demo --dir " + place.top()
                    + " --keep");
        } else if (began) {
            progress.println("Unmounted, stopped, and removed.");
        }
    }

    private List<Process> some(int from, int to) {
        int size = vulcanos.size();
        return List.copyOf(vulcanos.subList(Math.min(from, size), Math.min(to, size)));
    }

    private void awaitEnd(Process process) throws IOException {
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                progress.println("A vulcano does not stop; it is killed. The logs are in " + place.top());
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void endCommand() {
        Process running = command;
        if (running != null) {
            running.descendants().forEach(ProcessHandle::destroy);
            running.destroy();
        }
    }

    /** A vulcano that was killed leaves its mount behind. */
    private void takeMountAway() {
        try {
            boolean unused = Mounts.unmount(place.mount(), true);
        } catch (IOException notMounted) {
            return;
        }
    }
}
