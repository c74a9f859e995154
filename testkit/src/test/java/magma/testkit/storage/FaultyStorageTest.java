package magma.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.StorageFullException;
import magma.dht.storage.Version;
import magma.fs.Key;
import org.junit.jupiter.api.Test;

class FaultyStorageTest {
    private static final RecordId ID = RecordId.of(Key.MIN, 1);

    private final MemoryStorage memory = new MemoryStorage();
    private final FaultyStorage storage = new FaultyStorage(memory);

    @Test
    void theLastAppendBeforeACrashIsKept() throws Exception {
        storage.crashAfter(2);
        append(1);
        assertThatThrownBy(() -> append(2)).isInstanceOf(FaultyStorage.Crash.class);
        assertThatThrownBy(() -> storage.get(ID)).isInstanceOf(FaultyStorage.Crash.class);
        assertThat(memory.restart().tails()).isEqualTo(Map.of(1L, new Version(1, 2)));
    }

    @Test
    void aLossOfPowerTakesWhatWasNotSynced() throws Exception {
        append(1);
        storage.sync();
        append(2);
        assertThat(memory.restartAfterPowerLoss().tails()).isEqualTo(Map.of(1L, new Version(1, 1)));
    }

    @Test
    void aFailedDiskStaysFailedForAppendsAndGoesOnReading() throws Exception {
        append(1);
        storage.commit(1, new Version(1, 1));
        storage.failAfter(0);
        assertThatThrownBy(() -> append(2)).isInstanceOf(StorageException.class);
        storage.failAfter(10);
        assertThatThrownBy(() -> append(2)).isInstanceOf(StorageException.class);
        assertThat(storage.get(ID)).isNotNull();
    }

    @Test
    void aFailedFlushFailsEveryLaterAppend() throws Exception {
        storage.failSync();
        assertThatThrownBy(storage::sync).isInstanceOf(StorageException.class);
        assertThatThrownBy(() -> append(1)).isInstanceOf(StorageException.class);
    }

    @Test
    void fullStorageStillReleases() throws Exception {
        storage.setFull(true);
        assertThatThrownBy(() -> append(1)).isInstanceOf(StorageFullException.class);
        storage.append(record(1), Purpose.RELEASE);
        assertThat(storage.space().available()).isZero();
        storage.setFull(false);
        append(2);
    }

    private void append(long sequence) throws StorageException {
        storage.append(record(sequence), Purpose.GROW);
    }

    private static LogRecord record(long sequence) {
        return new LogRecord(1, new Version(1, sequence), List.of(new Mutation.Put(ID, new byte[] {1})));
    }
}
