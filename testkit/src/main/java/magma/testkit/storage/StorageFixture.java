package magma.testkit.storage;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.dht.storage.Visibility;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** The storage that a test of the suite works on, and the words the tests are written in. */
abstract class StorageFixture {
    static final int CHUNK = Mutation.CHUNK_BYTES;
    static final RecordId FIRST = RecordId.of(Key.MIN, 1);
    static final RecordId LAST = RecordId.of(Key.MAX, 255);

    /** Ids are made of a slice's number and a place, so that slices do not touch each other's. */
    static final int VALUE = 1;

    static final int CONTENT = 2;

    Storage storage;

    /**
     * A new, empty storage.
     *
     * @param capacity the bytes it may hold
     * @param reserve how many of them are for {@link Purpose#RELEASE} only
     */
    protected abstract Storage create(long capacity, long reserve) throws Exception;

    /** What a process finds that starts after the one of {@code killed} was killed. */
    protected abstract Storage restart(Storage killed) throws Exception;

    /** What a process finds that starts after {@code closed} was closed. */
    protected abstract Storage reopen(Storage closed) throws Exception;

    /** Returns when {@code storage} has given back the space of what was deleted. */
    protected abstract void settle(Storage storage) throws Exception;

    @BeforeEach
    final void createStorage() throws Exception {
        storage = create(1L << 40, 0);
    }

    @AfterEach
    final void closeStorage() throws Exception {
        storage.close();
    }

    // --- words of the tests

    static Version version(long sequence) {
        return new Version(1, sequence);
    }

    static RecordId id(long slice, int kind, int place) {
        return RecordId.of(new Key(slice, place, 0), kind);
    }

    static Mutation.Put put(long slice, int place, String value) {
        return new Mutation.Put(id(slice, VALUE, place), bytes(value));
    }

    /** Content of the chunk at place 1 of the slice. */
    static Mutation.Write content(long slice, int offset, long generation, byte[] data) {
        return content(slice, offset, generation, data, 1);
    }

    static Mutation.Write content(long slice, int offset, long generation, byte[] data, int place) {
        return new Mutation.Write(id(slice, CONTENT, place), offset, generation, ByteBuffer.wrap(data));
    }

    final void append(long slice, long sequence, Mutation... mutations) throws StorageException {
        storage.append(new LogRecord(slice, version(sequence), List.of(mutations)), Purpose.GROW);
    }

    final void write(long slice, long sequence, Mutation... mutations) throws StorageException {
        append(slice, sequence, mutations);
        storage.commit(slice, version(sequence));
    }

    /** The process is killed, and one starts that has the only replica: what is appended becomes committed. */
    final void restartAlone() throws Exception {
        storage = restart(storage);
        for (Map.Entry<Long, Version> tail : storage.tails().entrySet()) {
            storage.commit(tail.getKey(), tail.getValue());
        }
    }

    static Storage closed(Storage storage) throws StorageException {
        storage.close();
        return storage;
    }

    final @Nullable String value(long slice, int place) throws StorageException {
        StoredRecord record = storage.get(id(slice, VALUE, place));
        return record == null ? null : text(record.value());
    }

    /** The record, which must be there. */
    final StoredRecord found(RecordId id) throws StorageException {
        return Objects.requireNonNull(storage.get(id), () -> "no record " + id);
    }

    final List<String> scanned(RecordId from, RecordId to, int most) throws StorageException {
        return storage.scan(from, to, most).stream()
                .map(record -> text(record.value()))
                .toList();
    }

    final byte[] read(long slice, int place, int offset, int length) throws StorageException {
        ByteBuffer to = ByteBuffer.allocate(length);
        storage.readContent(id(slice, CONTENT, place), offset, to, Visibility.ALL);
        return to.array();
    }

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }

    static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
