package magma.testkit.lava;

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
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.testkit.storage.MemoryStorage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** One open file of a vulcano that a test may have die, and whose records it looks at. */
abstract class OneFile {
    static final Caller ROOT = Caller.ROOT;

    final Lava lava = Lava.usual();
    MemoryStorage storage = new MemoryStorage();
    HookedSlices slices;
    LavaVolume volume;
    FileSystem fs;
    OpenFile file;

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

    final void openFile() throws Exception {
        file = fs.open(ROOT, Lava.at(fs, "file"), FileSystem.options(OpenOption.READ, OpenOption.WRITE));
    }

    /** The process dies, and another takes up what it had stored. */
    final void restart(int featureLevel) throws Exception {
        storage = storage.restart();
        open(featureLevel);
        openFile();
    }

    @AfterEach
    void check() throws Exception {
        volume.close();
        lava.assertClean(storage.restart());
    }

    final void remove() throws Exception {
        file.close();
        fs.unlink(ROOT, fs.root(), Name.of("file"));
    }

    final List<StoredRecord> all(RecordKind kind) throws Exception {
        List<StoredRecord> found = new ArrayList<>();
        for (Slice slice : lava.map().slices()) {
            RecordId from = RecordId.of(slice.first(), kind.code());
            found.addAll(slices.scan(slice, from, Records.end(kind, slice.last()), 10_000));
        }
        return found;
    }

    final void awaitCleaned() throws Exception {
        while (!all(RecordKind.CLEANING).isEmpty()) {
            Thread.sleep(1);
        }
    }
}
