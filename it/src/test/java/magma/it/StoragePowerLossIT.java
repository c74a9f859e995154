package magma.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;
import magma.fuse.FuseMount;
import magma.fuse.FuseSettings;
import magma.storage.xodus.StorageTool;
import magma.storage.xodus.XodusStorage;
import magma.testkit.disk.DiskImage;
import magma.testkit.disk.ForgetfulVolume;
import magma.testkit.fs.MemoryVolume;
import magma.testkit.storage.MemoryStorage;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * As {@link PowerLossIT}, for storage alone, with segments and an index so small that segments are begun, cleaned and deleted all the time. Each slice has its records
 * up to some record, at the least those that were synced; check, scrub and rebuild find nothing, and what is rebuilt is the same.
 *
 * <p>{@code -Dmagma.power.rounds}, {@code -Dmagma.power.seed}.
 */
class StoragePowerLossIT {
    private static final int ROUNDS = Integer.getInteger("magma.power.rounds", 3);
    private static final long SEED = Long.getLong("magma.power.seed", 1);
    private static final int CHANGES = 8000;
    private static final int CHANGES_AT_START = 40;
    private static final double[] CHANCES = {0, 0.1, 0.5, 0.9, 1};

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path temporary;

    private final MemoryStorage model = new MemoryStorage();

    @Test
    void whatWasSyncedSurvives() throws Exception {
        DiskImage image = null;
        long syncs = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long seed = SEED * 1000 + round;
            SplittableRandom random = new SplittableRandom(seed);
            boolean atStart = round % 3 == 2;
            double chance = round == 0 ? 0 : CHANCES[random.nextInt(CHANCES.length)];
            ForgetfulVolume disk = disk(image);
            Path place = Files.createDirectory(temporary.resolve("round" + round));
            run(disk, place, random.nextInt(atStart ? CHANGES_AT_START : CHANGES), seed, atStart);
            image = disk.image(seed, chance);
            StorageEvents events = StorageEvents.read(place.resolve("events"), seed);
            String when = "round %d of seed %d, %d changes, of which %f survive"
                    .formatted(round, SEED, disk.changes(), chance);
            verify(image, Files.createDirectory(place.resolve("after")), events, when);
            syncs += events.syncs();
        }
        System.out.printf("%d rounds, %d acknowledged syncs, none lost%n", ROUNDS, syncs);
    }

    private static ForgetfulVolume disk(@Nullable DiskImage image) throws IOException {
        MemoryVolume memory =
                new MemoryVolume(new MemoryVolume.Settings(InstantSource.system(), 8L << 30, Long.SIZE - 1));
        return image == null ? new ForgetfulVolume(memory) : new ForgetfulVolume(memory, image);
    }

    private static void run(ForgetfulVolume disk, Path place, int changes, long seed, boolean atStart)
            throws Exception {
        Path mount = Files.createDirectory(place.resolve("disk"));
        Path events = place.resolve("events");
        Path output = place.resolve("output");
        try (FuseMount mounted = FuseMount.mount(disk, mount, FuseSettings.DEFAULT.withSource("forgetful"))) {
            if (atStart) {
                disk.cutAfter(changes);
            }
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-cp",
                            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                            StorageLoad.class.getName(),
                            mounted.mountPoint().resolve("new/storage").toString(),
                            events.toString(),
                            Long.toString(seed))
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            try {
                boolean armed = atStart;
                while (!disk.isCut()) {
                    assertThat(process.isAlive()).as(Files.readString(output)).isTrue();
                    if (!armed && Files.exists(events)) {
                        armed = true;
                        disk.cutAfter(changes);
                    }
                    process.waitFor(10, TimeUnit.MILLISECONDS);
                }
            } finally {
                process.destroyForcibly();
                disk.release();
                process.onExit().orTimeout(1, TimeUnit.MINUTES).join();
            }
        }
    }

    private void verify(DiskImage image, Path place, StorageEvents events, String when) throws Exception {
        image.writeTo(place);
        Path path = place.resolve("new/storage");
        assertThat(StorageTool.check(path, (done, total) -> {}).problems())
                .as("check, %s", when)
                .isEmpty();
        try (Storage storage = XodusStorage.open(path, StorageLoad.SETTINGS)) {
            commitAll(storage);
            assertThat(events.repeat(storage.tails(), model)).as(when).isEmpty();
            compare(storage, when);
        }
        assertThat(StorageTool.scrub(path, (done, total) -> {}).problems())
                .as("scrub, %s", when)
                .isEmpty();
        assertThat(StorageTool.rebuild(path, (done, total) -> {}).problems())
                .as("rebuild, %s", when)
                .isEmpty();
        try (Storage storage = XodusStorage.open(path, StorageLoad.SETTINGS)) {
            commitAll(storage);
            compare(storage, "rebuilt, " + when);
        }
    }

    /** Nobody else has a say: what is appended is committed. */
    private static void commitAll(Storage storage) throws StorageException {
        for (Map.Entry<Long, Version> tail : storage.tails().entrySet()) {
            storage.commit(tail.getKey(), tail.getValue());
        }
    }

    private void compare(Storage storage, String when) throws StorageException {
        assertThat(storage.tails()).as(when).isEqualTo(model.tails());
        for (long slice = 1; slice <= StorageLoad.SLICES; slice++) {
            assertThat(StorageRecords.difference(slice, storage, model))
                    .as(when)
                    .isEmpty();
        }
    }
}
