package magma.vulcano;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import magma.dht.storage.Installed;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Space;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.dht.storage.Visibility;
import org.jspecify.annotations.Nullable;

/** The storage of a witness: it holds nothing, has no room, and refuses whatever would be stored. */
final class NoStorage implements Storage {

    private static StorageException refused() {
        return new StorageException("a witness stores nothing");
    }

    @Override
    public @Nullable StoredRecord get(RecordId id) {
        return null;
    }

    @Override
    public List<StoredRecord> scan(RecordId from, RecordId to, int most) {
        return List.of();
    }

    @Override
    public void readContent(RecordId chunk, int offset, ByteBuffer to, Visibility visibility) throws StorageException {
        throw refused();
    }

    @Override
    public List<Run> runs(RecordId chunk, Visibility visibility) {
        return List.of();
    }

    @Override
    public void append(LogRecord record, Purpose purpose) throws StorageException {
        throw refused();
    }

    @Override
    public void commit(long slice, Version version) throws StorageException {
        throw refused();
    }

    @Override
    public void truncate(long slice, Version version) {}

    @Override
    public List<LogRecord> uncommitted(long slice) {
        return List.of();
    }

    @Override
    public void beginInstall(long slice) throws StorageException {
        throw refused();
    }

    @Override
    public void install(long slice, List<Installed> items, Purpose purpose) throws StorageException {
        throw refused();
    }

    @Override
    public void endInstall(long slice, Version at) throws StorageException {
        throw refused();
    }

    @Override
    public List<Mutation.Write> export(RecordId chunk) {
        return List.of();
    }

    @Override
    public void sync() {}

    @Override
    public Map<Long, Version> tails() {
        return Map.of();
    }

    @Override
    public Map<Long, Version> commits() {
        return Map.of();
    }

    @Override
    public Space space() {
        return new Space(0, 0, 0);
    }

    @Override
    public void close() {}
}
