package magma.storage.xodus;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/**
 * What is found in a storage's directory when it is opened: the index, the segments, and a table of what the log says beyond the index.
 *
 * @param end where the log ends
 * @param tornBytes what a crash left behind the end; cut off where the storage was opened for use
 * @param slices where each of them ends, with what of it is not committed
 */
record Recovered(
        StorageDirectory directory,
        NavigableMap<Integer, SegmentFile> segments,
        XodusIndex index,
        IndexState state,
        long end,
        long tornBytes,
        EntryTable table,
        Usages usages,
        ConcurrentHashMap<Long, SliceTail> slices) {

    /** Opens a storage to be written: what a crash tore is cut off, and what it left is made durable. */
    static Recovered forUse(Path path, StorageSettings settings) throws StorageException {
        return open(StorageDirectory.open(path), settings, true);
    }

    /** Opens a storage to be read. Nothing on the disk changes. */
    static Recovered forReading(Path path, StorageSettings settings) throws StorageException {
        return open(StorageDirectory.forReading(path), settings, false);
    }

    private static Recovered open(StorageDirectory directory, StorageSettings settings, boolean writable)
            throws StorageException {
        TreeMap<Integer, SegmentFile> segments = new TreeMap<>();
        XodusIndex index = null;
        try {
            segments.putAll(directory.segments(writable));
            index = writable
                    ? XodusIndex.open(directory.index(), settings.indexBytes())
                    : XodusIndex.forReading(directory.index(), settings.indexBytes());
            return recover(directory, settings, segments, index, writable);
        } catch (IOException | RuntimeException e) {
            for (SegmentFile segment : segments.values()) {
                closeQuietly(segment, e);
            }
            closeQuietly(index, e);
            closeQuietly(directory, e);
            if (e instanceof StorageException known) {
                throw known;
            }
            throw new StorageException("opening the storage in " + directory.path() + " failed: " + e, e);
        }
    }

    private static Recovered recover(
            StorageDirectory directory,
            StorageSettings settings,
            NavigableMap<Integer, SegmentFile> segments,
            XodusIndex index,
            boolean writable)
            throws StorageException {
        IndexState state = stateOf(index, directory);
        checkSegments(state, directory, segments);
        Recovery recovery = new Recovery(directory, segments, state);
        long end = recovery.findEnd();
        if (writable) {
            recovery.cut();
        }
        EntryTable table = new EntryTable(index, settings.cacheBytes());
        Usages usages = new Usages(state.usages());
        ConcurrentHashMap<Long, SliceTail> slices = new ConcurrentHashMap<>();
        state.commits().forEach(commit -> slices.put(commit.slice(), new SliceTail(commit.version())));
        EntryTable.Edit edit = table.edit();
        recovery.replay((frame, committed) -> {
            follow(frame, committed, slices);
            if (committed) {
                apply(frame, edit, usages);
            }
        });
        table.publish(edit);
        return new Recovered(directory, segments, index, state, end, recovery.tornBytes(), table, usages, slices);
    }

    private static IndexState stateOf(XodusIndex index, StorageDirectory directory) throws StorageException {
        IndexState state = index.state();
        if (state == null || !state.storage().equals(directory.id())) {
            throw new StorageException("the index in " + directory.index()
                    + (state == null ? " is empty" : " belongs to another storage")
                    + ". It can be made again from the log: magma storage rebuild " + directory.path());
        }
        return state;
    }

    private static void checkSegments(
            IndexState state, StorageDirectory directory, NavigableMap<Integer, SegmentFile> segments)
            throws StorageException {
        for (IndexState.Usage usage : state.usages()) {
            if (usage.live() > 0 && !segments.containsKey(usage.segment())) {
                throw new StorageException("segment " + SegmentFile.name(usage.segment()) + " is missing in "
                        + directory.log() + ", and the index needs it. To learn what is lost, run: magma storage check "
                        + directory.path());
            }
        }
    }

    private static void apply(Frame frame, EntryTable.Edit edit, Usages usages) throws StorageException {
        for (Change change : frame.changes()) {
            edit.apply(frame.position(), frame.version(), change);
            usages.note(frame.position(), change);
        }
    }

    private static void follow(Frame frame, boolean committed, Map<Long, SliceTail> slices) {
        if (!frame.isEntry() && frame.type() != Frame.Type.FORGET && frame.type() != Frame.Type.TAKEN_UP) {
            return;
        }
        SliceTail tail = slices.computeIfAbsent(frame.slice(), slice -> new SliceTail(Version.NONE));
        if (!committed) {
            tail.found(new SliceTail.Pending(frame.version(), frame.position(), frame.changes()));
        } else if (frame.type() != Frame.Type.FORGET) {
            tail.found(frame.version());
        } else if (frame.limit() == 0) {
            // A copy of one that the cleaner made speaks of what was before all that the index knows.
            tail.forget();
        }
    }

    /** Lets go of everything, after a failure. */
    void abandon(Exception cause) {
        for (SegmentFile segment : segments.values()) {
            closeQuietly(segment, cause);
        }
        closeQuietly(index, cause);
        closeQuietly(directory, cause);
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
}
