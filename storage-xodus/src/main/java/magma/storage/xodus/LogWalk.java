package magma.storage.xodus;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import magma.dht.storage.StorageException;
import magma.storage.xodus.StorageTool.Problem;
import magma.storage.xodus.StorageTool.Progress;

/** Reads a whole log, past what is damaged. */
final class LogWalk {
    private final StorageDirectory directory;
    private final NavigableMap<Integer, SegmentFile> segments;
    private final List<Problem> problems = new ArrayList<>();
    private long total;
    private long synced;
    private long end;
    private long torn;
    private long records;

    /** @param synced everything before it is known to be synced */
    LogWalk(StorageDirectory directory, NavigableMap<Integer, SegmentFile> segments, long synced) throws IOException {
        this.directory = directory;
        this.segments = segments;
        this.synced = synced;
        for (SegmentFile segment : segments.values()) {
            total += segment.size();
        }
    }

    /** Told each record, in order. */
    interface Sink {
        void frame(SegmentFile segment, Frame frame) throws IOException;
    }

    List<Problem> problems() {
        return problems;
    }

    /** Where the log ends; what lies behind was torn by a crash. */
    long end() {
        return end;
    }

    long synced() {
        return synced;
    }

    long tornBytes() {
        return torn;
    }

    long records() {
        return records;
    }

    long bytes() {
        return total;
    }

    void run(Sink sink, Progress progress) throws IOException, StorageException {
        problems.clear();
        records = 0;
        torn = 0;
        long done = 0;
        for (SegmentFile segment : segments.values()) {
            if (torn > 0) {
                torn += segment.size();
                continue;
            }
            walk(segment, sink, progress, done);
            done += segment.size();
            progress.at(done, total);
        }
    }

    private void walk(SegmentFile segment, Sink sink, Progress progress, long done)
            throws IOException, StorageException {
        if (!header(segment)) {
            return;
        }
        FrameReader reader = new FrameReader(segment, SegmentHeader.BYTES);
        end = reader.position();
        while (true) {
            try {
                for (Frame frame = reader.next(); frame != null; frame = reader.next()) {
                    records++;
                    end = frame.end();
                    synced = Math.max(synced, frame.synced());
                    sink.frame(segment, frame);
                    if (records % 10_000 == 0) {
                        progress.at(done + Position.offset(end), total);
                    }
                }
                return;
            } catch (DamagedException e) {
                if (isTorn(e.position())) {
                    end = e.position();
                    torn = (long) segment.size() - Position.offset(end);
                    return;
                }
                reader.skip();
                boolean found = reader.resync();
                problems.add(new Problem(
                        segment.path(),
                        Position.offset(e.position()),
                        e.getMessage() + "; "
                                + (found ? "up to " + Position.offset(reader.position()) : "from there on")
                                + " nothing can be read"));
                if (!found) {
                    return;
                }
            }
        }
    }

    /** @return false when the segment is to be left out */
    private boolean header(SegmentFile segment) throws IOException, StorageException {
        try {
            SegmentHeader header = FrameReader.header(segment);
            if (!header.storage().equals(directory.id())) {
                problems.add(new Problem(segment.path(), 0, "it belongs to another storage, " + header.storage()));
                return false;
            }
            Map.Entry<Integer, SegmentFile> before = segments.lowerEntry(segment.number());
            if (before != null && before.getKey() == segment.number() - 1 && header.previous() != end) {
                if (isTorn(end)) {
                    torn = segment.size();
                    return false;
                }
                problems.add(new Problem(
                        before.getValue().path(),
                        Position.offset(end),
                        "it ends too early: the log goes on at " + Position.text(header.previous())));
            }
            return true;
        } catch (DamagedException e) {
            if (e.foreign()) {
                throw new StorageException(segment.path() + ": " + e.getMessage());
            }
            if (isTorn(e.position())) {
                torn = segment.size();
                return false;
            }
            problems.add(new Problem(segment.path(), 0, "its header is damaged: " + e.getMessage()));
            // What follows tells by itself where it belongs.
            return true;
        }
    }

    private boolean isTorn(long at) throws IOException {
        if (at < synced) {
            return false;
        }
        for (SegmentFile later : segments.tailMap(Position.segment(at), true).values()) {
            int from = later.number() == Position.segment(at)
                    ? Math.max(Position.offset(at), SegmentHeader.BYTES)
                    : SegmentHeader.BYTES;
            if (FrameReader.knownSynced(later, from, at)) {
                return false;
            }
        }
        return true;
    }
}
