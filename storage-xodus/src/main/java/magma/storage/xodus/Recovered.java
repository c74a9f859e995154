package magma.storage.xodus;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;
import org.jspecify.annotations.Nullable;

/**
 * What is found in a storage's directory when it is opened: the index, the segments, and a table of what the log says beyond the index.
 *
 * @param end where the log ends
 * @param tornBytes what a crash left behind the end; cut off where the storage was opened for use
 * @param tails the last version of each slice
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
        Map<Long, Version> tails) {

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
        Recovery recovery = new Recovery(directory, segments, state.replay(), state.synced());
        long end = recovery.findEnd();
        if (writable) {
            recovery.cut();
        }
        EntryTable table = new EntryTable(index, settings.cacheBytes());
        Usages usages = new Usages(state.usages());
        Map<Long, Version> tails = new HashMap<>();
        state.tails().forEach(tail -> tails.put(tail.slice(), tail.version()));
        EntryTable.Edit edit = table.edit();
        recovery.replay(frame -> replay(frame, edit, usages, tails));
        table.publish(edit);
        return new Recovered(directory, segments, index, state, end, recovery.tornBytes(), table, usages, tails);
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
