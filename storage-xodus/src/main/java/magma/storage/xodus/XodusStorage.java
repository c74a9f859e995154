package magma.storage.xodus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
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
    private final DiskSpace space;
    private final ConcurrentHashMap<Long, SliceTail> slices;
    private final ReentrantLock commits;
    private final Usages usages;
    private final Upkeep upkeep;
    private boolean closed;

    private XodusStorage(StorageDirectory directory, StorageSettings settings, Steps steps, Opened opened)
            throws StorageException, IOException {
        this.directory = directory;
        this.index = opened.index();
        this.log = opened.log();
        this.table = opened.table();
        this.slices = opened.slices();
        this.commits = new ReentrantLock();
        this.reader = new ContentReader(log);
        this.space = new DiskSpace(directory.path(), settings, log, index);
        Flush flush =
                new Flush(directory.id(), log, index, table, opened.usages(), slices, commits, steps, opened.state());
        this.usages = opened.usages();
        this.upkeep = new Upkeep(
                new Cleaner.Parts(settings, log, table, slices, commits, usages, flush, space, reader, steps));
        log.opening(writer -> writer.tails(tailList(SliceTail::reserved)));
        upkeep.start();
    }

    /** What was found in a directory. */
    private record Opened(
            XodusIndex index,
            SegmentLog log,
            EntryTable table,
            Usages usages,
            ConcurrentHashMap<Long, SliceTail> slices,
            IndexState state) {}

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
                    SegmentFile first = SegmentLog.first(made.log(), made.id());
                    first.sync();
                    first.close();
                    SegmentLog.syncDirectory(made.log());
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
        StorageDirectory directory = StorageDirectory.open(path);
        TreeMap<Integer, SegmentFile> segments = new TreeMap<>();
        XodusIndex index = null;
        try {
            segments.putAll(directory.segments(true));
            index = XodusIndex.open(directory.index(), settings.indexBytes());
            return new XodusStorage(directory, settings, steps, recover(directory, settings, segments, index, steps));
        } catch (IOException | RuntimeException e) {
            for (SegmentFile segment : segments.values()) {
                closeQuietly(segment, e);
            }
            closeQuietly(index, e);
            closeQuietly(directory, e);
            if (e instanceof StorageException known) {
                throw known;
            }
            throw new StorageException("opening the storage in " + path + " failed: " + e, e);
        }
    }

    private static void closeQuietly(@Nullable AutoCloseable resource, Exception cause) {
        try {
            if (resource != null) {
                resource.close();
            }
        } catch (Exception e) {
            cause.addSuppressed(e);
        }
    }

    private static Opened recover(
            StorageDirectory directory,
            StorageSettings settings,
            NavigableMap<Integer, SegmentFile> segments,
            XodusIndex index,
            Steps steps)
            throws StorageException, IOException {
        IndexState state = index.state();
        if (state == null || !state.storage().equals(directory.id())) {
            throw new StorageException("the index in " + directory.index()
                    + (state == null ? " is empty" : " belongs to another storage")
                    + ". It can be made again from the log: magma storage rebuild " + directory.path());
        }
        for (IndexState.Usage usage : state.usages()) {
            if (usage.live() > 0 && !segments.containsKey(usage.segment())) {
                throw new StorageException("segment " + SegmentFile.name(usage.segment()) + " is missing in "
                        + directory.log() + ", and the index needs it. To learn what is lost, run: magma storage check "
                        + directory.path());
            }
        }
        Recovery recovery = new Recovery(directory, segments, state.replay(), state.synced());
        long end = recovery.findEnd();
        recovery.sync();
        EntryTable table = new EntryTable(index, settings.cacheBytes());
        Usages usages = new Usages(state.usages());
        Map<Long, Version> tails = new HashMap<>();
        state.tails().forEach(tail -> tails.put(tail.slice(), tail.version()));
        EntryTable.Edit edit = table.edit();
        recovery.replay(frame -> replay(frame, edit, usages, tails));
        table.publish(edit);
        ConcurrentHashMap<Long, SliceTail> slices = new ConcurrentHashMap<>();
        tails.forEach((slice, version) -> slices.put(slice, new SliceTail(version)));
        SegmentLog log = new SegmentLog(directory.log(), directory.id(), settings.segmentBytes(), segments, end, steps);
        return new Opened(index, log, table, usages, slices, state);
    }

    private static void replay(Frame frame, EntryTable.Edit edit, Usages usages, Map<Long, Version> tails)
            throws StorageException {
        for (Change change : frame.changes()) {
            edit.apply(frame.position(), frame.version(), change);
            usages.note(frame.position(), change);
        }
        if (frame.type() == Frame.Type.MUTATIONS) {
            tails.put(frame.slice(), frame.version());
        }
    }

    @Override
    public @Nullable StoredRecord get(RecordId id) throws StorageException {
        return EntryTable.record(id, find(id));
    }

    private Entry find(RecordId id) throws StorageException {
        log.checkOpen();
        return table.find(id);
    }

    @Override
    public List<StoredRecord> scan(RecordId from, RecordId to, int most) throws StorageException {
        log.checkOpen();
        return table.scan(from, to, most);
    }

    @Override
    public void readContent(RecordId chunk, int offset, ByteBuffer to, Visibility visibility) throws StorageException {
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
                log.checkOpen();
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

    @Override
    public List<Run> runs(RecordId chunk, Visibility visibility) throws StorageException {
        return find(chunk).content().runs(visibility);
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
