package magma.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import magma.fuse.FuseMount;
import magma.fuse.FuseSettings;
import magma.testkit.disk.DiskImage;
import magma.testkit.disk.ForgetfulVolume;
import magma.testkit.fs.MemoryVolume;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The disk of a vulcano loses power at random moments under a mixed load, and forgets what was not synced ({@link ForgetfulVolume}). Everything that fsync had
 * acknowledged is there, the rest is a consistent past ({@link SyncedLoad} says what that is), and {@code magma storage check} and {@code magma fsck} find nothing.
 *
 * <p>In the first round of each disk the network is new, and nothing survives that was not synced. In every third round the power goes while the vulcano starts on what the round before left, or a moment later: then all is there that was there.
 *
 * <p>{@code -Dmagma.power.rounds=100} does more rounds than the few that belong to every build, {@code -Dmagma.power.seed} chooses others.
 */
class PowerLossIT {
    private static final int ROUNDS = Integer.getInteger("magma.power.rounds", 3);
    private static final long SEED = Long.getLong("magma.power.seed", 1);
    private static final int WORKERS = 3;
    private static final long DISK_BYTES = 8L << 30;

    /** The disk is held in memory, and grows from round to round: then there is a new one. */
    private static final int ROUNDS_OF_A_DISK = 12;

    private static final int CHANGES = 6000;
    private static final int CHANGES_AT_START = 60;

    /** How much of what was not synced survives; all and nothing are as likely as something in between. */
    private static final double[] CHANCES = {0, 0.1, 0.5, 0.9, 1};

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path temporary;

    private long syncs;
    private long steps;

    @Test
    void whatFsyncAcknowledgedSurvives() throws Exception {
        DiskImage image = null;
        Map<String, Map<String, Found>> trees = Map.of();
        for (int round = 0; round < ROUNDS; round++) {
            long seed = SEED * 1000 + round;
            SplittableRandom random = new SplittableRandom(seed);
            if (round % ROUNDS_OF_A_DISK == 0) {
                image = null;
                trees = Map.of();
            }
            boolean atStart = round % 3 == 2;
            double chance = image == null ? 0 : CHANCES[random.nextInt(CHANCES.length)];
            Round now = new Round(seed, image, false);
            if (atStart) {
                now.found.putAll(trees);
            }
            now.run(random.nextInt(atStart ? CHANGES_AT_START : CHANGES), atStart);
            image = now.disk.image(seed, chance);
            assertThat(now.problems(image))
                    .as("round %d of seed %d, %d changes, of which %f survive", round, SEED, now.disk.changes(), chance)
                    .isEmpty();
            trees = now.found;
            steps += now.loads.stream().mapToLong(SyncedLoad::steps).sum();
            syncs += now.loads.stream().mapToLong(SyncedLoad::syncs).sum();
            System.out.printf("round %d: %d steps, %d fsyncs%n", round, steps, syncs);
        }
        System.out.printf("%d rounds, %d steps, %d acknowledged fsyncs, none lost%n", ROUNDS, steps, syncs);
    }

    @Test
    void aDiskThatDoesNotSyncIsFoundOut() throws Exception {
        Round round = new Round(SEED, null, true);
        round.run(CHANGES / 4, false);
        assertThat(round.loads.stream().mapToLong(SyncedLoad::syncs).sum()).isPositive();
        assertThat(round.problems(round.disk.image(SEED, 0)))
                .allMatch(problem -> problem.matches("(?s)w[0-9].*durable.*|w[0-9]/journal.*"))
                .isNotEmpty();
    }

    /** A vulcano on a forgetful disk, from its start to the loss of power. */
    private final class Round {
        private final long seed;
        private final boolean isNew;
        private final boolean lies;
        private final ForgetfulVolume disk;
        private final Path place;
        private final Path mount;
        private final List<SyncedLoad> loads = new ArrayList<>();

        /** The trees of the workers, by their names: as they were found after the loss of power before, where there was no load since, then as they are found. */
        private final Map<String, Map<String, Found>> found = new HashMap<>();

        Round(long seed, @Nullable DiskImage image, boolean lies) throws IOException {
            this.seed = seed;
            this.isNew = image == null;
            this.lies = lies;
            MemoryVolume memory =
                    new MemoryVolume(new MemoryVolume.Settings(InstantSource.system(), DISK_BYTES, Long.SIZE - 1));
            disk = image == null ? new ForgetfulVolume(memory) : new ForgetfulVolume(memory, image);
            place = Files.createTempDirectory(temporary, "round");
            mount = Files.createDirectory(place.resolve("mount"));
        }

        /** @param changes after how many the power goes: of all from the start on, or of those that the load causes */
        void run(int changes, boolean atStart) throws Exception {
            Path under = Files.createDirectory(place.resolve("disk"));
            try (FuseMount outer = FuseMount.mount(disk, under, FuseSettings.DEFAULT.withSource("forgetful"))) {
                if (atStart) {
                    disk.cutAfter(changes);
                }
                try (VulcanoProcess vulcano = start(outer.mountPoint().resolve("data"))) {
                    boolean ready = vulcano.awaitReady(disk::isCut);
                    assertThat(ready || disk.isCut()).as(vulcano.said()).isTrue();
                    if (ready && !atStart) {
                        load(changes, vulcano);
                    }
                    disk.cut();
                    vulcano.kill();
                    disk.release();
                    vulcano.awaitEnd();
                } finally {
                    disk.release();
                    unmount(mount);
                }
            }
        }

        private VulcanoProcess start(Path data) throws IOException {
            return isNew
                    ? VulcanoProcess.start(place, data, mount, "--create", "--alone")
                    : VulcanoProcess.start(place, data, mount);
        }

        private void load(int changes, VulcanoProcess vulcano) throws Exception {
            for (int worker = 0; worker < WORKERS; worker++) {
                Path directory = mount.resolve("w" + worker);
                Files.createDirectories(directory);
                loads.add(new SyncedLoad(directory, Found.below(directory), seed * WORKERS + worker, disk::isCut));
            }
            try (FileChannel top = FileChannel.open(mount, StandardOpenOption.READ)) {
                top.force(true);
            }
            loads.forEach(load -> load.among(loads));
            if (lies) {
                disk.lie();
            }
            disk.cutAfter(changes);
            List<Thread> threads =
                    loads.stream().map(load -> new Thread(load::run, "load")).toList();
            threads.forEach(Thread::start);
            long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
            while (!disk.isCut()) {
                assertThat(vulcano.isAlive()).as(vulcano.said()).isTrue();
                assertThat(System.nanoTime()).as("the load ends").isLessThan(deadline);
                threads.get(0).join(20);
            }
            vulcano.kill();
            disk.release();
            vulcano.awaitEnd();
            for (Thread thread : threads) {
                thread.join(TimeUnit.MINUTES.toMillis(1));
                assertThat(thread.isAlive()).as("a worker hangs").isFalse();
            }
        }

        /** What is wrong with what the disk has when the power comes back. */
        List<String> problems(DiskImage image) throws Exception {
            Path after = Files.createDirectory(place.resolve("after"));
            image.writeTo(after);
            Path data = after.resolve("data");
            Magma.Ended check = Magma.run("storage", "check", data.toString());
            if (check.status() != 0) {
                return List.of("storage check: " + check.out() + check.err());
            }
            Path mountAfter = Files.createDirectory(place.resolve("mount-after"));
            try (VulcanoProcess vulcano = VulcanoProcess.start(place, data, mountAfter)) {
                if (!vulcano.awaitReady(() -> false)) {
                    return List.of("start: " + vulcano.said());
                }
                List<String> problems = compare(mountAfter);
                Magma.Ended fsck = Magma.run("fsck", "--json", "--connect", Magma.address(data));
                if (fsck.status() != 0 || !fsck.out().contains("\"clean\" : true")) {
                    problems.add("fsck: " + fsck.out() + fsck.err());
                }
                assertThat(vulcano.stop()).as(vulcano.said()).isZero();
                delete(after);
                return problems;
            } finally {
                unmount(mountAfter);
            }
        }

        private List<String> compare(Path top) throws IOException {
            List<String> problems = new ArrayList<>();
            long firstLost = Long.MAX_VALUE;
            long lastKept = 0;
            for (String name : found.keySet()) {
                Map<String, Found> tree = Found.below(top.resolve(name));
                History.Extent extent = new History(found.getOrDefault(name, Map.of())).extent(tree);
                if (!extent.problem().isEmpty()) {
                    problems.add(name + ", without a load: " + extent.problem());
                }
            }
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

    private static void unmount(Path mount) throws IOException {
        if (Magma.isMounted(mount)) {
            FuseMount.unmount(mount, true);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
