package magma.dht.host;

import java.util.List;
import magma.dht.batch.RecordView;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import org.jspecify.annotations.Nullable;

/** What storage has committed, as a slice's state wants to see it. */
record CommittedView(Storage storage) implements RecordView {
    @Override
    public @Nullable StoredRecord get(RecordId id) throws StorageException {
        return storage.get(id);
    }

    @Override
    public List<StoredRecord> scan(RecordId from, RecordId to, int most) throws StorageException {
        return storage.scan(from, to, most);
    }

    @Override
    public List<Storage.Run> runs(RecordId chunk, long lowest) throws StorageException {
        return storage.runs(chunk, generation -> generation < lowest ? 0 : Mutation.CHUNK_BYTES);
    }
}
