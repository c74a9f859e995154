package magma.storage.xodus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.stream.Stream;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;
import magma.storage.xodus.StorageTool.Progress;
import magma.storage.xodus.StorageTool.Report;

/**
 * Makes the index again from the log: reads it twice, first for what was truncated, then for everything.
 *
 * <p>Records count in the order of the log. A copy that the cleaner made counts where nothing newer took its place; what was buried before it lies in its
 * own segment if anywhere, so the graves of one segment are all that must be remembered.
 */
final class Rebuild {
    private final StorageDirectory directory;
    private final NavigableMap<Integer, SegmentFile> segments;
    private final StorageSettings settings;
    private final Progress progress;
    private final Usages usages = new Usages(List.of());
    private final Map<Long, Version> tails = new HashMap<>();
    private final Map<Long, List<Frame>> truncations = new HashMap<>();
    private final Map<RecordId, List<Grave>> graves = new HashMap<>();
    private final ArrayDeque<Frame> unsure = new ArrayDeque<>();
    private long limit = Long.MAX_VALUE;
    private int graveyard;
    private long values;
    private long chunks;
    private long contentBytes;

    /** Bytes {@code from} to {@code to} of what has this id were gone at {@code version}. */
    private record Grave(Version version, int from, int to) {}

    Rebuild(
            StorageDirectory directory,
            NavigableMap<Integer, SegmentFile> segments,
            StorageSettings settings,
            Progress progress) {
        this.directory = directory;
        this.segments = segments;
        this.settings = settings;
        this.progress = progress;
    }

    Report run() throws StorageException {
        Path fresh = directory.path().resolve("index.new");
        try {
            delete(fresh);
            Files.createDirectory(fresh);
            LogWalk walk = new LogWalk(directory, segments, 0);
            walk.run((segment, frame) -> note(walk, frame), Progress.NONE);
            findTornContent(walk.synced());
            try (XodusIndex index = XodusIndex.open(fresh, settings.indexBytes())) {
                fill(index, walk);
            }
            swap(fresh);
            return new Report(
                    segments.size(),
                    walk.bytes(),
                    walk.records(),
                    values,
                    chunks,
                    contentBytes,
                    0,
                    walk.tornBytes(),
                    walk.problems());
        } catch (StorageException e) {
            throw e;
        } catch (IOException e) {
            throw new StorageException("rebuilding the index of " + directory.path() + " failed: " + e.getMessage(), e);
        }
    }

    private void note(LogWalk walk, Frame frame) {
        while (!unsure.isEmpty() && unsure.element().end() <= walk.synced()) {
            unsure.remove();
        }
        if (frame.dataLength() > 0) {
            unsure.add(frame);
        }
        if (frame.type() == Frame.Type.TRUNCATION) {
            truncations
                    .computeIfAbsent(frame.slice(), slice -> new ArrayList<>())
                    .add(frame);
        }
    }

    /** The next start would cut the log where content was torn, so nothing from there on may be in the index. */
    private void findTornContent(long synced) throws IOException {
        for (Frame frame : unsure) {
            SegmentFile segment = segments.get(Position.segment(frame.position()));
            try {
                if (segment != null && frame.end() > synced) {
                    FrameReader.verify(segment, frame);
                }
            } catch (DamagedException e) {
                limit = frame.position();
                return;
            }
        }
    }

    private void fill(XodusIndex index, LogWalk walk) throws IOException, StorageException {
        EntryTable table = new EntryTable(index, settings.cacheBytes());
        walk.run(
                (segment, frame) -> {
                    if (frame.position() < limit) {
                        apply(table, frame);
                    }
                    if (table.view().weight() >= settings.tableBytes()) {
                        flush(index, table, walk);
                    }
                },
                progress);
        flush(index, table, walk);
    }

    private void flush(XodusIndex index, EntryTable table, LogWalk walk) throws StorageException {
        SortedTable frozen = table.freeze();
        List<Frame.Tail> last = new ArrayList<>();
        tails.forEach((slice, version) -> last.add(new Frame.Tail(slice, version)));
        index.flush(
                frozen.iterator(null),
                (id, before, after) -> {
                    usages.change(id, before, after);
                    count(before, -1);
                    count(after, 1);
                },
                end -> new IndexState(
                        directory.id(),
                        Math.min(limit, walk.end()),
                        Math.min(walk.synced(), walk.end()),
                        last,
                        usages.all()));
        table.flushed(frozen);
        table.thaw();
    }

    private void count(Entry entry, int sign) {
        if (entry instanceof Entry.Value) {
            values += sign;
        } else if (entry instanceof Entry.Chunk chunk) {
            chunks += sign;
            for (int i = 0; i < chunk.extents().size(); i++) {
                contentBytes += (long) sign * chunk.extents().get(i).length();
            }
        }
    }

    private void apply(EntryTable table, Frame frame) throws StorageException {
        if (Position.segment(frame.position()) != graveyard) {
            graves.clear();
            graveyard = Position.segment(frame.position());
        }
        noteTails(frame);
        if (Recovery.truncated(frame, truncations.getOrDefault(frame.slice(), List.of()))) {
            return;
        }
        EntryTable.Edit edit = table.edit();
        for (Change change : frame.changes()) {
            if (change instanceof Change.Copy copy) {
                copy(edit, frame, copy);
            } else {
                edit.apply(frame.position(), frame.version(), change);
                bury(change, frame.version());
            }
            usages.note(frame.position(), change);
        }
        table.publish(edit);
    }

    private void noteTails(Frame frame) {
        switch (frame.type()) {
            case MUTATIONS -> {
                if (!Recovery.truncated(frame, truncations.getOrDefault(frame.slice(), List.of()))) {
                    tails.put(frame.slice(), frame.version());
                }
            }
            case TAILS -> frame.tails().forEach(tail -> tails.merge(tail.slice(), tail.version(), Rebuild::later));
            case TRUNCATION -> {
                // A copy of one that the cleaner made speaks of what was before all that is in the tails by now.
                if (frame.limit() == 0 && tails.containsKey(frame.slice())) {
                    tails.merge(frame.slice(), frame.version(), Rebuild::earlier);
                    tails.remove(frame.slice(), Version.NONE);
                }
            }
            default -> {}
        }
    }

    private static Version later(Version a, Version b) {
        return a.compareTo(b) >= 0 ? a : b;
    }

    private static Version earlier(Version a, Version b) {
        return a.compareTo(b) <= 0 ? a : b;
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

    private void copy(EntryTable.Edit edit, Frame frame, Change.Copy copy) throws StorageException {
        Entry entry = edit.find(copy.id());
        Change change = copy.change();
        if (change instanceof Change.Put put) {
            boolean newer =
                    entry instanceof Entry.Value value && value.version().compareTo(copy.version()) > 0;
            if (!newer && !buried(copy, 0, Mutation.CHUNK_BYTES)) {
                edit.apply(frame.position(), copy.version(), put);
            }
        } else if (change instanceof Change.Write write) {
            copy(edit, entry, copy, write);
        } else {
            int from = change instanceof Change.Punch punch ? punch.from() : 0;
            int to = change instanceof Change.Punch punch ? punch.to() : Mutation.CHUNK_BYTES;
            if (entry instanceof Entry.Value value) {
                if (value.version().compareTo(copy.version()) < 0) {
                    edit.apply(frame.position(), copy.version(), change);
                }
            } else if (entry instanceof Entry.Chunk chunk) {
                edit.content(
                        copy.id(),
                        later(chunk.version(), copy.version()),
                        older(chunk.extents(), copy.version(), from, to));
            }
            bury(copy.id(), new Grave(copy.version(), from, to));
        }
    }

    /** True when a grave of this segment that is newer than the copy covers some of the range. */
    private boolean buried(Change.Copy copy, int from, int to) {
        return graves.getOrDefault(copy.id(), List.of()).stream()
                .anyMatch(grave ->
                        grave.version().compareTo(copy.version()) > 0 && grave.from() < to && from < grave.to());
    }

    /** The extents without those bytes of the range that are older than {@code version}. */
    private static ExtentMap older(ExtentMap extents, Version version, int from, int to) {
        ExtentMap left = extents;
        for (int i = extents.firstAfter(from);
                i < extents.size() && extents.get(i).from() < to;
                i++) {
            Extent extent = extents.get(i);
            if (extent.version().compareTo(version) < 0) {
                left = left.punch(Math.max(from, extent.from()), Math.min(to, extent.to()));
            }
        }
        return left;
    }

    /** Lays the copied content over what is older, and where nothing is and nothing was buried. */
    private void copy(EntryTable.Edit edit, Entry entry, Change.Copy copy, Change.Write write) {
        Extent moved = Extent.of(write, copy.version());
        ExtentMap old = entry.content();
        ExtentMap result = old.write(moved);
        for (int i = old.firstAfter(moved.from()); i < old.size() && old.get(i).from() < moved.to(); i++) {
            Extent extent = old.get(i);
            if (extent.version().compareTo(copy.version()) > 0) {
                result = result.write(
                        extent.part(Math.max(extent.from(), moved.from()), Math.min(extent.to(), moved.to())));
            }
        }
        for (Grave grave : graves.getOrDefault(copy.id(), List.of())) {
            if (grave.version().compareTo(copy.version()) > 0) {
                result = older(result, grave.version(), grave.from(), grave.to());
            }
        }
        Version version = entry instanceof Entry.Chunk chunk ? later(chunk.version(), copy.version()) : copy.version();
        edit.content(copy.id(), version, result);
    }

    private void swap(Path fresh) throws IOException {
        Path old = directory.path().resolve("index.old");
        delete(old);
        if (Files.exists(directory.index())) {
            Files.move(directory.index(), old);
        }
        Files.move(fresh, directory.index());
        Segments.syncDirectory(directory.path());
        delete(old);
    }

    private static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
