package magma.it.faults;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import magma.it.LavaNetwork;
import magma.it.LavaVulcano;
import magma.vulcano.VulcanoClient;

/** A network of three vulcanos, each a process in a network namespace of its own with a small disk of its own, and what may befall them. */
final class Lab {
    static final int SIZE = 3;
    private static final String PORT = ":4610";
    private static final String DISK = "size=1500m";
    private static final long PATIENCE_SECONDS = 120;
    private static final long LOOK_MILLIS = 100;

    private final Path top;
    private final Namespaces spaces;
    private final LavaNetwork network;

    /** In which namespace each vulcano is, by number. */
    private final Map<Integer, Integer> slots;

    /** Who runs in each namespace. */
    private final List<LavaVulcano> vulcanos = new ArrayList<>();

    private final List<Path> disks = new ArrayList<>();
    private int started;

    private Lab(Path top, Namespaces spaces, LavaNetwork network, Map<Integer, Integer> slots) {
        this.top = top;
        this.spaces = spaces;
        this.network = network;
        this.slots = slots;
    }

    static Lab make(Path top) throws IOException, InterruptedException {
        Namespaces spaces = Namespaces.make(SIZE);
        Map<Integer, Integer> slots = new ConcurrentHashMap<>();
        try {
            for (int slot = 0; slot < SIZE; slot++) {
                slots.put(slot, slot);
            }
            mountDisk(spaces.name(), top.resolve("data-0"));
            LavaNetwork network = LavaNetwork.start(
                    new LavaNetwork.Plan(
                            top,
                            number -> spaces.host(slots.getOrDefault(number, 0)) + PORT,
                            number -> spaces.prefix(slots.getOrDefault(number, 0)),
                            number -> List.of()),
                    1);
            Lab lab = new Lab(top, spaces, network, slots);
            lab.disks.add(top.resolve("data-0"));
            lab.vulcanos.add(network.vulcano(0));
            lab.started = 1;
            while (lab.vulcanos.size() < SIZE) {
                lab.vulcanos.add(lab.addTo(lab.vulcanos.size()));
            }
            return lab;
        } catch (IOException | InterruptedException | RuntimeException e) {
            spaces.close();
            throw e;
        }
    }

    private LavaVulcano addTo(int slot) throws IOException, InterruptedException {
        int number = started++;
        slots.put(number, slot);
        Path data = top.resolve("data-" + number);
        mountDisk(spaces.name(), data);
        disks.add(data);
        return network.add();
    }

    private static void mountDisk(String lab, Path data) throws IOException, InterruptedException {
        java.nio.file.Files.createDirectories(data);
        Namespaces.Commands.demand(List.of("mount", "-t", "tmpfs", "-o", DISK, lab, data.toString()));
    }

    String address(int slot) {
        return spaces.host(slot) + PORT;
    }

    LavaVulcano at(int slot) {
        return vulcanos.get(slot);
    }

    Namespaces spaces() {
        return spaces;
    }

    void signal(int slot, String signal) throws IOException, InterruptedException {
        Namespaces.Commands.demand(List.of("kill", "-" + signal, Long.toString(at(slot).pid())));
    }

    Path filler(int slot) {
        return at(slot).data().resolve("filler");
    }

    /** Writes until the disk takes no more. */
    void fill(int slot) throws IOException, InterruptedException {
        List<String> all =
                List.of("dd", "if=/dev/zero", "of=" + filler(slot), "status=none", "oflag=append", "conv=notrunc");
        for (String size : List.of("1M", "4k")) {
            List<String> command = new ArrayList<>(all);
            command.add("bs=" + size);
            String unused = Namespaces.Commands.run(command);
        }
    }

    /** The vulcano's disk is gone: it is expelled, and another takes its place. */
    void replace(int slot, int through) throws IOException, InterruptedException {
        Path data = at(slot).data();
        String lostId = id(slot, through);
        Namespaces.Commands.demand(List.of("umount", "-l", data.toString()));
        disks.remove(data);
        try (VulcanoClient client = VulcanoClient.connect(address(through))) {
            client.expel(lostId);
        }
        vulcanos.set(slot, addTo(slot));
    }

    private String id(int slot, int through) throws IOException {
        for (VulcanoClient.VulcanoOf each : lava(through).vulcanos()) {
            if (each.address().equals(address(slot)) && !each.state().equals("expelled")) {
                return each.id();
            }
        }
        throw new IOException("no vulcano is known at " + address(slot));
    }

    VulcanoClient.Lava lava(int slot) throws IOException {
        try (VulcanoClient client = VulcanoClient.connect(address(slot))) {
            return client.lava();
        }
    }

    /** How many slices each namespace's vulcano leads. */
    int leads(int slot, int through) throws IOException {
        return lava(through).vulcanos().stream()
                .filter(each -> each.address().equals(address(slot)))
                .mapToInt(VulcanoClient.VulcanoOf::primaries)
                .sum();
    }

    /** Waits until every slice is in sync on three and three vote in the council, as one vulcano says. @return nanoseconds when it was so */
    long awaitWhole(int through) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        String last = "nothing";
        while (System.nanoTime() < deadline) {
            try {
                VulcanoClient.Lava lava = lava(through);
                last = lava.vulcanos().toString();
                int held = lava.vulcanos().stream()
                        .mapToInt(each -> each.primaries() + each.backups())
                        .sum();
                int behind = lava.vulcanos().stream()
                        .mapToInt(VulcanoClient.VulcanoOf::behind)
                        .sum();
                long voters = LavaNetwork.voters(lava.vulcanos().stream().map(VulcanoClient.VulcanoOf::council));
                if (held == lava.slices() * SIZE && behind == 0 && voters >= SIZE) {
                    return System.nanoTime();
                }
            } catch (IOException e) {
                last = String.valueOf(e.getMessage());
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        throw new IOException("not all slices are in sync on three; vulcano " + through + " says " + last);
    }

    /** Has each process that runs write to its log what its threads are at. */
    void dumpThreads() throws IOException, InterruptedException {
        for (LavaVulcano vulcano : vulcanos) {
            if (vulcano.isRunning()) {
                String unused = Namespaces.Commands.run(List.of("kill", "-QUIT", Long.toString(vulcano.pid())));
            }
        }
        TimeUnit.SECONDS.sleep(2);
    }

    public void close() throws IOException, InterruptedException {
        for (LavaVulcano vulcano : network.vulcanos()) {
            if (vulcano.isRunning()) {
                String unused = Namespaces.Commands.run(List.of("kill", "-CONT", Long.toString(vulcano.pid())));
            }
        }
        network.close();
        for (Path disk : disks) {
            String unused = Namespaces.Commands.run(List.of("umount", "-l", disk.toString()));
        }
        spaces.close();
    }
}
