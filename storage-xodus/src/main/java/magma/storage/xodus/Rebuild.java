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
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;
import magma.storage.xodus.StorageTool.Progress;
import magma.storage.xodus.StorageTool.Report;

/**
 * Makes the index again from the log: reads it twice, first for what was truncated, then for everything.
 *
 * <p>Records count in the order of the log, and copies as {@link CopyReplay} says. What is not known to be committed is left out, and the next start told
 * of it.
 */
final class Rebuild {
    private final StorageDirectory directory;
    private final NavigableMap<Integer, SegmentFile> segments;
    private final StorageSettings settings;
    private final Progress progress;
    private final Usages usages = new Usages(List.of());
    private final Map<Long, Version> tails = new HashMap<>();

    /** Commit points that follow from records of format version 1. */
    private final Map<Long, Version> commits = new HashMap<>();

    private final CopyReplay changes = new CopyReplay();
    private final ArrayDeque<Frame> unsure = new ArrayDeque<>();
    private Verdicts verdicts = new Verdicts();
    private long limit = Long.MAX_VALUE;
    private final List<Long> waiting = new ArrayList<>();
    private long values;
    private long chunks;
    private long contentBytes;

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
            if (limit != Long.MAX_VALUE) {
                // What was told behind was never told.
                verdicts = new Verdicts();
                walk.run(
                        (segment, frame) -> {
                            if (frame.position() < limit) {
                                verdicts.note(frame);
                            }
                        },
                        Progress.NONE);
            }
            directory.upgrade();
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
        verdicts.note(frame);
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
        List<Frame.Tail> known = commitPoints();
        long last = Math.min(limit, walk.end());
        index.flush(
                frozen.iterator(null),
                (id, before, after) -> {
                    usages.change(id, before, after);
                    count(before, -1);
                    count(after, 1);
                },
                end -> new IndexState(
                        directory.id(),
                        last,
                        Math.min(walk.synced(), walk.end()),
                        last,
                        known,
                        List.copyOf(waiting),
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

    private List<Frame.Tail> commitPoints() {
        List<Frame.Tail> points = new ArrayList<>();
        for (long slice : tails.keySet()) {
            Version version = Verdicts.later(commits.getOrDefault(slice, Version.NONE), verdicts.commit(slice));
            if (!version.equals(Version.NONE)) {
                points.add(new Frame.Tail(slice, version));
            }
        }
        return points;
    }

    private void apply(EntryTable table, Frame frame) throws StorageException {
        if (verdicts.isTruncated(frame)) {
            return;
        }
        noteTails(frame);
        if (frame.isEntry() && !verdicts.isCommitted(frame)) {
            waiting.add(frame.position());
            return;
        }
        EntryTable.Edit edit = table.edit();
        changes.apply(edit, frame);
        frame.changes().forEach(change -> usages.note(frame.position(), change));
        table.publish(edit);
    }

    private void noteTails(Frame frame) {
        switch (frame.type()) {
            case MUTATIONS -> {
                tails.put(frame.slice(), frame.version());
                commits.put(frame.slice(), frame.version());
            }
            case ENTRY -> tails.put(frame.slice(), frame.version());
            case TAILS ->
                frame.points().forEach(point -> {
                    tails.merge(point.slice(), point.tail(), Verdicts::later);
                    commits.put(point.slice(), tails.getOrDefault(point.slice(), Version.NONE));
                });
            case POINTS -> {
                tails.clear();
                frame.points().forEach(point -> tails.put(point.slice(), point.tail()));
                // They tell the commit points too, which the verdicts know.
                commits.clear();
            }
            case TAKEN_UP -> {
                tails.put(frame.slice(), frame.version());
                commits.remove(frame.slice());
            }
            case FORGET -> {
                if (frame.limit() == 0) {
                    tails.remove(frame.slice());
                    commits.remove(frame.slice());
                }
            }
            case TRUNCATION -> {
                // A copy of one that the cleaner made speaks of what was before all that is in the tails by now.
                if (frame.limit() == 0 && tails.containsKey(frame.slice())) {
                    tails.merge(frame.slice(), frame.version(), Rebuild::earlier);
                    commits.computeIfPresent(frame.slice(), (slice, commit) -> earlier(commit, frame.version()));
                    tails.remove(frame.slice(), Version.NONE);
                }
            }
            default -> {}
        }
    }

    private static Version earlier(Version a, Version b) {
        return a.compareTo(b) <= 0 ? a : b;
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
