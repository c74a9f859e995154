package magma.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.Storage.Run;
import magma.dht.storage.StorageException;
import magma.dht.storage.StorageFullException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.dht.storage.Visibility;
import magma.fs.Key;
import org.junit.jupiter.api.Test;

/** What every {@link Storage} must do. A subclass says how to make one and how to bring one back. */
public abstract class StorageConformance extends ReplicaConformance {
    // --- the life of a log record

    @Test
    void whatIsNotCommittedIsNotSeen() throws Exception {
        append(1, 1, put(1, 5, "a"));
        assertThat(value(1, 5)).isNull();
        assertThat(storage.scan(FIRST, LAST, 10)).isEmpty();
        storage.commit(1, version(1));
        assertThat(value(1, 5)).isEqualTo("a");
        assertThat(found(id(1, VALUE, 5)).version()).isEqualTo(version(1));
    }

    @Test
    void commitEndsAtItsVersion() throws Exception {
        append(1, 1, put(1, 5, "a"));
        append(1, 2, put(1, 5, "b"));
        append(1, 3, put(1, 5, "c"));
        storage.commit(1, version(2));
        assertThat(value(1, 5)).isEqualTo("b");
        storage.commit(1, version(2));
        storage.commit(1, version(1));
        assertThat(value(1, 5)).isEqualTo("b");
        storage.commit(1, version(3));
        assertThat(value(1, 5)).isEqualTo("c");
    }

    @Test
    void slicesCommitApart() throws Exception {
        append(1, 1, put(1, 5, "a"));
        append(2, 1, put(2, 5, "b"));
        storage.commit(2, version(1));
        assertThat(value(1, 5)).isNull();
        assertThat(value(2, 5)).isEqualTo("b");
    }

    @Test
    void mutationsOfOneRecordHappenInOrder() throws Exception {
        write(1, 1, put(1, 5, "a"), new Mutation.Delete(id(1, VALUE, 5)), put(1, 5, "b"), put(1, 6, "c"));
        write(1, 2, put(1, 6, "d"), new Mutation.Delete(id(1, VALUE, 6)));
        assertThat(value(1, 5)).isEqualTo("b");
        assertThat(value(1, 6)).isNull();
    }

    @Test
    void deleteOfNothingDoesNothing() throws Exception {
        write(1, 1, new Mutation.Delete(id(1, VALUE, 5)), new Mutation.Punch(id(1, CONTENT, 5), 0, 10));
        assertThat(storage.scan(FIRST, LAST, 10)).isEmpty();
    }

    @Test
    void versionsOfASliceMustAscend() throws Exception {
        append(1, 3, put(1, 5, "a"));
        assertThatThrownBy(() -> append(1, 3, put(1, 5, "b"))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> append(1, 2, put(1, 5, "b"))).isInstanceOf(IllegalArgumentException.class);
        append(1, 4, put(1, 5, "c"));
    }

    @Test
    void emptyValuesAndRecordsWithoutMutationsAreKept() throws Exception {
        write(1, 1, put(1, 5, ""));
        write(1, 2);
        restartAlone();
        assertThat(value(1, 5)).isEmpty();
        assertThat(storage.tails()).isEqualTo(Map.of(1L, version(2)));
    }

    @Test
    void idsAsLongAsTheyMayBeAndLargeValuesAreKept() throws Exception {
        byte[] subKey = new byte[RecordId.MAX_SUB_KEY_BYTES];
        Arrays.fill(subKey, (byte) 0xff);
        RecordId id = RecordId.of(Key.MAX, 254, subKey);
        byte[] value = random(70_000, 1);
        write(1, 1, new Mutation.Put(id, value));
        restartAlone();
        assertThat(found(id).value()).isEqualTo(value);
    }

    // --- truncation

    @Test
    void whatIsTruncatedNeverHappens() throws Exception {
        write(1, 1, put(1, 1, "a"));
        append(1, 2, put(1, 2, "b"));
        append(1, 3, put(1, 3, "c"));
        append(2, 1, put(2, 1, "other"));
        storage.truncate(1, version(2));
        assertThat(storage.tails()).isEqualTo(Map.of(1L, version(2), 2L, version(1)));
        storage.commit(1, version(9));
        assertThat(value(1, 2)).isEqualTo("b");
        assertThat(value(1, 3)).isNull();
        restartAlone();
        assertThat(value(1, 2)).isEqualTo("b");
        assertThat(value(1, 3)).isNull();
        assertThat(value(2, 1)).isEqualTo("other");
        assertThat(storage.tails()).isEqualTo(Map.of(1L, version(2), 2L, version(1)));
    }

    @Test
    void aNewEpochGoesOnWhereTheOldWasCut() throws Exception {
        append(1, 1, put(1, 1, "a"));
        append(1, 2, put(1, 1, "lost"), put(1, 2, "lost"));
        storage.truncate(1, version(1));
        LogRecord next = new LogRecord(1, new Version(2, 2), List.of(put(1, 3, "kept")));
        storage.append(next, Purpose.GROW);
        restartAlone();
        assertThat(value(1, 1)).isEqualTo("a");
        assertThat(value(1, 2)).isNull();
        assertThat(value(1, 3)).isEqualTo("kept");
        assertThat(storage.tails()).isEqualTo(Map.of(1L, new Version(2, 2)));
    }

    @Test
    void truncatedContentNeverHappens() throws Exception {
        write(1, 1, content(1, 0, 0, random(1000, 1)));
        append(1, 2, content(1, 500, 0, random(1000, 2)));
        storage.truncate(1, version(1));
        restartAlone();
        assertThat(storage.runs(id(1, CONTENT, 1), Visibility.ALL)).containsExactly(new Run(0, 1000));
        assertThat(read(1, 1, 0, 1000)).isEqualTo(random(1000, 1));
    }

    @Test
    void truncatingEverythingForgetsTheSlice() throws Exception {
        append(1, 1, put(1, 1, "a"));
        storage.truncate(1, Version.NONE);
        assertThat(storage.tails()).isEmpty();
        restartAlone();
        assertThat(storage.tails()).isEmpty();
        assertThat(value(1, 1)).isNull();
    }

    @Test
    void truncatingNothingIsNoChange() throws Exception {
        write(1, 1, put(1, 1, "a"));
        storage.truncate(1, version(1));
        storage.truncate(7, Version.NONE);
        assertThat(storage.tails()).isEqualTo(Map.of(1L, version(1)));
    }

    @Test
    void whatIsCommittedCannotBeTruncated() throws Exception {
        write(1, 1, put(1, 1, "a"));
        write(1, 2, put(1, 1, "b"));
        assertThatThrownBy(() -> storage.truncate(1, version(1))).isInstanceOf(IllegalArgumentException.class);
        assertThat(value(1, 1)).isEqualTo("b");
    }

    // --- restart

    @Test
    void afterARestartEverythingAppendedIsThere() throws Exception {
        write(1, 1, put(1, 1, "a"));
        append(1, 2, put(1, 2, "b"));
        append(2, 1, put(2, 1, "c"), content(2, 0, 0, random(5000, 3), 10));
        restartAlone();
        assertThat(value(1, 1)).isEqualTo("a");
        assertThat(value(1, 2)).isEqualTo("b");
        assertThat(value(2, 1)).isEqualTo("c");
        assertThat(read(2, 10, 0, 5000)).isEqualTo(random(5000, 3));
        assertThat(storage.tails()).isEqualTo(Map.of(1L, version(2), 2L, version(1)));
        assertThat(found(id(1, VALUE, 2)).version()).isEqualTo(version(2));
        assertThatThrownBy(() -> append(1, 2, put(1, 1, "x"))).isInstanceOf(IllegalArgumentException.class);
        write(1, 3, put(1, 1, "d"));
        restartAlone();
        assertThat(value(1, 1)).isEqualTo("d");
    }

    @Test
    void afterACloseEverythingIsThere() throws Exception {
        write(1, 1, put(1, 1, "a"), put(1, 2, "b"), content(1, 0, 0, random(40_000, 3), 10));
        write(1, 2, new Mutation.Delete(id(1, VALUE, 1)));
        storage.close();
        storage.close();
        storage = reopen(storage);
        assertThat(value(1, 1)).isNull();
        assertThat(value(1, 2)).isEqualTo("b");
        assertThat(read(1, 10, 0, 40_000)).isEqualTo(random(40_000, 3));
        assertThat(storage.tails()).isEqualTo(Map.of(1L, version(2)));
        storage = reopen(closed(storage));
        assertThat(value(1, 2)).isEqualTo("b");
    }

    @Test
    void aClosedStorageRefusesWork() throws Exception {
        storage.close();
        assertThatThrownBy(() -> append(1, 1, put(1, 1, "a"))).isInstanceOf(StorageException.class);
        assertThatThrownBy(() -> storage.get(id(1, VALUE, 1))).isInstanceOf(StorageException.class);
    }

    // --- the table

    @Test
    void scansAreOrderedAndBounded() throws Exception {
        List<Mutation> puts = new ArrayList<>();
        for (int i : new int[] {7, 3, 9, 1, 5}) {
            puts.add(put(1, i, "v" + i));
        }
        write(1, 1, puts.toArray(Mutation[]::new));
        assertThat(scanned(FIRST, LAST, 10)).containsExactly("v1", "v3", "v5", "v7", "v9");
        assertThat(scanned(FIRST, LAST, 2)).containsExactly("v1", "v3");
        assertThat(scanned(FIRST, LAST, 0)).isEmpty();
        assertThat(scanned(id(1, VALUE, 3), id(1, VALUE, 7), 10)).containsExactly("v3", "v5");
        assertThat(scanned(id(1, VALUE, 3).successor(), id(1, VALUE, 8), 10)).containsExactly("v5", "v7");
        assertThat(scanned(id(1, VALUE, 7), id(1, VALUE, 3), 10)).isEmpty();
        write(1, 2, new Mutation.Delete(id(1, VALUE, 5)), put(1, 4, "v4"));
        assertThat(scanned(FIRST, LAST, 10)).containsExactly("v1", "v3", "v4", "v7", "v9");
        storage = reopen(closed(storage));
        write(1, 3, new Mutation.Delete(id(1, VALUE, 1)), put(1, 3, "w3"), put(1, 6, "v6"));
        assertThat(scanned(FIRST, LAST, 10)).containsExactly("w3", "v4", "v6", "v7", "v9");
        assertThat(scanned(FIRST, LAST, 3)).containsExactly("w3", "v4", "v6");
    }

    @Test
    void idsAreOrderedAsUnsignedBytes() throws Exception {
        Key high = new Key(-1L, 0, 0);
        RecordId a = RecordId.of(high, 200, new byte[] {1});
        RecordId b = RecordId.of(high, 200, new byte[] {1, 0});
        RecordId c = RecordId.of(high, 200, new byte[] {(byte) 0x80});
        write(1, 1, new Mutation.Put(c, bytes("c")), new Mutation.Put(a, bytes("a")), new Mutation.Put(b, bytes("b")));
        write(1, 2, put(1, 1, "first"));
        assertThat(scanned(FIRST, LAST, 10)).containsExactly("first", "a", "b", "c");
        storage = reopen(closed(storage));
        assertThat(scanned(FIRST, LAST, 10)).containsExactly("first", "a", "b", "c");
        assertThat(scanned(b, LAST, 10)).containsExactly("b", "c");
    }

    @Test
    void chunksAreListedAmongRecords() throws Exception {
        write(1, 1, put(1, 1, "a"), content(1, 1, 0, random(10, 1)));
        List<StoredRecord> found = storage.scan(FIRST, LAST, 10);
        assertThat(found).extracting(StoredRecord::id).containsExactly(id(1, VALUE, 1), id(1, CONTENT, 1));
        StoredRecord chunk = found(id(1, CONTENT, 1));
        assertThat(found.get(1).value()).isEqualTo(chunk.value());
        assertThat(chunk.version()).isEqualTo(version(1));
    }

    // --- space

    @Test
    void fullStorageRefusesGrowthAndStillReleases() throws Exception {
        storage.close();
        storage = create(24 << 20, 8 << 20);
        int written = fill(1);
        assertThat(written).isBetween(6, 24);
        assertThat(storage.space().available()).isLessThan(2 << 20);
        assertThat(storage.get(id(1, CONTENT, written))).isNull();
        assertThat(read(1, written - 1, 0, CHUNK)).isEqualTo(random(CHUNK, written - 1));
        assertThat(storage.tails()).isEqualTo(Map.of(1L, version(written)));

        List<Mutation> deletes = new ArrayList<>();
        for (int i = 0; i < written; i++) {
            deletes.add(new Mutation.Delete(id(1, CONTENT, i)));
        }
        storage.append(new LogRecord(1, version(written + 1), deletes), Purpose.RELEASE);
        storage.commit(1, version(written + 1));
        settle(storage);
        assertThat(storage.space().available()).isGreaterThan(8 << 20);
        write(1, written + 2, content(1, 0, 0, random(CHUNK, 1), 0));
        restartAlone();
        assertThat(read(1, 0, 0, CHUNK)).isEqualTo(random(CHUNK, 1));
        assertThat(storage.get(id(1, CONTENT, 1))).isNull();
    }

    private int fill(long slice) throws StorageException {
        int written = 0;
        while (true) {
            try {
                write(slice, written + 1, content(slice, 0, 0, random(CHUNK, written), written));
            } catch (StorageFullException full) {
                return written;
            }
            written++;
        }
    }

    @Test
    void spaceAddsUp() throws Exception {
        write(1, 1, content(1, 0, 0, random(CHUNK, 1)));
        assertThat(storage.space().used()).isGreaterThan(CHUNK);
        assertThat(storage.space().total()).isGreaterThan(storage.space().used());
        assertThat(storage.space().available()).isLessThan(storage.space().total());
    }

    // --- threads

    @Test
    void readersSeeEachCommitWholeOrNotAtAll() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        AtomicBoolean done = new AtomicBoolean();
        List<Future<?>> readers = new ArrayList<>();
        for (int slice = 1; slice <= 2; slice++) {
            long number = slice;
            write(number, 1, row(number, 1));
            readers.add(threads.submit(() -> {
                while (!done.get()) {
                    List<String> seen = scanned(id(number, VALUE, 0), id(number, VALUE, 100), 100);
                    assertThat(seen).hasSize(20).allMatch(seen.get(0)::equals);
                }
                return null;
            }));
        }
        List<Future<?>> writers = new ArrayList<>();
        for (int slice = 1; slice <= 2; slice++) {
            long number = slice;
            writers.add(threads.submit(() -> {
                for (int round = 2; round <= 300; round++) {
                    write(number, round, row(number, round));
                    if (round % 50 == 0) {
                        storage.sync();
                    }
                }
                return null;
            }));
        }
        for (Future<?> writer : writers) {
            writer.get();
        }
        done.set(true);
        for (Future<?> reader : readers) {
            reader.get();
        }
        threads.shutdown();
        restartAlone();
        assertThat(value(1, 19)).isEqualTo("300");
        assertThat(value(2, 0)).isEqualTo("300");
    }

    private static Mutation[] row(long slice, int round) {
        Mutation[] puts = new Mutation[20];
        for (int i = 0; i < puts.length; i++) {
            puts[i] = put(slice, i, Integer.toString(round));
        }
        return puts;
    }
}
