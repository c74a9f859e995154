package magma.storage.xodus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
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

/**
 * A storage on a disk of which nothing is changed: what is written to it is kept in memory and is gone when it is closed. So a start can be tried, with all
 * that it would finish. It sees what a start would see; what a crash tore off the log's end stays where it is.
 *
 * <p>Content cannot be written, only removed; but what the log holds of it uncommitted can be committed. One lock guards what is written; reads take none.
 */
public final class StorageOnTrial implements Storage {
    /** Where a record lies that is not in the log. */
    private static final long NOWHERE = 0;

    private final StorageDirectory directory;
    private final NavigableMap<Integer, SegmentFile> segments;
    private final XodusIndex index;
    private final EntryTable table;
    private final CommittedReads reads;
    private final long tornBytes;
    private final Map<Long, SliceTail> slices;
    private volatile boolean closed;

    private StorageOnTrial(Recovered recovered) {
        this.directory = recovered.directory();
        this.segments = recovered.segments();
        this.index = recovered.index();
        this.table = recovered.table();
        this.tornBytes = recovered.tornBytes();
        this.slices = recovered.slices();
        this.reads = new CommittedReads(directory, table, new ContentReader(segments::get), this::checkOpen);
    }

    /** @throws StorageException when there is none, another process writes to it, or it is damaged; the message says what to do */
    public static StorageOnTrial open(Path path, StorageSettings settings) throws StorageException {
        return new StorageOnTrial(Recovered.forReading(path, settings));
    }

    /** Bytes at the end of the log that a crash left: the next start cuts them off. */
    public long tornBytes() {
        return tornBytes;
    }

    private void checkOpen() throws StorageException {
        if (closed) {
            throw new StorageException("the storage in " + directory.path() + " is closed");
        }
    }

    @Override
    public @Nullable StoredRecord get(RecordId id) throws StorageException {
        return reads.get(id);
    }

    @Override
    public List<StoredRecord> scan(RecordId from, RecordId to, int most) throws StorageException {
        return reads.scan(from, to, most);
    }

    @Override
    public void readContent(RecordId chunk, int offset, ByteBuffer to, Visibility visibility) throws StorageException {
        reads.content(chunk, offset, to, visibility);
    }

    @Override
    public List<Run> runs(RecordId chunk, Visibility visibility) throws StorageException {
        return reads.runs(chunk, visibility);
    }

    @Override
    public List<Mutation.Write> export(RecordId chunk) throws StorageException {
        return reads.export(chunk);
    }

    private SliceTail tail(long slice) {
        return slices.computeIfAbsent(slice, number -> new SliceTail(Version.NONE));
    }

    /** @throws UnsupportedOperationException for content */
    @Override
    public synchronized void append(LogRecord record, Purpose purpose) throws StorageException {
        checkOpen();
        SliceTail tail = tail(record.slice());
        tail.checkFollows(record.slice(), record.version());
        List<Change> changes =
                record.mutations().stream().map(StorageOnTrial::change).toList();
        tail.found(new SliceTail.Pending(record.version(), NOWHERE, changes));
    }

    private static Change change(Mutation mutation) {
        if (mutation instanceof Mutation.Write) {
            throw new UnsupportedOperationException("content is not written on trial: " + mutation.id());
        }
        return Change.of(mutation, 0, new int[0]);
    }

    @Override
    public synchronized void commit(long slice, Version version) throws StorageException {
        checkOpen();
        SliceTail tail = tail(slice);
        List<SliceTail.Pending> records = tail.upTo(version);
        EntryTable.Edit edit = table.edit();
        for (SliceTail.Pending record : records) {
            for (Change change : record.changes) {
                edit.apply(record.position, record.version, change);
            }
        }
        table.publish(edit);
        tail.commit(records.size());
    }

    @Override
    public synchronized void truncate(long slice, Version version) throws StorageException {
        checkOpen();
        SliceTail tail = tail(slice);
        if (tail.canTruncate(slice, version)) {
            tail.truncate(version);
        }
    }

    @Override
    public synchronized List<LogRecord> uncommitted(long slice) throws StorageException {
        return reads.uncommitted(slice, tail(slice));
    }

    @Override
    public synchronized void beginInstall(long slice) throws StorageException {
        checkOpen();
        tail(slice).forget();
    }

    /** @throws UnsupportedOperationException for content */
    @Override
    public synchronized void install(long slice, List<Installed> items, Purpose purpose) throws StorageException {
        checkOpen();
        tail(slice).checkForgotten(slice);
        EntryTable.Edit edit = table.edit();
        for (Installed item : items) {
            edit.apply(NOWHERE, item.version(), change(item.mutation()));
        }
        table.publish(edit);
    }

    @Override
    public synchronized void endInstall(long slice, Version at) throws StorageException {
        checkOpen();
        tail(slice).checkForgotten(slice);
        tail(slice).found(at);
    }

    /** Does nothing: what is written is not meant to last. */
    @Override
    public void sync() throws StorageException {
        checkOpen();
    }

    @Override
    public synchronized Map<Long, Version> tails() {
        return SliceTail.versions(slices, SliceTail::tail);
    }

    @Override
    public synchronized Map<Long, Version> commits() {
        return SliceTail.versions(slices, SliceTail::committed);
    }

    /** As it is on the disk. */
    @Override
    public Space space() throws StorageException {
        checkOpen();
        try {
            long used = index.diskBytes();
            for (SegmentFile segment : segments.values()) {
                used += segment.size();
            }
            java.io.File disk = directory.path().toFile();
            return new Space(disk.getTotalSpace(), used, disk.getUsableSpace());
        } catch (IOException e) {
            throw new StorageException("reading the log in " + directory.log() + " failed: " + e.getMessage(), e);
        }
    }

    /** Forgets what was written. */
    @Override
    public synchronized void close() throws StorageException {
        if (closed) {
            return;
        }
        closed = true;
        try (directory;
                index) {
            for (SegmentFile segment : segments.values()) {
                segment.close();
            }
        } catch (StorageException e) {
            throw e;
        } catch (IOException e) {
            throw new StorageException("closing the log in " + directory.log() + " failed: " + e.getMessage(), e);
        }
    }
}
