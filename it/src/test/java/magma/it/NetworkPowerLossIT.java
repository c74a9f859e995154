package magma.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import magma.fuse.FuseMount;
import magma.fuse.FuseSettings;
import magma.testkit.disk.DiskImage;
import magma.testkit.disk.ForgetfulVolume;
import magma.testkit.fs.MemoryVolume;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * All three vulcanos of a network lose power at once under a mixed load, each on a disk that forgets what was not synced ({@link ForgetfulVolume}), and come back in any order. Everything is there that fsync had
 * acknowledged through any of them, the rest is a consistent past ({@link SyncedLoad} says what that is), all hold the same, and {@code magma storage check}, {@code fsck} and {@code fsck --replicas} find nothing.
 *
 * <p>The network is new in the first round. In every third round from the second on the power goes while the vulcanos start on what the round before left.
 *
 * <p>{@code -Dmagma.power.network.rounds=30} does more rounds than the one that belongs to every build, {@code -Dmagma.power.seed} chooses others.
 */
class NetworkPowerLossIT {
    private static final int ROUNDS = Integer.getInteger("magma.power.network.rounds", 1);
    private static final long SEED = Long.getLong("magma.power.seed", 1);
    private static final int SIZE = 3;
    private static final long DISK_BYTES = 8L << 30;
    private static final int CHANGES = 6000;
    private static final int CHANGES_AT_START = 60;
    private static final long PATIENCE_MINUTES = 3;
    private static final String BOOT = "(?<=^open )[0-9a-f-]{36}";

    /** How much of what was not synced survives. */
    private static final double[] CHANCES = {0, 0.1, 0.5, 0.9, 1};

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path temporary;

    @Test
    void whatFsyncAcknowledgedSurvivesTheLossOfAllPower() throws Exception {
        List<DiskImage> images = List.of();
        Map<String, Map<String, Found>> trees = Map.of();
        long syncs = 0;
        long steps = 0;
        for (int number = 0; number < ROUNDS; number++) {
            Random random = new Random(SEED * 1000 + number);
            boolean atStart = number % 3 == 1;
            Round round = new Round(SEED * 1000 + number, images);
            if (atStart) {
                round.found.putAll(trees);
                round.loseAtStart(random.nextInt(CHANGES_AT_START));
            } else {
                round.loseUnderLoad(random.nextInt(CHANGES));
            }
            images = round.images(random);
            List<Integer> order = new ArrayList<>(List.of(0, 1, 2));
            Collections.shuffle(order, random);
            assertThat(round.problems(images, order))
                    .as("round %d of seed %d, they come back in the order %s", number, SEED, order)
                    .isEmpty();
            trees = round.found;
            steps += round.loads.stream().mapToLong(SyncedLoad::steps).sum();
            syncs += round.loads.stream().mapToLong(SyncedLoad::syncs).sum();
            System.out.printf("round %d: %d steps, %d fsyncs%n", number, steps, syncs);
        }
        System.out.printf("%d rounds, %d steps, %d acknowledged fsyncs, none lost%n", ROUNDS, steps, syncs);
    }

    /** Three vulcanos on forgetful disks, from their start to the loss of power, and what is there afterwards. */
    private final class Round {
        private final long seed;
        private final boolean isNew;
        private final Path place;
        private final List<ForgetfulVolume> disks = new ArrayList<>();
        private final List<SyncedLoad> loads = new ArrayList<>();

        /** The trees of the workers, by their names: as they were found before, where there was no load since, then as they are found. */
        private final Map<String, Map<String, Found>> found = new HashMap<>();

        /** @param images of the disks; none for a new network */
        Round(long seed, List<DiskImage> images) throws IOException {
            this.seed = seed;
            this.isNew = images.isEmpty();
            this.place = Files.createTempDirectory(temporary.toRealPath(), "round");
            for (int number = 0; number < SIZE; number++) {
                MemoryVolume memory =
                        new MemoryVolume(new MemoryVolume.Settings(InstantSource.system(), DISK_BYTES, Long.SIZE - 1));
                disks.add(isNew ? new ForgetfulVolume(memory) : new ForgetfulVolume(memory, images.get(number)));
            }
        }

        void loseUnderLoad(int changes) throws Exception {
            onDisks(plan -> {
                LavaNetwork.Plan mounted = plan.mountedAt(0, 1, 2);
                try (LavaNetwork network = isNew ? LavaNetwork.start(mounted, SIZE) : LavaNetwork.of(mounted, SIZE)) {
                    if (!isNew) {
                        network.startAgain(network.vulcanos().toArray(new LavaVulcano[0]));
                    }
                    load(network, changes);
                }
            });
        }

        void loseAtStart(int changes) throws Exception {
            onDisks(plan -> {
                disks.get(Math.floorMod(seed, SIZE)).cutAfter(changes);
                try (LavaNetwork network = LavaNetwork.of(plan, SIZE)) {
                    for (LavaVulcano vulcano : network.vulcanos()) {
                        vulcano.begin(List.of());
                    }
                    long deadline = deadline();
                    while (!isCut() && !network.vulcanos().stream().allMatch(LavaVulcano::isReady)) {
                        assertThat(System.nanoTime())
                                .as("they are ready, or the power is off")
                                .isLessThan(deadline);
                        TimeUnit.MILLISECONDS.sleep(1);
                    }
                    powerGoes(network);
                }
            });
        }

        private interface OnDisks {
            void run(LavaNetwork.Plan plan) throws Exception;
        }

        /** With each disk mounted where the vulcano has its data. */
        private void onDisks(OnDisks work) throws Exception {
            List<FuseMount> mounts = new ArrayList<>();
            try {
                for (int number = 0; number < SIZE; number++) {
                    Path data = Files.createDirectory(place.resolve("data-" + number));
                    FuseSettings settings = FuseSettings.DEFAULT.withSource("forgetful");
                    mounts.add(FuseMount.mount(disks.get(number), data, settings));
                    onlyForTheOwner(data);
                    boot(data);
                }
                work.run(LavaNetwork.Plan.in(place));
            } finally {
                disks.forEach(ForgetfulVolume::release);
                for (FuseMount mount : mounts) {
                    mount.close();
                }
            }
        }

        private boolean isCut() {
            return disks.stream().anyMatch(ForgetfulVolume::isCut);
        }

        /** Each worker on the mount of another vulcano. */
        private void load(LavaNetwork network, int changes) throws Exception {
            for (int worker = 0; worker < SIZE; worker++) {
                Path mount = network.vulcano(worker).mount();
                Path directory = Files.createDirectories(mount.resolve("w" + worker));
                loads.add(new SyncedLoad(directory, Found.below(directory), seed * SIZE + worker, this::isCut));
                try (FileChannel top = FileChannel.open(mount, StandardOpenOption.READ)) {
                    top.force(true);
                }
            }
            loads.forEach(load -> load.among(loads));
            disks.get(Math.floorMod(seed, SIZE)).cutAfter(changes);
            List<Thread> threads = loads.stream()
                    .map(load -> {
                        Thread thread = new Thread(load::run, "load");
                        thread.setDaemon(true);
                        return thread;
                    })
                    .toList();
            threads.forEach(Thread::start);
            long deadline = deadline();
            while (!isCut()) {
                assertThat(network.vulcanos()).allMatch(LavaVulcano::isRunning);
                assertThat(System.nanoTime()).as("the load ends").isLessThan(deadline);
                TimeUnit.MILLISECONDS.sleep(1);
            }
            powerGoes(network);
            for (Thread thread : threads) {
                thread.join(TimeUnit.MINUTES.toMillis(1));
                assertThat(thread.isAlive()).as("a worker hangs").isFalse();
            }
        }

        private void powerGoes(LavaNetwork network) {
            disks.forEach(ForgetfulVolume::cut);
            network.vulcanos().forEach(LavaVulcano::sendKill);
            disks.forEach(ForgetfulVolume::release);
            network.vulcanos().forEach(LavaVulcano::kill);
        }

        List<DiskImage> images(Random random) {
            List<DiskImage> images = new ArrayList<>();
            for (int number = 0; number < SIZE; number++) {
                double chance = isNew ? 0 : CHANCES[random.nextInt(CHANCES.length)];
                images.add(disks.get(number).image(seed * SIZE + number, chance));
            }
            return images;
        }

        /** What is wrong with what the disks have when the power comes back. */
        List<String> problems(List<DiskImage> images, List<Integer> order) throws Exception {
            Path after = Files.createDirectory(place.resolve("after"));
            List<String> problems = new ArrayList<>();
            for (int number = 0; number < SIZE; number++) {
                Path data = Files.createDirectory(after.resolve("data-" + number));
                images.get(number).writeTo(data);
                onlyForTheOwner(data);
                boot(data);
                Magma.Ended check = Magma.run("storage", "check", data.toString());
                if (check.status() != 0) {
                    problems.add("storage check of " + number + ": " + check.out() + check.err());
                }
            }
            try (LavaNetwork network = LavaNetwork.of(LavaNetwork.Plan.in(after).mountedAt(0), SIZE)) {
                network.startAgain(order.stream().map(network::vulcano).toArray(LavaVulcano[]::new));
                problems.addAll(compare(network.vulcano(0).mount()));
                JsonNode unused = network.awaitInSync();
                String data = network.vulcano(order.get(0)).data().toString();
                for (List<String> verb : List.of(List.of("fsck"), List.of("fsck", "--replicas"))) {
                    List<String> words = new ArrayList<>(verb);
                    words.addAll(List.of("--data", data));
                    Magma.Ended fsck = Magma.run(words.toArray(new String[0]));
                    if (fsck.status() != 0) {
                        problems.add(String.join(" ", verb) + ": " + fsck.out() + fsck.err());
                    }
                }
                if (problems.isEmpty()) {
                    assertThat(network.stopAll().values()).containsOnly(0);
                }
            }
            return problems;
        }

        private List<String> compare(Path top) throws IOException {
            List<String> problems = new ArrayList<>();
            for (String name : found.keySet()) {
                Map<String, Found> tree = Found.below(top.resolve(name));
                History.Extent extent = new History(found.getOrDefault(name, Map.of())).extent(tree);
                if (!extent.problem().isEmpty()) {
                    problems.add(name + ", without a load: " + extent.problem());
                }
            }
            long firstLost = Long.MAX_VALUE;
            long lastKept = 0;
            for (SyncedLoad load : loads) {
                Map<String, Found> tree = Found.below(top.resolve(load.name()));
                found.put(load.name(), tree);
                History.Extent extent = load.extent(tree);
                problems.addAll(load.problems(tree, extent));
                firstLost = Math.min(firstLost, extent.lostEnded());
                lastKept = Math.max(lastKept, extent.keptBegan());
            }
            if (firstLost < lastKept) {
                problems.add("a step that ended at " + firstLost + " is lost, and one that began at " + lastKept
                        + " is there");
            }
            return problems;
        }
    }

    private static long deadline() {
        return System.nanoTime() + TimeUnit.MINUTES.toNanos(PATIENCE_MINUTES);
    }

    /** The machine starts: the mark in the storage is of another boot than this one, which goes on in truth. Without it a vulcano would not know that its power was lost. */
    private static void boot(Path data) throws IOException {
        Path mark = data.resolve("storage/mark");
        if (Files.exists(mark)) {
            String line = Files.readString(mark);
            String before = line.replaceFirst(BOOT, UUID.randomUUID().toString());
            Files.writeString(mark, before, StandardOpenOption.WRITE);
        }
    }

    /** An image has no modes; a network's secret must not be for others. */
    private static void onlyForTheOwner(Path top) throws IOException {
        try (Stream<Path> all = Files.walk(top)) {
            for (Path path : all.toList()) {
                String mode = Files.isDirectory(path) ? "rwx------" : "rw-------";
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
            }
        }
    }
}
