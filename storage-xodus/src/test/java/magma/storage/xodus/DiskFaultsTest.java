package magma.storage.xodus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.StorageFullException;
import magma.dht.storage.Version;
import magma.dht.storage.Visibility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The disk refuses. */
class DiskFaultsTest {
    @TempDir
    Path temp;

    /** A disk that refuses while told to. */
    private static final class Disk implements Steps {
        volatile String writes = "";
        volatile String syncs = "";
        final AtomicInteger refused = new AtomicInteger();

        @Override
        public void at(String step) {}

        @Override
        public void writing(long position) throws IOException {
            refuse(writes);
        }

        @Override
        public void syncing() throws IOException {
            refuse(syncs);
        }

        private void refuse(String message) throws IOException {
            if (!message.isEmpty()) {
                refused.incrementAndGet();
                throw new IOException(message);
            }
        }
    }

    private static LogRecord put(long slice, long sequence) {
        return new LogRecord(
                slice,
                new Version(1, sequence),
                List.of(new Mutation.Put(Workload.id(slice, 1, (int) sequence), new byte[10])));
    }

    @Test
    void aRecordThatFindsNoRoomNeverHappened() throws Exception {
        Disk disk = new Disk();
        Path place = temp.resolve("storage");
        try (XodusStorage storage = XodusStorage.create(place, Small.SETTINGS, disk)) {
            storage.append(put(1, 1), Purpose.GROW);
            disk.writes = "No space left on device";
            assertThatThrownBy(() -> storage.append(put(1, 2), Purpose.GROW)).isInstanceOf(StorageFullException.class);
            assertThatThrownBy(() -> storage.append(put(1, 2), Purpose.RELEASE))
                    .isInstanceOf(StorageFullException.class);
            storage.commit(1, new Version(1, 9));
            assertThat(storage.get(Workload.id(1, 1, 1))).isNotNull();
            assertThat(storage.get(Workload.id(1, 1, 2))).isNull();
            assertThat(storage.tails()).containsEntry(1L, new Version(1, 1));
            disk.writes = "";
            storage.append(put(1, 2), Purpose.GROW);
            storage.commit(1, new Version(1, 2));
            assertThat(storage.get(Workload.id(1, 1, 2))).isNotNull();
            storage.abandon();
        }
        try (XodusStorage storage = XodusStorage.open(place, Small.SETTINGS)) {
            Workload.commitAll(storage);
            assertThat(storage.tails()).containsEntry(1L, new Version(1, 2));
            assertThat(storage.scan(Workload.FIRST, Workload.LAST, 10)).hasSize(2);
        }
    }

    @Test
    void whileTheDiskIsFullNowAndThenNoAcknowledgedRecordIsLost() throws Exception {
        AtomicInteger turn = new AtomicInteger();
        Steps flaky = new Steps() {
            @Override
            public void at(String step) {}

            @Override
            public void writing(long position) throws IOException {
                if (turn.incrementAndGet() % 7 == 0) {
                    throw new IOException("No space left on device");
                }
            }
        };
        Path place = temp.resolve("storage");
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Future<List<RecordId>>> acknowledged = new ArrayList<>();
        try (XodusStorage storage = XodusStorage.create(place, Small.SETTINGS, flaky)) {
            for (int thread = 1; thread <= 4; thread++) {
                long slice = thread;
                acknowledged.add(threads.submit(() -> appendAll(storage, slice)));
            }
            for (Future<List<RecordId>> share : acknowledged) {
                share.get();
            }
            storage.abandon();
        }
        threads.shutdown();
        try (XodusStorage storage = XodusStorage.open(place, Small.SETTINGS)) {
            Workload.commitAll(storage);
            int expected = 0;
            for (Future<List<RecordId>> share : acknowledged) {
                for (RecordId id : share.get()) {
                    assertThat(storage.runs(id, Visibility.ALL)).as("%s", id).hasSize(1);
                }
                expected += share.get().size();
            }
            assertThat(storage.scan(Workload.FIRST, Workload.LAST, 10_000)).hasSize(expected);
        }
    }

    private static List<RecordId> appendAll(XodusStorage storage, long slice) throws StorageException {
        List<RecordId> acknowledged = new ArrayList<>();
        Version version = new Version(1, 1);
        for (int i = 0; i < 150; i++) {
            RecordId id = Workload.id(slice, 2, i);
            Mutation write = new Mutation.Write(id, 0, 0, ByteBuffer.allocate(i % 5 == 0 ? 40_000 : 300));
            try {
                storage.append(new LogRecord(slice, version, List.of(write)), Purpose.GROW);
                storage.commit(slice, version);
                version = version.next();
                acknowledged.add(id);
            } catch (StorageFullException e) {
                // Refused, and so it must not be found later.
            }
        }
        return acknowledged;
    }

    @Test
    void aDiskThatFailsToWriteIsGivenUp() throws Exception {
        Disk disk = new Disk();
        try (XodusStorage storage = XodusStorage.create(temp.resolve("storage"), Small.SETTINGS, disk)) {
            storage.append(put(1, 1), Purpose.GROW);
            storage.commit(1, new Version(1, 1));
            disk.writes = "Input/output error";
            assertThatThrownBy(() -> storage.append(put(1, 2), Purpose.GROW))
                    .isInstanceOf(StorageException.class)
                    .isNotInstanceOf(StorageFullException.class)
                    .hasMessageContaining("Check the disk");
            disk.writes = "";
            assertThatThrownBy(() -> storage.append(put(1, 2), Purpose.GROW)).isInstanceOf(StorageException.class);
            assertThatThrownBy(() -> storage.append(put(2, 1), Purpose.RELEASE)).isInstanceOf(StorageException.class);
            assertThat(storage.get(Workload.id(1, 1, 1))).isNotNull();
        }
    }

    @Test
    void aFlushThatFailedIsNeverTriedAgain() throws Exception {
        Disk disk = new Disk();
        try (XodusStorage storage = XodusStorage.create(temp.resolve("storage"), Small.SETTINGS, disk)) {
            disk.syncs = "Input/output error";
            storage.append(put(1, 1), Purpose.GROW);
            storage.commit(1, new Version(1, 1));
            assertThatThrownBy(storage::sync)
                    .isInstanceOf(StorageException.class)
                    .hasMessageContaining("flushing the disk");
            disk.syncs = "";
            assertThatThrownBy(storage::sync).isInstanceOf(StorageException.class);
            assertThatThrownBy(() -> storage.append(put(1, 2), Purpose.GROW)).isInstanceOf(StorageException.class);
            assertThat(storage.get(Workload.id(1, 1, 1))).isNotNull();
            assertThat(disk.refused).hasValue(1);
        }
    }

    @Test
    void anInterruptedThreadLeavesTheStorageUsable() throws Exception {
        try (XodusStorage storage = XodusStorage.create(temp.resolve("storage"), Small.SETTINGS)) {
            byte[] data = new byte[100_000];
            data[99_999] = 7;
            Mutation write = new Mutation.Write(Workload.id(1, 2, 1), 0, 0, ByteBuffer.wrap(data));
            Thread.currentThread().interrupt();
            storage.append(new LogRecord(1, new Version(1, 1), List.of(write)), Purpose.GROW);
            storage.commit(1, new Version(1, 1));
            ByteBuffer to = ByteBuffer.allocateDirect(100_000);
            storage.readContent(Workload.id(1, 2, 1), 0, to, Visibility.ALL);
            storage.sync();
            assertThat(Thread.interrupted()).isTrue();
            assertThat(to.get(99_999)).isEqualTo((byte) 7);
            storage.append(put(2, 1), Purpose.GROW);
        }
    }
}
