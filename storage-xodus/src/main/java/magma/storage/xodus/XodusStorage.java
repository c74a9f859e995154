package magma.storage.xodus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
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
 * Storage on a disk: a log of segments, which is the truth, and a Xodus environment as its index. docs/storage.md says how.
 *
 * <p>An id is to be written through one slice at a time.
 */
public final class XodusStorage implements Storage {
    private final StorageDirectory directory;
    private final ShutdownMark mark;
    private final SegmentLog log;
    private final XodusIndex index;
    private final EntryTable table;
    private final ContentReader reader;
    private final CommittedReads reads;
    private final DiskSpace space;
    private final SliceHistories histories;
    private final Upkeep upkeep;
    private boolean closed;

    private XodusStorage(Recovered recovered, StorageSettings settings, Steps steps, String boot) throws IOException {
        this.directory = recovered.directory();
        this.index = recovered.index();
        this.table = recovered.table();
        Segments segments = new Segments(directory.log(), directory.id(), recovered.segments());
        this.log = new SegmentLog(directory.log(), settings.segmentBytes(), segments, recovered.end(), steps);
        this.reader = new ContentReader(segments);
        this.reads = new CommittedReads(directory, table, reader, log::checkOpen);
        this.space = new DiskSpace(directory.path(), settings, log, index);
        ConcurrentHashMap<Long, SliceTail> slices = recovered.slices();
        ReentrantLock commits = new ReentrantLock();
        Usages usages = recovered.usages();
        Flush flush = new Flush(directory.id(), log, index, table, usages, slices, commits, steps, recovered.state());
        Cleaner.Parts parts =
                new Cleaner.Parts(settings, log, table, slices, commits, usages, flush, space, reader, steps);
        this.upkeep = new Upkeep(parts);
        this.histories = new SliceHistories(parts, slices, upkeep);
        directory.upgrade();
        this.mark = ShutdownMark.open(directory.path(), boot);
        log.onFailure(mark::doubt);
        log.opening(writer -> writer.points(histories.reserved()));
        log.leaveOldFormat();
        upkeep.start();
    }

    /**
     * Makes a storage.
     *
     * @param path a directory that is empty or not there
     */
    public static XodusStorage create(Path path, StorageSettings settings) throws StorageException {
        return create(path, settings, Steps.NONE);
    }

    static XodusStorage create(Path path, StorageSettings settings, Steps steps) throws StorageException {
        StorageDirectory.create(path, made -> {
                    SegmentFile first = Segments.first(made.log(), made.id());
                    first.sync();
                    first.close();
                    Segments.syncDirectory(made.log());
                    long start = Position.of(first.number(), SegmentHeader.BYTES);
                    try (XodusIndex index = XodusIndex.open(made.index(), settings.indexBytes())) {
                        index.found(IndexState.of(made.id(), start));
                    }
                    ShutdownMark.create(made.path());
                })
                .close();
        return open(path, settings, steps);
    }

    /**
     * Opens a storage that was made before, and repeats what the index had not taken over from the log.
     *
     * @throws StorageException when there is none, another process uses it, or it is damaged; the message says what to do
     */
    public static XodusStorage open(Path path, StorageSettings settings) throws StorageException {
        return open(path, settings, Steps.NONE);
    }

    static XodusStorage open(Path path, StorageSettings settings, Steps steps) throws StorageException {
        return open(path, settings, steps, ShutdownMark.boot());
    }

    /** @param boot names the machine's boot in which this process runs */
    static XodusStorage open(Path path, StorageSettings settings, Steps steps, String boot) throws StorageException {
        Recovered recovered = Recovered.forUse(path, settings);
        try {
            return new XodusStorage(recovered, settings, steps, boot);
        } catch (IOException | RuntimeException e) {
            recovered.abandon(e);
            throw e instanceof StorageException known
                    ? known
                    : new StorageException("opening the storage in " + path + " failed: " + e, e);
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

    @Override
    public void append(LogRecord record, Purpose purpose) throws StorageException {
        histories.append(record, purpose);
    }

    @Override
    public void commit(long slice, Version version) throws StorageException {
        histories.commit(slice, version);
    }

    @Override
    public void truncate(long slice, Version version) throws StorageException {
        histories.truncate(slice, version);
    }

    @Override
    public List<LogRecord> uncommitted(long slice) throws StorageException {
        return reads.uncommitted(slice, histories.tail(slice));
    }

    @Override
    public void beginInstall(long slice) throws StorageException {
        histories.beginInstall(slice);
    }

    @Override
    public void install(long slice, List<Installed> items, Purpose purpose) throws StorageException {
        histories.install(slice, items, purpose);
    }

    @Override
    public void endInstall(long slice, Version at) throws StorageException {
        histories.endInstall(slice, at);
    }

    @Override
    public void sync() throws StorageException {
        log.sync();
    }

    @Override
    public Map<Long, Version> tails() {
        return histories.versions(SliceTail::tail);
    }

    @Override
    public Map<Long, Version> commits() {
        return histories.versions(SliceTail::committed);
    }

    /**
     * Whether everything that was ever acknowledged is still there: the storage was closed in order before it was opened, or only the process died that
     * used it, and the machine still runs. False after a loss of power, which may have taken what was not synced; and from the moment on when a flush of
     * the disk or a write fails. It stays false, for later processes too, until {@link #markClean}.
     */
    public boolean isClean() {
        return mark.isClean();
    }

    /** Whoever decides which replicas count knows that this one may have lost something; from now on {@link #isClean} holds again. On return that survives a loss of power. */
    public void markClean() throws StorageException {
        log.usable();
        try {
            mark.markClean();
        } catch (IOException e) {
            throw new StorageException("marking the storage in " + directory.path() + " failed: " + e.getMessage(), e);
        }
    }

    @Override
    public Space space() throws StorageException {
        log.checkOpen();
        return space.space();
    }

    /**
     * Reads and checks all content that is stored, while the storage is in use.
     *
     * @param progress told the number of records and chunks looked at, and nothing of how many there are
     * @return what was found; records of the log are not looked at
     */
    public StorageTool.Report scrub(StorageTool.Progress progress) throws StorageException {
        return new OnlineScrub(table, reader, log, progress).run();
    }

    @Override
    public synchronized void close() throws StorageException {
        if (closed) {
            return;
        }
        closed = true;
        boolean synced = false;
        try {
            upkeep.stop();
            if (log.isUsable()) {
                upkeep.end();
                log.sync();
                synced = true;
            }
        } finally {
            release(synced);
        }
    }

    /** Returns when nothing more can be flushed or cleaned. */
    void settle() throws StorageException {
        upkeep.settle();
    }

    /** Lets go of what memory keeps of the index, as when nobody has asked for any of it for long. */
    void forget() {
        table.forget();
    }

    /** Lets go of the disk as the death of the process would: nothing is flushed. */
    synchronized void abandon() throws StorageException {
        if (!closed) {
            closed = true;
            upkeep.stop();
            release(false);
        }
    }

    private void release(boolean inOrder) throws StorageException {
        try {
            log.close();
            index.close();
            if (inOrder) {
                mark.close();
            }
        } catch (StorageException e) {
            throw e;
        } catch (IOException e) {
            throw new StorageException("closing the storage in " + directory.path() + " failed: " + e.getMessage(), e);
        } finally {
            directory.close();
        }
    }
}
