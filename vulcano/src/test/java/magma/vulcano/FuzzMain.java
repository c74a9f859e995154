package magma.vulcano;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import magma.dht.transport.netty.NetAddress;
import magma.dht.transport.netty.RemoteSettings;
import magma.dht.transport.netty.RemoteVolume;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.identity.Identity;
import magma.identity.IdentityStore;

/** Fuzzes a vulcano in a process of its own: FuzzMain FRAMES SEED, in the directory of module vulcano. The last line says what came of it; exit status 1 for a failure. */
final class FuzzMain {
    /** A frame of each kind of message. */
    static final Path GOLDEN = Path.of("../dht-core/src/test/resources/magma/dht/wire/golden.properties");

    private static final int THREADS = 3;
    private static final int MOST_MEGABYTES = 1200;
    private static final int MOST_THREADS = 400;
    private static final int MOST_FILES = 600;

    private FuzzMain() {}

    public static void main(String[] arguments) throws Exception {
        long frames = Long.parseLong(arguments[0]);
        long seed = Long.parseLong(arguments[1]);
        Path top = Files.createTempDirectory("magma-fuzz");
        Process vulcano = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-Xmx512m",
                        "-Dmagma.log=WARN",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "magma.vulcano.FuzzedVulcano",
                        top.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        int status = 1;
        try {
            BufferedReader said =
                    new BufferedReader(new InputStreamReader(vulcano.getInputStream(), StandardCharsets.UTF_8));
            String address = said.readLine();
            Queue<String> errors = new ConcurrentLinkedQueue<>();
            daemon(() -> drain(said, errors));
            status = fuzz(NetAddress.parse(address), top, vulcano, errors, frames, seed);
        } finally {
            vulcano.getOutputStream().close();
            if (!vulcano.waitFor(60, TimeUnit.SECONDS)) {
                vulcano.destroyForcibly();
            }
            delete(top);
        }
        System.exit(status);
    }

    private static int fuzz(NetAddress door, Path top, Process vulcano, Queue<String> errors, long frames, long seed)
            throws Exception {
        IdentityStore.Entry operator =
                IdentityStore.in(top.resolve("people")).findDefault().orElseThrow();
        Fuzzer fuzzer = new Fuzzer(door, operator.directory(), GOLDEN);
        List<String> failures = new ArrayList<>();
        AtomicBoolean enough = new AtomicBoolean();
        Good good = new Good(door, operator.identity(), enough);
        Thread other = daemon(good);
        long began = System.nanoTime();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            long own = seed * THREADS + i;
            threads.add(daemon(() -> fuzzer.run(own, frames)));
        }
        String most = "";
        while (threads.stream().anyMatch(Thread::isAlive) && vulcano.isAlive() && failures.isEmpty()) {
            TimeUnit.SECONDS.sleep(2);
            most = measure(vulcano.pid(), failures);
        }
        enough.set(true);
        other.join(TimeUnit.SECONDS.toMillis(120));
        if (other.isAlive()) {
            failures.add("the other client hangs");
        }
        failures.addAll(good.failures);
        failures.addAll(fuzzer.failures());
        failures.addAll(errors);
        if (!vulcano.isAlive()) {
            failures.add("the vulcano ended");
        }
        failures.forEach(System.out::println);
        System.out.printf(
                "%d frames, %d connections, %d s, %d rounds of another client, %s: %s%n",
                fuzzer.frames(),
                fuzzer.connections(),
                TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began),
                good.rounds.get(),
                most,
                failures.isEmpty() ? "no failure" : failures.size() + " failures");
        return failures.isEmpty() ? 0 : 1;
    }

    /** Linux's figures of the vulcano's process, each of which must stay bounded. */
    private static String measure(long pid, List<String> failures) throws IOException {
        Path process = Path.of("/proc/" + pid);
        long megabytes = 0;
        long threads = 0;
        long files;
        try {
            for (String line : Files.readAllLines(process.resolve("status"))) {
                if (line.startsWith("VmRSS:")) {
                    megabytes = Long.parseLong(line.replaceAll("\\D", "")) >> 10;
                } else if (line.startsWith("Threads:")) {
                    threads = Long.parseLong(line.replaceAll("\\D", ""));
                }
            }
            try (Stream<Path> open = Files.list(process.resolve("fd"))) {
                files = open.count();
            }
        } catch (java.nio.file.NoSuchFileException gone) {
            return "";
        }
        String figures = megabytes + " MB, " + threads + " threads, " + files + " files open";
        if (megabytes > MOST_MEGABYTES || threads > MOST_THREADS || files > MOST_FILES) {
            failures.add("too much: " + figures);
        }
        return figures;
    }

    /** One who behaves. */
    private static final class Good implements Runnable {
        private final NetAddress door;
        private final Identity identity;
        private final AtomicBoolean enough;
        private final List<String> failures = new ArrayList<>();
        private final AtomicInteger rounds = new AtomicInteger();

        Good(NetAddress door, Identity identity, AtomicBoolean enough) {
            this.door = door;
            this.identity = identity;
            this.enough = enough;
        }

        @Override
        public void run() {
            try (RemoteVolume volume = new RemoteVolume(RemoteSettings.of(door, Identities.of(identity)))) {
                FileSystem session = volume.openSession("well behaved", ChangeListener.NONE);
                while (!enough.get()) {
                    LavaContent.write(session, "round" + rounds + "-", 1);
                    LavaContent.assertHolds(session, "round" + rounds + "-", 1);
                    rounds.incrementAndGet();
                    TimeUnit.MILLISECONDS.sleep(50);
                }
                session.close();
            } catch (IOException | RuntimeException | AssertionError | InterruptedException e) {
                failures.add("the other client, in round " + rounds + ": " + e);
            }
        }
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** What the vulcano calls an error is one: nothing that a client sends may come to that. */
    private static void drain(BufferedReader said, Queue<String> errors) {
        try {
            for (String line = said.readLine(); line != null; line = said.readLine()) {
                System.out.println(line);
                if (line.contains(" ERROR ")) {
                    errors.add(line);
                }
            }
        } catch (IOException e) {
            // It has ended.
        }
    }

    private static void delete(Path top) throws IOException {
        try (Stream<Path> all = Files.walk(top)) {
            for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
