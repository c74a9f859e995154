package magma.storage.xodus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
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
 * <p>An id is to be written through one slice at a time, and its versions must ascend when it passes from one slice to another, as they do when slices
 * split and merge.
 *
 * <p>Order of locks: {@code commits}, then the log's, then a slice's.
 */
public final class XodusStorage implements Storage {
    private final StorageDirectory directory;
    private final SegmentLog log;
    private final XodusIndex index;
    private final EntryTable table;
    private final ContentReader reader;
    private final CommittedReads reads;
    private final DiskSpace space;
    private final ConcurrentHashMap<Long, SliceTail> slices;
    private final ReentrantLock commits;
    private final Usages usages;
    private final Upkeep upkeep;
    private boolean closed;

    private XodusStorage(Recovered recovered, StorageSettings settings, Steps steps) throws IOException {
        this.directory = recovered.directory();
        this.index = recovered.index();
        this.table = recovered.table();
        this.usages = recovered.usages();
        Segments segments = new Segments(directory.log(), directory.id(), recovered.segments());
        this.log = new SegmentLog(directory.log(), settings.segmentBytes(), segments, recovered.end(), steps);
        this.slices = new ConcurrentHashMap<>();
        recovered.tails().forEach((slice, version) -> slices.put(slice, new SliceTail(version)));
        this.commits = new ReentrantLock();
        this.reader = new ContentReader(segments);
        this.reads = new CommittedReads(directory, table, reader, log::checkOpen);
        this.space = new DiskSpace(directory.path(), settings, log, index);
        Flush flush = new Flush(directory.id(), log, index, table, usages, slices, commits, steps, recovered.state());
        this.upkeep = new Upkeep(
                new Cleaner.Parts(settings, log, table, slices, commits, usages, flush, space, reader, steps));
        log.opening(writer -> writer.tails(tailList(SliceTail::reserved)));
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
                        index.found(new IndexState(made.id(), start, start, List.of(), List.of()));
                    }
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
        Recovered recovered = Recovered.forUse(path, settings);
        try {
            return new XodusStorage(recovered, settings, steps);
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
    public void append(LogRecord record, Purpose purpose) throws StorageException {
        log.usable();
        upkeep.awaitRoom();
        SliceTail slice = slices.computeIfAbsent(record.slice(), number -> new SliceTail(Version.NONE));
        slice.checkFollows(record.slice(), record.version());
        FrameWriter writer = log.scratch().writer;
        writer.mutations(record);
        space.check(writer.length(), purpose);
        SliceTail.Pending pending = new SliceTail.Pending(record);
        try {
            long position = log.append(at -> slice.reserve(pending, at));
            slice.appended(pending, changes(record, writer, position + writer.headLength()));
        } catch (StorageException | RuntimeException e) {
            slice.withdraw(pending);
            throw e;
        }
    }

    private static List<Change> changes(LogRecord record, FrameWriter writer, long data) {
        List<Change> changes = new ArrayList<>(record.mutations().size());
        long next = data;
        int writes = 0;
        for (Mutation mutation : record.mutations()) {
            if (mutation instanceof Mutation.Write write) {
                changes.add(Change.of(write, next, writer.crcs(writes++)));
                next += write.data().remaining();
            } else {
                changes.add(Change.of(mutation, 0, NO_CRCS));
            }
        }
        return changes;
    }

    private static final int[] NO_CRCS = {};

    @Override
    public void commit(long slice, Version version) throws StorageException {
        log.checkOpen();
        SliceTail tail = slices.get(slice);
        List<SliceTail.Pending> records = tail == null ? List.of() : tail.upTo(version);
        if (tail == null || records.isEmpty()) {
            return;
        }
        prefetch(records);
        commits.lock();
        try {
            EntryTable.Edit edit = table.edit();
            for (SliceTail.Pending record : records) {
                for (Change change : record.changes) {
                    edit.apply(record.position, record.version, change);
                    usages.note(record.position, change);
                }
            }
            table.publish(edit);
            tail.commit(records.size());
        } finally {
            commits.unlock();
        }
        upkeep.committed();
    }

    /** Brings the chunks that change into the cache, so that nobody waits for the disk while the lock is held. */
    private void prefetch(List<SliceTail.Pending> records) throws StorageException {
        for (SliceTail.Pending record : records) {
            for (Change change : record.changes) {
                if (change instanceof Change.Write || change instanceof Change.Punch) {
                    table.find(change.id());
                }
            }
        }
    }

    @Override
    public void truncate(long slice, Version version) throws StorageException {
        log.usable();
        SliceTail tail = slices.get(slice);
        if (tail == null || !tail.canTruncate(slice, version)) {
            return;
        }
        FrameWriter writer = log.scratch().writer;
        writer.truncation(slice, version, 0);
        space.check(writer.length(), Purpose.RELEASE);
        log.append(at -> {});
        tail.truncate(version);
    }

    @Override
    public void sync() throws StorageException {
        log.sync();
    }

    @Override
    public Map<Long, Version> tails() {
        Map<Long, Version> tails = new HashMap<>();
        tailList(SliceTail::tail).forEach(tail -> tails.put(tail.slice(), tail.version()));
        return tails;
    }

    private List<Frame.Tail> tailList(Function<SliceTail, Version> which) {
        List<Frame.Tail> tails = new ArrayList<>();
        slices.forEach((slice, tail) -> {
            Version version = which.apply(tail);
            if (!version.equals(Version.NONE)) {
                tails.add(new Frame.Tail(slice, version));
            }
        });
        return tails;
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
        try {
            upkeep.stop();
            if (log.isUsable()) {
                upkeep.flush();
                log.sync();
            }
        } finally {
            release();
        }
    }

    /** Returns when nothing more can be flushed or cleaned. */
    void settle() throws StorageException {
        upkeep.settle();
    }

    /** Lets go of the disk as the death of the process would: nothing is flushed. */
    synchronized void abandon() throws StorageException {
        if (!closed) {
            closed = true;
            upkeep.stop();
            release();
        }
    }

    private void release() throws StorageException {
        try {
            log.close();
            index.close();
        } catch (StorageException e) {
            throw e;
        } catch (IOException e) {
            throw new StorageException("closing the log in " + directory.log() + " failed: " + e.getMessage(), e);
        } finally {
            directory.close();
        }
    }
}
