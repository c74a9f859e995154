package magma.storage.xodus;

import java.nio.ByteBuffer;
import java.util.List;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Run;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Visibility;
import org.jspecify.annotations.Nullable;

/** Reads what is committed: records out of the table, content out of the segments to which it points. */
final class CommittedReads {
    private final StorageDirectory directory;
    private final EntryTable table;
    private final ContentReader reader;
    private final Use use;

    /** Whether the storage may still be read. */
    @FunctionalInterface
    interface Use {
        /** @throws StorageException when it is closed */
        void check() throws StorageException;
    }

    CommittedReads(StorageDirectory directory, EntryTable table, ContentReader reader, Use use) {
        this.directory = directory;
        this.table = table;
        this.reader = reader;
        this.use = use;
    }

    @Nullable
    StoredRecord get(RecordId id) throws StorageException {
        return EntryTable.record(id, find(id));
    }

    private Entry find(RecordId id) throws StorageException {
        use.check();
        return table.find(id);
    }

    List<StoredRecord> scan(RecordId from, RecordId to, int most) throws StorageException {
        use.check();
        return table.scan(from, to, most);
    }

    void content(RecordId chunk, int offset, ByteBuffer to, Visibility visibility) throws StorageException {
        if (offset < 0 || offset + to.remaining() > Mutation.CHUNK_BYTES) {
            throw new IllegalArgumentException(offset + " and " + to.remaining() + " bytes on is no range of a chunk");
        }
        int start = to.position();
        ExtentMap tried = null;
        while (true) {
            ExtentMap extents = find(chunk).content();
            try {
                reader.read(chunk, extents, offset, to, visibility);
                return;
            } catch (SegmentFile.GoneException e) {
                // The cleaner carried the bytes elsewhere after we looked.
                use.check();
                if (extents == tried) {
                    throw new StorageException(
                            "content of " + chunk + " is missing: " + e.getMessage() + ". Run: magma storage check "
                                    + directory.path(),
                            e);
                }
                tried = extents;
                to.position(start);
            }
        }
    }

    List<Run> runs(RecordId chunk, Visibility visibility) throws StorageException {
        return find(chunk).content().runs(visibility);
    }
}
