package magma.storage.xodus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;
import magma.storage.xodus.StorageTool.Progress;
import magma.storage.xodus.StorageTool.Report;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log whose end was never synced is cut or damaged at every byte; what is left must be a beginning of what was appended. */
class TornTailTest {
    private static final int RECORDS = 14;

    @TempDir
    Path temp;

    private Path place;
    private List<Frame> frames;

    @BeforeEach
    void appendWithoutSync() throws Exception {
        place = image("storage", 0);
        frames = frames(place);
        assertThat(frames).hasSize(RECORDS);
    }

    /** What lies on the disk after some records were appended, of which the first {@code synced} were synced. */
    private Path image(String name, int synced) throws Exception {
        Path live = temp.resolve(name + "-live");
        CountDownLatch over = new CountDownLatch(1);
        Steps noFlush = step -> {
            try {
                over.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        StorageSettings lazy = Small.SETTINGS.withSyncInterval(Duration.ofHours(1));
        XodusStorage storage = XodusStorage.create(live, lazy, noFlush);
        Random random = new Random(5);
        for (int i = 1; i <= RECORDS; i++) {
            List<Mutation> mutations = new ArrayList<>();
            mutations.add(new Mutation.Put(Workload.id(1, 1, i), new byte[random.nextInt(30)]));
            if (i % 3 == 0) {
                byte[] data = new byte[1 + random.nextInt(200)];
                random.nextBytes(data);
                mutations.add(new Mutation.Write(Workload.id(1, 2, 1), i * 100, 0, ByteBuffer.wrap(data)));
            }
            storage.append(new LogRecord(1, new Version(1, i), mutations), Purpose.GROW);
            if (i == synced) {
                storage.sync();
            }
        }
        Path image = Places.copy(live, temp.resolve(name));
        over.countDown();
        storage.abandon();
        return image;
    }

    private static List<Frame> frames(Path place) throws Exception {
        List<Frame> frames = new ArrayList<>();
        try (StorageDirectory directory = StorageDirectory.open(place)) {
            NavigableMap<Integer, SegmentFile> segments = directory.segments(true);
            FrameReader reader = new FrameReader(segments.firstEntry().getValue(), SegmentHeader.BYTES);
            for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
                frames.add(frame);
            }
            segments.firstEntry().getValue().close();
        }
        return frames;
    }

    private static int recovered(Path place) throws Exception {
        try (StorageDirectory directory = StorageDirectory.open(place)) {
            NavigableMap<Integer, SegmentFile> segments = directory.segments(true);
            try {
                long start = Position.of(1, SegmentHeader.BYTES);
                Recovery recovery = new Recovery(directory, segments, IndexState.of(directory.id(), start));
                long end = recovery.findEnd();
                List<Frame> found = new ArrayList<>();
                recovery.replay((frame, committed) -> found.add(frame));
                assertThat(found.isEmpty() ? start : found.get(found.size() - 1).end())
                        .isEqualTo(end);
                return found.size();
            } finally {
                segments.firstEntry().getValue().close();
            }
        }
    }

    private int wholeBefore(int size) {
        return (int) frames.stream()
                .filter(frame -> Position.offset(frame.position()) + frame.headLength() + frame.dataLength() <= size)
                .count();
    }

    @Test
    void aLogCutAtAnyByteKeepsWhatIsWhole() throws Exception {
        Path segment = Places.last(place);
        byte[] whole = Files.readAllBytes(segment);
        for (int size = whole.length; size >= SegmentHeader.BYTES; size--) {
            Files.write(segment, Arrays.copyOf(whole, size));
            assertThat(recovered(place)).as("cut to %d bytes", size).isEqualTo(wholeBefore(size));
        }
    }

    @Test
    void aByteFlippedAnywhereInTheTailEndsTheLogThere() throws Exception {
        Path segment = Places.last(place);
        byte[] whole = Files.readAllBytes(segment);
        for (int at = SegmentHeader.BYTES; at < whole.length; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= (byte) (1 << at % 8);
            Files.write(segment, damaged);
            assertThat(recovered(place)).as("flipped at %d", at).isEqualTo(soundWithout(at));
        }
    }

    /** How many records come before the one that byte {@code at} is in; all, where it is in none. */
    private int soundWithout(int at) {
        for (int i = 0; i < frames.size(); i++) {
            Frame frame = frames.get(i);
            int begin = Position.offset(frame.position());
            if (at >= begin && at < begin + frame.headLength() + frame.dataLength()) {
                return i;
            }
        }
        return frames.size();
    }

    @Test
    void aTailOfZerosIsCut() throws Exception {
        Path segment = Places.last(place);
        byte[] whole = Files.readAllBytes(segment);
        int hole = Position.offset(frames.get(7).position());
        int after = Position.offset(frames.get(9).position());
        Arrays.fill(whole, hole, after, (byte) 0);
        Files.write(segment, Arrays.copyOf(whole, whole.length + 5000));
        assertThat(recovered(place)).isEqualTo(7);
    }

    @Test
    void aStorageWithATornTailOpensWithWhatIsWholeAndGoesOn() throws Exception {
        Path segment = Places.last(place);
        Files.write(
                segment,
                Arrays.copyOf(
                        Files.readAllBytes(segment),
                        Position.offset(frames.get(9).end()) - 3));
        Report report = StorageTool.check(place, Progress.NONE);
        assertThat(report.problems()).isEmpty();
        assertThat(report.tornBytes()).isPositive();
        try (XodusStorage storage = XodusStorage.open(place, Small.SETTINGS)) {
            Workload.commitAll(storage);
            assertThat(storage.tails()).containsEntry(1L, new Version(1, 9));
            assertThat(storage.get(Workload.id(1, 1, 9))).isNotNull();
            assertThat(storage.get(Workload.id(1, 1, 10))).isNull();
            storage.append(
                    new LogRecord(1, new Version(1, 10), List.of(new Mutation.Put(Workload.id(1, 1, 10), new byte[3]))),
                    Purpose.GROW);
        }
        try (XodusStorage storage = XodusStorage.open(place, Small.SETTINGS)) {
            Workload.commitAll(storage);
            assertThat(storage.get(Workload.id(1, 1, 10))).isNotNull();
        }
        assertThat(StorageTool.scrub(place, Progress.NONE).isClean()).isTrue();
    }

    @Test
    void rebuildingATornLogAndOpeningItGivesWhatOpeningItGives() throws Exception {
        Frame third = frames.get(2);
        Places.flip(Places.last(place), Position.offset(third.position()) + third.headLength());
        StorageTool.rebuild(place, Progress.NONE);
        try (XodusStorage storage = XodusStorage.open(place, Small.SETTINGS)) {
            Workload.commitAll(storage);
            assertThat(storage.tails()).containsEntry(1L, new Version(1, 2));
            assertThat(storage.get(Workload.id(1, 1, 3))).isNull();
        }
    }

    @Test
    void damageBeforeTheSyncedOffsetIsNoTornTail() throws Exception {
        Path synced = image("synced", 8);
        List<Frame> all = frames(synced);
        Frame damaged = all.get(4);
        Path segment = Places.last(synced);
        Places.flip(segment, Position.offset(damaged.position()) + 70);
        assertThatThrownBy(() -> XodusStorage.open(synced, Small.SETTINGS))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining(segment.getFileName() + " at " + Position.offset(damaged.position()))
                .hasMessageContaining("magma storage check " + synced);
        Report report = StorageTool.check(synced, Progress.NONE);
        assertThat(report.problems()).anySatisfy(problem -> {
            assertThat(problem.file()).isEqualTo(segment);
            assertThat(problem.offset()).isEqualTo(Position.offset(damaged.position()));
        });
        Report rebuilt = StorageTool.rebuild(synced, Progress.NONE);
        assertThat(rebuilt.isClean()).isFalse();
        try (XodusStorage storage = XodusStorage.open(synced, Small.SETTINGS)) {
            Workload.commitAll(storage);
            assertThat(storage.get(Workload.id(1, 1, 5))).isNull();
            assertThat(storage.get(Workload.id(1, 1, 6))).isNotNull();
            assertThat(storage.tails()).containsEntry(1L, new Version(1, RECORDS));
        }
    }
}
