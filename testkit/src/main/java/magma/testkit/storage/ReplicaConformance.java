package magma.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import magma.dht.storage.Installed;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.Storage.Run;
import magma.dht.storage.StorageException;
import magma.dht.storage.StorageFullException;
import magma.dht.storage.Version;
import magma.dht.storage.Visibility;
import org.junit.jupiter.api.Test;

/** The part of {@link StorageConformance} that is about what a replica needs: what waits for its commit, and what is taken over from another. */
abstract class ReplicaConformance extends ContentConformance {
    // --- what is not committed

    @Test
    void whatIsNotCommittedIsListedWithAllItsContent() throws Exception {
        write(1, 1, put(1, 1, "a"));
        append(1, 2, put(1, 1, "b"), content(1, 70_000, 7, random(40_000, 3)), content(1, 5, 8, random(3, 4), 2));
        append(1, 3);
        append(1, 4, new Mutation.Delete(id(1, VALUE, 1)), new Mutation.Punch(id(1, CONTENT, 1), 5, 80_000));
        append(2, 9, put(2, 1, "other"));
        List<String> all = texts(storage.uncommitted(1));
        assertThat(all).hasSize(3);
        assertThat(all.get(0)).contains(hex(random(40_000, 3)), " 70000 7 ").startsWith("1 " + version(2));
        assertThat(texts(storage.uncommitted(2))).hasSize(1);
        assertThat(storage.uncommitted(3)).isEmpty();
        storage = restart(storage);
        assertThat(texts(storage.uncommitted(1))).isEqualTo(all);
        storage = reopen(closed(storage));
        assertThat(texts(storage.uncommitted(1))).isEqualTo(all);
        storage.commit(1, version(2));
        assertThat(texts(storage.uncommitted(1))).isEqualTo(all.subList(1, 3));
        storage.commit(1, version(4));
        assertThat(storage.uncommitted(1)).isEmpty();
        assertThat(texts(storage.uncommitted(2))).hasSize(1);
    }

    @Test
    void whatARestartFindsUncommittedIsNotSeenBeforeItIsCommitted() throws Exception {
        write(1, 1, put(1, 1, "a"), content(1, 0, 0, random(30_000, 1)));
        append(1, 2, put(1, 1, "b"), content(1, 1000, 0, random(30_000, 2)));
        append(1, 3, new Mutation.Delete(id(1, CONTENT, 1)), put(1, 2, "c"));
        storage = restart(storage);
        assertThat(storage.tails()).isEqualTo(Map.of(1L, version(3)));
        assertThat(storage.commits()).isEqualTo(Map.of(1L, version(1)));
        assertThat(value(1, 1)).isEqualTo("a");
        assertThat(read(1, 1, 0, 30_000)).isEqualTo(random(30_000, 1));
        storage.commit(1, version(2));
        assertThat(value(1, 1)).isEqualTo("b");
        assertThat(found(id(1, VALUE, 1)).version()).isEqualTo(version(2));
        assertThat(read(1, 1, 1000, 30_000)).isEqualTo(random(30_000, 2));
        assertThat(value(1, 2)).isNull();
        storage.commit(1, version(3));
        assertThat(storage.get(id(1, CONTENT, 1))).isNull();
        assertThat(value(1, 2)).isEqualTo("c");
        assertThat(storage.commits()).isEqualTo(Map.of(1L, version(3)));
    }

    @Test
    void afterAKillTheCommitPointIsAsOldAsTheLastAppendAndNeverTooNew() throws Exception {
        write(1, 1, put(1, 1, "a"));
        write(1, 2, put(1, 1, "b"));
        append(1, 3, put(1, 1, "c"));
        append(1, 4, put(1, 1, "d"));
        storage.commit(1, version(3));
        storage = restart(storage);
        assertThat(storage.commits().get(1L)).isBetween(version(2), version(3));
        storage = restart(storage);
        assertThat(storage.commits().get(1L)).isBetween(version(2), version(3));
        assertThat(storage.tails()).isEqualTo(Map.of(1L, version(4)));
    }

    @Test
    void afterACloseTheCommitPointIsExact() throws Exception {
        write(1, 1, put(1, 1, "a"));
        append(1, 2, put(1, 1, "b"));
        write(2, 1);
        append(3, 1, put(3, 1, "z"));
        storage.commit(1, version(2));
        append(1, 3, put(1, 1, "c"));
        storage = reopen(closed(storage));
        assertThat(storage.commits()).isEqualTo(Map.of(1L, version(2), 2L, version(1)));
        assertThat(storage.tails()).isEqualTo(Map.of(1L, version(3), 2L, version(1), 3L, version(1)));
        assertThat(value(1, 1)).isEqualTo("b");
        storage.commit(1, version(3));
        write(2, 2);
        storage = reopen(closed(storage));
        assertThat(storage.commits()).isEqualTo(Map.of(1L, version(3), 2L, version(2)));
        assertThat(value(1, 1)).isEqualTo("c");
    }

    @Test
    void aRecordWithoutMutationsCountsAsAnyOther() throws Exception {
        append(1, 1);
        storage = restart(storage);
        assertThat(storage.tails()).isEqualTo(Map.of(1L, version(1)));
        assertThat(storage.commits()).isEmpty();
        assertThat(storage.uncommitted(1)).containsExactly(new LogRecord(1, version(1), List.of()));
        storage.commit(1, version(1));
        assertThat(storage.commits()).isEqualTo(Map.of(1L, version(1)));
        storage = reopen(closed(storage));
        assertThat(storage.tails()).isEqualTo(storage.commits()).isEqualTo(Map.of(1L, version(1)));
        assertThat(storage.uncommitted(1)).isEmpty();
    }

    @Test
    void whatARestartFindsUncommittedCanBeTruncated() throws Exception {
        write(1, 1, put(1, 1, "a"), content(1, 0, 0, random(500, 1)));
        append(1, 2, put(1, 1, "b"));
        append(1, 3, put(1, 1, "c"), content(1, 0, 0, random(500, 2)));
        append(1, 4, new Mutation.Delete(id(1, VALUE, 1)));
        storage = restart(storage);
        storage.truncate(1, version(2));
        assertThat(storage.tails()).isEqualTo(Map.of(1L, version(2)));
        LogRecord next = new LogRecord(1, new Version(2, 3), List.of(put(1, 2, "new")));
        storage.append(next, Purpose.GROW);
        storage = restart(storage);
        assertThat(texts(storage.uncommitted(1))).hasSize(2);
        storage.commit(1, next.version());
        assertThat(value(1, 1)).isEqualTo("b");
        assertThat(value(1, 2)).isEqualTo("new");
        assertThat(read(1, 1, 0, 500)).isEqualTo(random(500, 1));
        storage = reopen(closed(storage));
        assertThat(value(1, 1)).isEqualTo("b");
        assertThat(storage.commits()).isEqualTo(Map.of(1L, new Version(2, 3)));
    }

    @Test
    void oneSliceWaitsWhileOthersGoOn() throws Exception {
        write(1, 1, put(1, 1, "a"));
        append(1, 2, put(1, 1, "waits"), content(1, 0, 0, random(20_000, 9)));
        for (int i = 1; i <= 200; i++) {
            write(2, i, put(2, i % 7, "v" + i), content(2, 0, 0, random(20_000, i)));
        }
        settle(storage);
        storage = restart(storage);
        assertThat(value(1, 1)).isEqualTo("a");
        assertThat(texts(storage.uncommitted(1))).hasSize(1);
        storage.commit(1, version(2));
        storage.commit(2, version(200));
        settle(storage);
        restartAlone();
        assertThat(value(1, 1)).isEqualTo("waits");
        assertThat(read(1, 1, 0, 20_000)).isEqualTo(random(20_000, 9));
        assertThat(value(2, 200 % 7)).isEqualTo("v200");
    }

    // --- installation

    @Test
    void anInstallationBeginsByForgettingTheHistoryAndKeepsTheRecords() throws Exception {
        write(1, 1, put(1, 1, "a"));
        write(1, 2, put(1, 2, "b"));
        append(1, 3, put(1, 2, "never"));
        write(2, 1, put(2, 1, "other"));
        storage.beginInstall(1);
        for (int i = 0; i < 3; i++) {
            assertThat(storage.tails()).isEqualTo(Map.of(2L, version(1)));
            assertThat(storage.commits()).doesNotContainKey(1L);
            assertThat(storage.uncommitted(1)).isEmpty();
            assertThat(value(1, 1)).isEqualTo("a");
            assertThat(value(1, 2)).isEqualTo("b");
            storage = i == 0 ? restart(storage) : reopen(closed(storage));
        }
        storage.beginInstall(1);
        storage.beginInstall(7);
        assertThat(storage.tails()).doesNotContainKeys(1L, 7L);
    }

    @Test
    void whatIsInstalledIsSeenAtOnceUnderItsOwnVersion() throws Exception {
        write(1, 5, put(1, 1, "old"), put(1, 2, "old"), put(1, 3, "old"), content(1, 0, 0, random(9000, 1)));
        storage.beginInstall(1);
        Version earlier = version(3);
        Version later = new Version(4, 2);
        install(
                new Installed(put(1, 1, "earlier"), earlier),
                new Installed(put(1, 2, "later"), later),
                new Installed(new Mutation.Delete(id(1, VALUE, 3)), later),
                new Installed(new Mutation.Delete(id(1, CONTENT, 1)), earlier),
                new Installed(content(1, 100, 2, random(50, 2)), earlier),
                new Installed(content(1, 200, 3, random(50, 3)), earlier));
        for (int i = 0; i < 3; i++) {
            assertThat(value(1, 1)).isEqualTo("earlier");
            assertThat(found(id(1, VALUE, 1)).version()).isEqualTo(earlier);
            assertThat(found(id(1, VALUE, 2)).version()).isEqualTo(later);
            assertThat(value(1, 3)).isNull();
            assertThat(found(id(1, CONTENT, 1)).version()).isEqualTo(earlier);
            assertThat(storage.runs(id(1, CONTENT, 1), Visibility.ALL))
                    .containsExactly(new Run(100, 150), new Run(200, 250));
            assertThat(read(1, 1, 100, 50)).isEqualTo(random(50, 2));
            storage = i == 0 ? restart(storage) : reopen(closed(storage));
        }
    }

    private void install(Installed... items) throws StorageException {
        storage.install(1, List.of(items), Purpose.GROW);
    }

    @Test
    void theHistoryGoesOnAfterAnInstallation() throws Exception {
        write(1, 90, put(1, 1, "old"), put(1, 2, "old"));
        storage.beginInstall(1);
        install(new Installed(put(1, 1, "copied"), version(42)));
        storage.endInstall(1, version(40));
        assertThat(storage.tails()).isEqualTo(storage.commits()).isEqualTo(Map.of(1L, version(40)));
        assertThatThrownBy(() -> append(1, 40)).isInstanceOf(IllegalArgumentException.class);
        append(1, 41, put(1, 1, "between"));
        append(1, 42, put(1, 1, "copied"), new Mutation.Delete(id(1, VALUE, 2)));
        storage = restart(storage);
        assertThat(storage.tails()).isEqualTo(Map.of(1L, version(42)));
        assertThat(storage.commits()).isEqualTo(Map.of(1L, version(40)));
        assertThat(value(1, 1)).isEqualTo("copied");
        assertThat(value(1, 2)).isEqualTo("old");
        storage.commit(1, version(41));
        assertThat(value(1, 1)).isEqualTo("between");
        storage.commit(1, version(42));
        for (int i = 0; i < 3; i++) {
            assertThat(value(1, 1)).isEqualTo("copied");
            assertThat(found(id(1, VALUE, 1)).version()).isEqualTo(version(42));
            assertThat(value(1, 2)).isNull();
            settle(storage);
            if (i == 0) {
                restartAlone();
            } else {
                storage = reopen(closed(storage));
            }
        }
        assertThat(storage.commits()).isEqualTo(Map.of(1L, version(42)));
        storage.truncate(1, version(42));
        assertThatThrownBy(() -> storage.truncate(1, version(41))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatWasUncommittedBeforeAnInstallationNeverHappens() throws Exception {
        write(1, 1, put(1, 1, "a"));
        append(1, 2, put(1, 1, "never"));
        storage.beginInstall(1);
        storage.endInstall(1, version(7));
        storage.commit(1, version(9));
        assertThat(value(1, 1)).isEqualTo("a");
        storage = restart(storage);
        storage.commit(1, version(9));
        assertThat(value(1, 1)).isEqualTo("a");
        assertThat(storage.uncommitted(1)).isEmpty();
        assertThat(storage.tails()).isEqualTo(Map.of(1L, version(7)));
    }

    @Test
    void aSliceThatWasNeverHereIsInstalledWithoutForgetting() throws Exception {
        storage.install(5, List.of(new Installed(put(5, 1, "a"), version(3))), Purpose.GROW);
        storage.install(5, List.of(), Purpose.GROW);
        storage.endInstall(5, version(4));
        storage = restart(storage);
        assertThat(value(5, 1)).isEqualTo("a");
        assertThat(storage.tails()).isEqualTo(Map.of(5L, version(4)));
    }

    @Test
    void aSliceWithAHistoryIsNotInstalledOver() throws Exception {
        append(1, 1, put(1, 1, "a"));
        List<Installed> items = List.of(new Installed(put(1, 1, "b"), version(3)));
        assertThatThrownBy(() -> storage.install(1, items, Purpose.GROW)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> storage.endInstall(1, version(3))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> storage.endInstall(2, Version.NONE)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Installed(new Mutation.Punch(id(1, CONTENT, 1), 0, 9), version(1)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void anInstallationThatDoesNotFitChangesNothing() throws Exception {
        storage.close();
        storage = create(24 << 20, 8 << 20);
        List<Installed> items = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            items.add(new Installed(content(1, 0, 0, random(CHUNK, i), i), version(1)));
        }
        assertThatThrownBy(() -> storage.install(1, items, Purpose.GROW)).isInstanceOf(StorageFullException.class);
        assertThat(storage.scan(FIRST, LAST, 1)).isEmpty();
        storage.install(1, items.subList(0, 2), Purpose.GROW);
        assertThat(read(1, 1, 0, CHUNK)).isEqualTo(random(CHUNK, 1));
    }

    // --- export and digest

    @Test
    void anExportIsAllContentByGeneration() throws Exception {
        write(1, 1, content(1, 0, 4, random(50_000, 1)));
        write(1, 2, content(1, 50_000, 4, random(50_000, 2)), content(1, 300_000, 4, random(5, 3)));
        write(1, 3, content(1, 20_000, 6, random(100, 4)), new Mutation.Punch(id(1, CONTENT, 1), 60_000, 60_010));
        for (int i = 0; i < 2; i++) {
            List<Mutation.Write> export = storage.export(id(1, CONTENT, 1));
            assertThat(export)
                    .extracting(write -> write.offset() + " "
                            + (write.offset() + write.data().remaining()) + " " + write.generation())
                    .containsExactly(
                            "0 20000 4", "20000 20100 6", "20100 60000 4", "60010 100000 4", "300000 300005 4");
            byte[] bytes = new byte[100];
            export.get(1).data().duplicate().get(bytes);
            assertThat(bytes).isEqualTo(random(100, 4));
            restartAlone();
        }
        assertThat(storage.export(id(1, CONTENT, 9))).isEmpty();
        write(1, 4, put(1, 1, "a"));
        assertThat(storage.export(id(1, VALUE, 1))).isEmpty();
    }

    @Test
    void anInstalledExportIsTheSame() throws Exception {
        write(1, 1, content(1, 10, 4, random(70_000, 1)), content(1, 60_000, 5, random(70_000, 2)));
        byte[] digest = storage.digest(id(1, CONTENT, 1));
        List<Installed> items =
                new ArrayList<>(List.of(new Installed(new Mutation.Delete(id(1, CONTENT, 1)), version(1))));
        storage.export(id(1, CONTENT, 1)).forEach(write -> items.add(new Installed(write, version(1))));
        write(1, 2, content(1, 0, 9, random(200_000, 3)));
        assertThat(storage.digest(id(1, CONTENT, 1))).isNotEqualTo(digest);
        storage.beginInstall(1);
        storage.install(1, items, Purpose.GROW);
        assertThat(storage.digest(id(1, CONTENT, 1))).isEqualTo(digest);
        assertThat(read(1, 1, 10, 50_000)).isEqualTo(java.util.Arrays.copyOf(random(70_000, 1), 50_000));
    }

    @Test
    void digestsOfChunksAreOfBytesAndGenerations() throws Exception {
        byte[] data = random(40_000, 1);
        write(1, 1, content(1, 100, 4, data));
        write(1, 2, content(1, 100, 4, java.util.Arrays.copyOf(data, 30_000), 2));
        write(1, 3, content(1, 30_100, 4, java.util.Arrays.copyOfRange(data, 30_000, 40_000), 2));
        write(1, 4, content(1, 100, 5, data, 3), content(1, 101, 4, data, 4), content(1, 100, 4, random(40_000, 2), 5));
        byte[] digest = digest(CONTENT, 1);
        assertThat(digest(CONTENT, 2)).isEqualTo(digest).isNotEmpty();
        for (int other : new int[] {3, 4, 5, 6}) {
            assertThat(digest(CONTENT, other)).isNotEqualTo(digest);
        }
        settle(storage);
        restartAlone();
        assertThat(digest(CONTENT, 1)).isEqualTo(digest);
        assertThat(digest(CONTENT, 2)).isEqualTo(digest);
    }

    @Test
    void digestsOfRecordsAreOfVersionAndValue() throws Exception {
        write(1, 1, put(1, 1, "a"), put(1, 2, "a"), put(1, 3, "b"));
        write(1, 2, put(1, 4, "a"));
        assertThat(digest(VALUE, 1)).isEqualTo(digest(VALUE, 2)).isNotEmpty();
        assertThat(digest(VALUE, 3)).isNotEqualTo(digest(VALUE, 1));
        assertThat(digest(VALUE, 4)).isNotEqualTo(digest(VALUE, 1));
        assertThat(digest(VALUE, 9)).isEmpty();
    }

    private byte[] digest(int kind, int place) throws StorageException {
        return storage.digest(id(1, kind, place));
    }

    // --- words of the tests

    /** Log records with all that they say, comparable. */
    static List<String> texts(List<LogRecord> records) {
        List<String> texts = new ArrayList<>();
        for (LogRecord record : records) {
            StringBuilder text = new StringBuilder(record.slice() + " " + record.version());
            record.mutations().forEach(mutation -> text.append("; ").append(text(mutation)));
            texts.add(text.toString());
        }
        return texts;
    }

    private static String text(Mutation mutation) {
        RecordId id = mutation.id();
        if (mutation instanceof Mutation.Put put) {
            return "put " + id + " " + hex(put.value());
        }
        if (mutation instanceof Mutation.Write write) {
            ByteBuffer data = write.data().duplicate();
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            return "write " + id + " " + write.offset() + " " + write.generation() + " " + hex(bytes);
        }
        return mutation.toString();
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }
}
