package magma.testkit.lava;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import magma.dht.record.FeatureLevel;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.dht.routing.LocalSlices;
import magma.dht.slice.Slice;
import magma.dht.storage.RecordId;
import magma.dht.storage.StoredRecord;
import magma.dht.volume.LavaVolume;
import magma.fs.AttributeChanges;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.testkit.storage.MemoryStorage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which spans of a file have chunks is recorded, so that a hole costs as much as what lies around it. */
class LargeHolesTest {
    private static final Caller ROOT = Caller.ROOT;
    private static final long GIB = 1L << 30;

    private final Lava lava = Lava.usual();
    private MemoryStorage storage = new MemoryStorage();
    private HookedSlices slices;
    private LavaVolume volume;
    private FileSystem fs;
    private OpenFile file;

    @BeforeEach
    void create() throws Exception {
        open(FeatureLevel.LATEST);
        fs.create(ROOT, fs.root(), Name.of("file"), 0600, true, FileSystem.options(OpenOption.WRITE))
                .file()
                .close();
        openFile();
    }

    private void open(int featureLevel) throws Exception {
        slices = new HookedSlices(new LocalSlices(lava.map(), storage, Instant::now));
        slices.featureLevel = featureLevel;
        volume = LavaVolume.open(
                slices,
                new LavaVolume.Parts(lava.keys(), Lava.NETWORK, Lava.entropy(42), LavaVolume.sleeping(), Instant::now));
        fs = volume.openSession("test", ChangeListener.NONE);
    }

    private void openFile() throws Exception {
        file = fs.open(ROOT, Lava.at(fs, "file"), FileSystem.options(OpenOption.READ, OpenOption.WRITE));
    }

    /** The process dies, and another takes up what it had stored. */
    private void restart(int featureLevel) throws Exception {
        storage = storage.restart();
        open(featureLevel);
        openFile();
    }

    @AfterEach
    void check() throws Exception {
        volume.close();
        lava.assertClean(storage.restart());
    }

    private void write(long offset) throws Exception {
        assertThat(file.write(ROOT, ByteBuffer.wrap(new byte[100_000]), offset)).isEqualTo(100_000);
        file.flush();
    }

    private List<StoredRecord> all(RecordKind kind) throws Exception {
        List<StoredRecord> found = new ArrayList<>();
        for (Slice slice : lava.map().slices()) {
            RecordId from = RecordId.of(slice.first(), kind.code());
            found.addAll(slices.scan(slice, from, Records.end(kind, slice.last()), 10_000));
        }
        return found;
    }

    private void awaitCleaned() throws Exception {
        while (!all(RecordKind.CLEANING).isEmpty()) {
            Thread.sleep(1);
        }
    }

    @Test
    void whatIsLookedAtDoesNotGrowWithTheHole() throws Exception {
        write(0);
        write(1L << 60);
        long before = slices.scans.get();
        assertThat(file.seekData(GIB / 2)).isEqualTo(1L << 60);
        file.punch(ROOT, 0, 1L << 61);
        assertThat(slices.scans.get() - before).isLessThan(1_000);
    }

    @Test
    void spansAreKnownAfterADeath() throws Exception {
        write(7 * GIB);
        write((1L << 50) - 1_000);
        restart(FeatureLevel.LATEST);
        assertThat(all(RecordKind.SPAN)).hasSize(3);
        assertThat(file.seekData(0)).isEqualTo(7 * GIB);
        assertThat(file.seekData(8 * GIB)).isEqualTo((1L << 50) - 1_000);
        file.punch(ROOT, 0, 1L << 60);
        assertThat(all(RecordKind.CHUNK).size()).isLessThanOrEqualTo(3);
        write(9 * GIB);
        assertThat(file.seekData(0)).isEqualTo(9 * GIB);
    }

    @Test
    void manyShortWritesFarApartAreFound() throws Exception {
        for (long i = 1; i <= 600; i++) {
            file.write(ROOT, ByteBuffer.wrap(new byte[] {1}), i * i * GIB);
        }
        file.flush();
        long at = 0;
        for (long i = 1; i <= 600; i++) {
            at = file.seekData(at);
            assertThat(at).isEqualTo(i * i * GIB);
            at = file.seekHole(at);
        }
        assertThat(all(RecordKind.SPAN)).hasSize(600);
    }

    @Test
    void spansGoWithTheFile() throws Exception {
        for (long i = 0; i < 1_100; i++) {
            file.write(ROOT, ByteBuffer.wrap(new byte[] {1}), i * GIB);
        }
        file.close();
        fs.unlink(ROOT, fs.root(), Name.of("file"));
        awaitCleaned();
        assertThat(all(RecordKind.SPAN)).isEmpty();
        assertThat(all(RecordKind.CHUNK)).isEmpty();
    }

    @Test
    void spansGoWhenNoChunkIsLeftAndComeAgain() throws Exception {
        write(3 * GIB);
        fs.setAttributes(ROOT, file.flare(), AttributeChanges.size(0), file);
        awaitCleaned();
        assertThat(all(RecordKind.SPAN)).isEmpty();
        write(3 * GIB);
        assertThat(all(RecordKind.SPAN)).hasSize(1);
        assertThat(file.seekData(0)).isEqualTo(3 * GIB);
    }

    @Test
    void aFileOfAnEarlierBuildHasNoneAndIsWholeAllTheSame() throws Exception {
        slices.featureLevel = FeatureLevel.FIRST;
        write(20 * GIB);
        assertThat(all(RecordKind.SPAN)).isEmpty();
        restart(FeatureLevel.LATEST);
        write(10 * GIB);
        assertThat(all(RecordKind.SPAN)).isEmpty();
        assertThat(file.seekData(0)).isEqualTo(10 * GIB);
        assertThat(file.seekData(11 * GIB)).isEqualTo(20 * GIB);
        file.punch(ROOT, 0, 15 * GIB);
        assertThat(file.seekData(0)).isEqualTo(20 * GIB);
        fs.setAttributes(ROOT, file.flare(), AttributeChanges.size(0), file);
        awaitCleaned();
        write(5 * GIB);
        assertThat(all(RecordKind.SPAN)).hasSize(1);
        file.close();
        fs.unlink(ROOT, fs.root(), Name.of("file"));
        awaitCleaned();
        assertThat(all(RecordKind.CHUNK)).isEmpty();
    }

    @Test
    void chunksOfAnEarlierBuildGoWithTheirFile() throws Exception {
        slices.featureLevel = FeatureLevel.FIRST;
        write(20 * GIB);
        restart(FeatureLevel.LATEST);
        file.close();
        fs.unlink(ROOT, fs.root(), Name.of("file"));
        awaitCleaned();
        assertThat(all(RecordKind.CHUNK)).isEmpty();
    }
}
