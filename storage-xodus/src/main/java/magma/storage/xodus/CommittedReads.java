package magma.storage.xodus;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Run;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
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
        read(chunk, extents -> {
            reader.read(chunk, extents, offset, to.position(start), visibility);
            return extents;
        });
    }

    /** Reads content by way of extents. */
    private interface Work<T> {
        T on(ExtentMap extents) throws StorageException, SegmentFile.GoneException;
    }

    private <T> T read(RecordId chunk, Work<T> work) throws StorageException {
        ExtentMap tried = null;
        while (true) {
            ExtentMap extents = find(chunk).content();
            try {
                return work.on(extents);
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
            }
        }
    }

    /** Everything that the chunk stores. */
    List<Mutation.Write> export(RecordId chunk) throws StorageException {
        return read(chunk, extents -> {
            List<Mutation.Write> writes = new ArrayList<>();
            for (int i = 0, next; i < extents.size(); i = next) {
                next = extents.endOfRun(i);
                Extent first = extents.get(i);
                ByteBuffer bytes = ByteBuffer.allocate(extents.get(next - 1).to() - first.from());
                reader.read(chunk, extents, first.from(), bytes, Visibility.ALL);
                writes.add(new Mutation.Write(chunk, first.from(), first.generation(), bytes.flip()));
            }
            return writes;
        });
    }

    /** The records of a slice that are not committed. */
    List<LogRecord> uncommitted(long slice, SliceTail tail) throws StorageException {
        use.check();
        List<LogRecord> records = new ArrayList<>();
        for (SliceTail.Pending pending : tail.written()) {
            List<Mutation> mutations = new ArrayList<>();
            for (Change change : pending.changes) {
                mutations.add(mutation(change, pending.version));
            }
            records.add(new LogRecord(slice, pending.version, mutations));
        }
        return records;
    }

    private Mutation mutation(Change change, Version version) throws StorageException {
        if (change instanceof Change.Put put) {
            return new Mutation.Put(put.id(), put.value().clone());
        }
        if (change instanceof Change.Delete delete) {
            return new Mutation.Delete(delete.id());
        }
        if (change instanceof Change.Punch punch) {
            return new Mutation.Punch(punch.id(), punch.from(), punch.to());
        }
        if (!(change instanceof Change.Write write)) {
            throw new IllegalStateException("no mutation was " + change);
        }
        ByteBuffer bytes = ByteBuffer.allocate(write.length());
        ExtentMap extents = ExtentMap.of(List.of(Extent.of(write, version)));
        try {
            reader.read(write.id(), extents, write.offset(), bytes, Visibility.ALL);
        } catch (SegmentFile.GoneException e) {
            use.check();
            throw new StorageException(
                    "content of " + write.id() + " is missing: " + e.getMessage() + ". Run: magma storage check "
                            + directory.path(),
                    e);
        }
        return new Mutation.Write(write.id(), write.offset(), write.generation(), bytes.flip());
    }

    List<Run> runs(RecordId chunk, Visibility visibility) throws StorageException {
        return find(chunk).content().runs(visibility);
    }
}
