package magma.vulcano;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
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

/**
 * Fuzzes a vulcano that the command "magma" starts, as the product runs: FuzzMain MAGMA FRAMES SEED, in the directory of module vulcano. The last line says what came of it;
 * exit status 1 for a failure.
 */
final class FuzzMain {
    /** A frame of each kind of message. */
    static final Path GOLDEN = Path.of("../dht-core/src/test/resources/magma/dht/wire/golden.properties");

    private static final int THREADS = 4;
    private static final int SAMPLES = 20;
    private static final int MOST_MEGABYTES = 900;
    private static final int MOST_THREADS = 400;
    private static final int MOST_FILES = 600;
    private static final int MOST_ERRORS = 20;
    private static final Duration START = Duration.ofMinutes(5);

    private FuzzMain() {}

    public static void main(String[] arguments) throws Exception {
        long frames = Long.parseLong(arguments[1]);
        long seed = Long.parseLong(arguments[2]);
        Path top = Files.createTempDirectory("magma-fuzz");
        Path data = top.resolve("vulcano");
        ProcessBuilder command = new ProcessBuilder(
                        arguments[0],
                        "start",
                        "--create",
                        "--data",
                        data.toString(),
                        "--listen",
                        "127.0.0.1:0",
                        "--while",
                        Long.toString(ProcessHandle.current().pid()))
                .redirectErrorStream(true);
        command.environment().put("MAGMA_CONFIG", top.resolve("people").toString());
        Process vulcano = command.start();
        String result = "it broke off";
        try {
            Queue<String> errors = new ConcurrentLinkedQueue<>();
            CountDownLatch ready = new CountDownLatch(1);
            Thread drains = daemon(() -> drain(vulcano, ready, errors));
            if (!ready.await(START.toSeconds(), TimeUnit.SECONDS)) {
                throw new IOException("the vulcano does not start");
            }
            NetAddress door =
                    NetAddress.parse(DataDirectory.runningAddress(data).orElseThrow());
            result = fuzz(door, top, vulcano, errors, frames, seed);
            vulcano.destroy();
            drains.join(TimeUnit.SECONDS.toMillis(60));
        } finally {
            vulcano.destroy();
            if (!vulcano.waitFor(60, TimeUnit.SECONDS)) {
                vulcano.destroyForcibly();
            }
            delete(top);
            System.out.println(result);
        }
        System.exit(result.endsWith(": no failure") ? 0 : 1);
    }

    /** @return what came of it, on one line */
    private static String fuzz(NetAddress door, Path top, Process vulcano, Queue<String> errors, long frames, long seed)
            throws Exception {
        IdentityStore people = IdentityStore.in(top.resolve("people"));
        IdentityStore.Entry operator = people.findDefault().orElseThrow();
        Path member;
        try (VulcanoClient client = VulcanoClient.connect(door.toString(), Identities.of(operator.identity()))) {
            member = Fuzzer.addMember(
                    VulcanoSettings.of(top.resolve("member"), false, "lava", "127.0.0.1:0", null),
                    Surroundings.usual(),
                    client.inviteVulcano(Duration.ofHours(1)));
        }
        Fuzzer fuzzer = new Fuzzer(door, operator.directory(), member, GOLDEN);
        List<String> failures = new ArrayList<>();
        AtomicBoolean enough = new AtomicBoolean();
        Good good = new Good(door, operator.identity(), enough);
        Thread other = daemon(good);
        ProcessFigures figures = new ProcessFigures(vulcano.pid());
        long began = System.nanoTime();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            long own = seed * THREADS + i;
            threads.add(daemon(() -> fuzzer.run(own, frames)));
        }
        long step = Math.max(1, frames / SAMPLES);
        long next = step;
        ProcessFigures.Figures last = figures.take(0);
        while (threads.stream().anyMatch(Thread::isAlive)
                && vulcano.isAlive()
                && failures.isEmpty()
                && errors.size() < MOST_ERRORS) {
            TimeUnit.SECONDS.sleep(1);
            if (fuzzer.frames() >= next && vulcano.isAlive()) {
                fuzzer.rest();
                try {
                    last = figures.take(fuzzer.frames());
                } finally {
                    fuzzer.goOn();
                }
                System.out.printf("%d frames, %d s, %s: %s%n", last.frames(), since(began), fuzzer.reach(), last);
                check(last, failures);
                next = fuzzer.frames() + step;
            }
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
        failures.addAll(figures.growth(frames));
        failures.forEach(System.out::println);
        return String.format(
                "%d frames, %s, %d s, %d rounds of another client, %s: %s",
                fuzzer.frames(),
                fuzzer.reach(),
                since(began),
                good.rounds.get(),
                last,
                failures.isEmpty() ? "no failure" : failures.size() + " failures");
    }

    private static long since(long began) {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
    }

    /** Each must stay bounded, whatever it was before. */
    private static void check(ProcessFigures.Figures figures, List<String> failures) {
        if (figures.residentMegabytes() > MOST_MEGABYTES
                || figures.threads() > MOST_THREADS
                || figures.files() > MOST_FILES) {
            failures.add("too much: " + figures);
        }
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
    private static void drain(Process vulcano, CountDownLatch ready, Queue<String> errors) {
        try (BufferedReader said =
                new BufferedReader(new InputStreamReader(vulcano.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = said.readLine(); line != null; line = said.readLine()) {
                System.out.println(line);
                if (line.contains("Ready: ")) {
                    ready.countDown();
                } else if (line.contains(" ERROR ")) {
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
