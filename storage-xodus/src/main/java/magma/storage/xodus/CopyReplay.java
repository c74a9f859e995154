package magma.storage.xodus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;

/**
 * Makes the changes of a whole log, in its order, those that the cleaner carried on among them.
 *
 * <p>A copy is true of all that lies in segments before its own: see {@link Cleaner}. What a record of its own segment made counts more, for it came after the
 * cleaner had looked; so the graves of one segment are all that must be remembered. Copies of format version 1 bury only what is of an older version.
 */
final class CopyReplay {
    private final Map<RecordId, List<Grave>> graves = new HashMap<>();
    private int segment;

    /** Bytes {@code from} to {@code to} of what has this id went with a record of this version. */
    private record Grave(Version version, int from, int to) {}

    /** Makes all changes of a record. */
    void apply(EntryTable.Edit edit, Frame frame) throws StorageException {
        if (Position.segment(frame.position()) != segment) {
            graves.clear();
            segment = Position.segment(frame.position());
        }
        for (Change change : frame.changes()) {
            if (change instanceof Change.Copy copy) {
                copy(edit, frame, copy);
            } else {
                edit.apply(frame.position(), frame.version(), change);
                bury(change.inner(), change.version(frame.version()));
            }
        }
    }

    private void bury(Change change, Version version) {
        if (change instanceof Change.Delete) {
            bury(change.id(), new Grave(version, 0, Mutation.CHUNK_BYTES));
        } else if (change instanceof Change.Punch punch) {
            bury(change.id(), new Grave(version, punch.from(), punch.to()));
        }
    }

    private void bury(RecordId id, Grave grave) {
        graves.computeIfAbsent(id, none -> new ArrayList<>(1)).add(grave);
    }

    private List<Grave> graves(RecordId id) {
        return graves.getOrDefault(id, List.of());
    }

    private boolean isHere(long position) {
        return Position.segment(position) == segment;
    }

    private void copy(EntryTable.Edit edit, Frame frame, Change.Copy copy) throws StorageException {
        boolean old = frame.type() == Frame.Type.OLD_COPIES;
        Entry entry = edit.find(copy.id());
        Change change = copy.change();
        if (change instanceof Change.Put put) {
            if (!isMadeHere(entry, copy.id())) {
                edit.apply(frame.position(), copy.version(), put);
            }
        } else if (change instanceof Change.Write write) {
            edit.content(copy.id(), version(entry, copy, old), laid(entry.content(), write, copy));
        } else if (entry instanceof Entry.Value value) {
            boolean counts = change instanceof Change.Delete && !isMadeHere(entry, copy.id());
            if (counts && (!old || value.version().compareTo(copy.version()) < 0)) {
                edit.apply(frame.position(), copy.version(), change);
            }
        } else if (entry instanceof Entry.Chunk chunk) {
            ExtentMap left = chunk.extents();
            if (change instanceof Change.Punch punch) {
                left = without(left, punch.from(), punch.to(), copy, old);
            } else if (change instanceof Change.Delete) {
                left = without(left, 0, Mutation.CHUNK_BYTES, copy, old);
            }
            edit.content(copy.id(), version(entry, copy, old), left);
        }
    }

    /** Whether a record of this segment put or deleted it. */
    private boolean isMadeHere(Entry entry, RecordId id) {
        return entry instanceof Entry.Value value && isHere(value.position())
                || !graves(id).isEmpty();
    }

    /** The version of a chunk after a copy: as that says, but where a record of this segment changed it too. */
    private Version version(Entry entry, Change.Copy copy, boolean old) {
        List<Grave> here = graves(copy.id());
        if (!(entry instanceof Entry.Chunk chunk)) {
            return here.isEmpty() ? copy.version() : here.get(here.size() - 1).version();
        }
        if (old) {
            return Verdicts.later(chunk.version(), copy.version());
        }
        boolean changed = !here.isEmpty();
        for (int i = 0; i < chunk.extents().size(); i++) {
            changed |= isHere(chunk.extents().get(i).data());
        }
        return changed ? chunk.version() : copy.version();
    }

    /** Lays copied content over what lies in segments before. */
    private ExtentMap laid(ExtentMap extents, Change.Write write, Change.Copy copy) {
        ExtentMap moved = ExtentMap.of(List.of(Extent.of(write, copy.version())));
        for (Grave grave : graves(copy.id())) {
            moved = moved.punch(grave.from(), grave.to());
        }
        for (int i = extents.firstAfter(write.offset());
                i < extents.size() && extents.get(i).from() < write.to();
                i++) {
            if (isHere(extents.get(i).data())) {
                moved = moved.punch(extents.get(i).from(), extents.get(i).to());
            }
        }
        ExtentMap result = extents;
        for (int i = 0; i < moved.size(); i++) {
            result = result.write(moved.get(i));
        }
        return result;
    }

    /** The extents without those bytes of a range that lie in segments before. */
    private ExtentMap without(ExtentMap extents, int from, int to, Change.Copy copy, boolean old) {
        ExtentMap left = extents;
        for (int i = extents.firstAfter(from);
                i < extents.size() && extents.get(i).from() < to;
                i++) {
            Extent extent = extents.get(i);
            if (!isHere(extent.data()) && (!old || extent.version().compareTo(copy.version()) < 0)) {
                left = left.punch(Math.max(from, extent.from()), Math.min(to, extent.to()));
            }
        }
        return left;
    }
}
