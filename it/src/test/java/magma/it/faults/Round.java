package magma.it.faults;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.vulcano.VulcanoClient;

/** One fault under load, from a network that is whole to one that is whole again, and what came of it. */
final class Round {
    private static final int CLIENTS_AT_EACH = 2;
    private static final long WARM_UP_MILLIS = 700;
    private static final long PATIENCE_SECONDS = 90;

    private final Lab lab;
    private final Fault fault;
    private final Registers registers;
    private final long seed;
    private final PrintStream out;
    private final List<String> problems = new ArrayList<>();
    private long acknowledged;
    private int lost;
    private int wrong;
    private long differing;
    private double stall;
    private double redundancy;

    Round(Lab lab, Fault fault, Registers registers, long seed, PrintStream out) {
        this.lab = lab;
        this.fault = fault;
        this.registers = registers;
        this.seed = seed;
        this.out = out;
    }

    /**
     * What came of it.
     *
     * @param lost acknowledged operations that are not as they were
     * @param wrong histories that can not have been, and contents that nobody wrote
     * @param differing problems between replicas
     * @param stall the longest call of a client, in seconds; of those that stay with a vulcano that is cut off, or hangs, none
     * @param redundancy seconds from the mending until all slices were in sync on three
     */
    record Result(
            long acknowledged,
            int lost,
            int wrong,
            long differing,
            double stall,
            double redundancy,
            List<String> problems) {}

    Result run() throws IOException, InterruptedException {
        Random random = new Random(seed);
        int victim = random.nextInt(Lab.SIZE);
        int witness = (victim + 1 + random.nextInt(Lab.SIZE - 1)) % Lab.SIZE;
        if (fault == Fault.KILL) {
            for (int tries = 0; tries < Lab.SIZE && lab.leads(victim, witness) == 0; tries++) {
                witness = victim;
                victim = (victim + 1) % Lab.SIZE;
            }
        }
        int led = lab.leads(victim, witness);
        Key directory = directory(witness);
        List<LoadClient> clients;
        try (Load load = new Load(registers, directory)) {
            begin(load, victim);
            Thread.sleep(WARM_UP_MILLIS);
            double calm = load.stallSeconds();
            long struck = System.nanoTime();
            Fault.Mending mending = fault.strike(lab, victim, random);
            Thread.sleep(TimeUnit.SECONDS.toMillis(fault.seconds()));
            if (fault != Fault.RESTART) {
                awaitMoving(load, struck);
            }
            double atHealing = load.stallSeconds();
            long healed = System.nanoTime();
            mending.mend();
            redundancy = (lab.awaitWhole(witness) - healed) / 1e9;
            awaitMoving(load, System.nanoTime());
            load.stop();
            stall = load.stallSeconds();
            acknowledged = load.acknowledged();
            out.printf(
                    "  vulcano %d, led %d; acknowledged %d; stall %.2f s (calm %.2f, until mended %.2f; %s); whole after %.2f s; failures %s%n",
                    victim, led, acknowledged, stall, calm, atHealing, load.longestCall(), redundancy, load.failures());
            out.printf(
                    "  mended at %.2f; calls of more than 0.1 s, since the fault: %s%n",
                    (healed - struck) / 1e9, load.slowSince(struck));
            clients = load.clients();
        }
        verify(directory, victim, clients);
        return new Result(acknowledged, lost, wrong, differing, stall, redundancy, problems);
    }

    /** Two at each vulcano, which go on at another where it fails; and one that stays with the victim, where it might tell what is no longer so. */
    private void begin(Load load, int victim) throws IOException {
        for (int slot = 0; slot < Lab.SIZE; slot++) {
            if (slot == victim && fault.isCut()) {
                continue;
            }
            List<String> addresses = new ArrayList<>();
            for (int next = 0; next < Lab.SIZE; next++) {
                addresses.add(lab.address((slot + next) % Lab.SIZE));
            }
            for (int client = 0; client < CLIENTS_AT_EACH; client++) {
                load.add("r" + seed + "v" + slot + "c" + client, addresses, false, seed * 31 + slot * 7L + client);
            }
        }
        if (fault.isCut() || fault == Fault.HANG) {
            load.add("r" + seed + "v" + victim + "stays", List.of(lab.address(victim)), true, seed * 31 + 30);
        }
    }

    private void awaitMoving(Load load, long since) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!load.isMovingSince(since)) {
            if (System.nanoTime() > deadline) {
                throw new IOException("clients do not go on; failures " + load.failures() + load.standingSince(since));
            }
            Thread.sleep(20);
        }
    }

    /** Where the clients work; made where it is not there. */
    private Key directory(int through) throws IOException {
        List<AutoCloseable> endings = new ArrayList<>();
        try {
            FileSystem session = Load.session(List.of(lab.address(through)), endings);
            try {
                return session.makeDirectory(Caller.ROOT, session.root(), Name.of("load"), 0755)
                        .key();
            } catch (FsException e) {
                if (e.errno() != Errno.EEXIST) {
                    throw e;
                }
                return session.lookup(Caller.ROOT, session.root(), Name.of("load"))
                        .key();
            }
        } finally {
            close(endings);
        }
    }

    private static void close(List<AutoCloseable> endings) throws IOException {
        for (AutoCloseable each : endings) {
            try {
                each.close();
            } catch (Exception e) {
                throw new IOException(e);
            }
        }
    }

    private void verify(Key directory, int through, List<LoadClient> clients) throws IOException, InterruptedException {
        List<AutoCloseable> endings = new ArrayList<>();
        try {
            Files files = new Files(Load.session(List.of(lab.address(through)), endings), directory, new Gauge());
            Verifier verifier = new Verifier(files);
            verifier.verify(registers, clients);
            lost = verifier.lost().size();
            wrong = verifier.wrong().size();
            problems.addAll(verifier.lost());
            problems.addAll(verifier.wrong());
            check(through);
            verifier.cleanUp(clients);
        } finally {
            close(endings);
        }
    }

    private void check(int through) throws IOException, InterruptedException {
        try (VulcanoClient client = VulcanoClient.connect(lab.address(through))) {
            VulcanoClient.Findings replicas = client.compareReplicas();
            differing = replicas.total();
            replicas.problems().forEach(problem -> problems.add("fsck --replicas: " + problem));
            VulcanoClient.Findings names = client.check();
            names.problems().forEach(problem -> problems.add("fsck: " + problem));
        }
    }
}
