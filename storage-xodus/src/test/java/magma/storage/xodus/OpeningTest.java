package magma.storage.xodus;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;
import magma.dht.storage.Visibility;
import magma.storage.xodus.StorageTool.Progress;
import magma.storage.xodus.StorageTool.Report;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is not a sound storage of this version does not open, and the message says what to do. */
class OpeningTest {
    @TempDir
    Path temp;

    private Path storage() throws Exception {
        Path place = temp.resolve("storage");
        try (XodusStorage storage = XodusStorage.create(place, Small.SETTINGS)) {
            for (int i = 1; i <= 20; i++) {
                List<Mutation> mutations = List.of(
                        new Mutation.Put(Workload.id(1, 1, i), new byte[] {(byte) i}),
                        new Mutation.Write(Workload.id(1, 2, i), 0, 0, ByteBuffer.wrap(new byte[20_000])));
                storage.append(new LogRecord(1, new Version(1, i), mutations), Purpose.GROW);
            }
            storage.commit(1, new Version(1, 20));
        }
        return place;
    }

    private static void refuses(Path place, String... said) {
        assertThatThrownBy(() -> XodusStorage.open(place, Small.SETTINGS).close())
                .isInstanceOf(StorageException.class)
                .hasMessageContainingAll(said);
    }

    @Test
    void aMissingDirectoryIsNotOpened() {
        refuses(temp.resolve("nowhere"), "holds no Magma storage", "Is the disk mounted?", "--create");
        assertThat(temp.resolve("nowhere")).doesNotExist();
    }

    @Test
    void anEmptyDirectoryIsNotOpened() {
        refuses(temp, "holds no Magma storage");
        assertThat(temp).isEmptyDirectory();
    }

    @Test
    void aStorageIsNotMadeWhereSomethingIs() throws Exception {
        Files.writeString(temp.resolve("letter"), "dear");
        assertThatThrownBy(() -> XodusStorage.create(temp, Small.SETTINGS))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("is not empty");
        Path place = storage();
        assertThatThrownBy(() -> XodusStorage.create(place, Small.SETTINGS)).hasMessageContaining("is not empty");
    }

    @Test
    void aStorageInUseIsNotOpenedAgain() throws Exception {
        Path place = storage();
        XodusStorage storage = XodusStorage.open(place, Small.SETTINGS);
        refuses(place, "is in use by pid " + ProcessHandle.current().pid());
        assertThatThrownBy(() -> StorageTool.check(place, Progress.NONE)).hasMessageContaining("is in use by pid");
        storage.close();
        XodusStorage.open(place, Small.SETTINGS).close();
    }

    @Test
    void anotherFormatIsNotOpened() throws Exception {
        Path place = storage();
        Path format = place.resolve("format");
        String text = Files.readString(format);
        Files.writeString(format, text.replace("version 2", "version 3"));
        refuses(place, "storage format version 3", "knows versions up to 2 only", "use a newer Magma");
        Files.writeString(format, "something else", UTF_8);
        refuses(place, "is not the format file");
        Files.writeString(format, text.replaceAll("id .*", "id nobody"));
        refuses(place, "no id");
    }

    @Test
    void aSegmentFromTheFutureIsNotOpened() throws Exception {
        Path place = storage();
        try (RandomAccessFile file = new RandomAccessFile(Places.last(place).toFile(), "rw")) {
            byte[] header = new byte[SegmentHeader.BYTES];
            file.readFully(header);
            header[11] = 9;
            CRC32C crc = new CRC32C();
            crc.update(header, 0, SegmentHeader.BYTES - 4);
            file.seek(0);
            file.write(header, 0, SegmentHeader.BYTES - 4);
            file.writeInt((int) crc.getValue());
        }
        refuses(place, Places.last(place).getFileName().toString(), "format version 9", "use a newer Magma");
        assertThatThrownBy(() -> StorageTool.rebuild(place, Progress.NONE)).hasMessageContaining("format version 9");
    }

    @Test
    void aSegmentOfAnotherStorageIsNotOpened() throws Exception {
        Path place = storage();
        Path other = temp.resolve("other");
        XodusStorage.create(other, Small.SETTINGS).close();
        Path last = Places.last(place);
        byte[] foreign = Files.readAllBytes(Places.last(other));
        SegmentHeader header = SegmentHeader.decode(foreign);
        int number = SegmentFile.number(last).getAsInt();
        Files.write(last, new SegmentHeader(number, header.storage(), header.previous()).encode());
        refuses(place, "belongs to another storage");
        assertThat(StorageTool.check(place, Progress.NONE).problems())
                .anySatisfy(problem -> assertThat(problem.what()).contains("another storage"));
    }

    @Test
    void aMissingSegmentIsNoticed() throws Exception {
        Path place = storage();
        Path lost = Places.segments(place).get(1);
        Files.delete(lost);
        refuses(place, lost.getFileName().toString(), "is missing", "magma storage check " + place);
        Report report = StorageTool.check(place, Progress.NONE);
        assertThat(report.problems())
                .anySatisfy(problem -> assertThat(problem.file()).isEqualTo(lost));
    }

    @Test
    void aDamagedIndexIsNoticedAndCanBeRebuilt() throws Exception {
        Path place = storage();
        try (Stream<Path> files = Files.list(place.resolve("index"))) {
            for (Path file :
                    files.filter(file -> file.toString().endsWith(".xd")).toList()) {
                byte[] bytes = Files.readAllBytes(file);
                for (int i = 100; i < bytes.length; i += 50) {
                    bytes[i] ^= 0x55;
                }
                Files.write(file, bytes);
            }
        }
        refuses(place, "magma storage rebuild " + place);
        assertThat(StorageTool.check(place, Progress.NONE).isClean()).isFalse();
        rebuilds(place);
    }

    @Test
    void aMissingIndexCanBeRebuilt() throws Exception {
        Path place = storage();
        emptyIndex(place);
        refuses(place, "the index", "magma storage rebuild " + place);
        emptyIndex(place);
        Files.delete(place.resolve("index"));
        refuses(place, "the index", "magma storage rebuild " + place);
        rebuilds(place);
    }

    private static void emptyIndex(Path place) throws Exception {
        try (Stream<Path> files = Files.list(place.resolve("index"))) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    private static void rebuilds(Path place) throws Exception {
        Report report = StorageTool.rebuild(place, Progress.NONE);
        assertThat(report.problems()).isEmpty();
        assertThat(report.values()).isEqualTo(20);
        assertThat(report.chunks()).isEqualTo(20);
        assertThat(report.contentBytes()).isEqualTo(400_000);
        try (XodusStorage storage = XodusStorage.open(place, Small.SETTINGS)) {
            assertThat(storage.scan(Workload.FIRST, Workload.LAST, 100)).hasSize(40);
            assertThat(storage.tails()).containsEntry(1L, new Version(1, 20));
        }
        assertThat(StorageTool.scrub(place, Progress.NONE).problems()).isEmpty();
    }

    @Test
    void aFlippedByteOfContentIsFoundByReadAndByScrub() throws Exception {
        Path place = storage();
        Path segment = Places.segments(place).get(1);
        Places.flip(segment, 30_000);
        try (XodusStorage storage = XodusStorage.open(place, Small.SETTINGS)) {
            int damaged = 0;
            for (int i = 1; i <= 20; i++) {
                try {
                    storage.readContent(Workload.id(1, 2, i), 0, ByteBuffer.allocate(20_000), Visibility.ALL);
                } catch (StorageException e) {
                    assertThat(e)
                            .hasMessageContainingAll(segment.toString(), "is damaged", "magma storage scrub " + place);
                    damaged++;
                }
            }
            assertThat(damaged).isEqualTo(1);
            assertThat(storage.scrub(Progress.NONE).problems())
                    .singleElement()
                    .satisfies(problem -> assertThat(problem.file()).isEqualTo(segment));
        }
        Report report = StorageTool.scrub(place, Progress.NONE);
        assertThat(report.problems()).singleElement().satisfies(problem -> {
            assertThat(problem.file()).isEqualTo(segment);
            assertThat(problem.offset()).isBetween(30_000L - Blocks.BYTES, 30_000L);
        });
        assertThat(StorageTool.check(place, Progress.NONE).isClean()).isTrue();
    }
}
