package magma.dht.batch;

import java.util.List;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import org.jspecify.annotations.Nullable;

/** The committed records of a slice, as its primary sees them while it carries out a batch. */
public interface RecordView {
    @Nullable
    StoredRecord get(RecordId id) throws StorageException;

    List<StoredRecord> scan(RecordId from, RecordId to, int most) throws StorageException;

    /** The runs of bytes that a chunk stores, of all generations. */
    default List<Storage.Run> runs(RecordId chunk) throws StorageException {
        return runs(chunk, Long.MIN_VALUE);
    }

    /** Those of that generation and higher ones. */
    List<Storage.Run> runs(RecordId chunk, long lowest) throws StorageException;
}
