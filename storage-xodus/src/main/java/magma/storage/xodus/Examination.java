package magma.storage.xodus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.zip.CRC32C;
import magma.dht.storage.RecordId;
import magma.dht.storage.StorageException;
import magma.fs.Key;
import magma.storage.xodus.StorageTool.Problem;
import magma.storage.xodus.StorageTool.Progress;
import magma.storage.xodus.StorageTool.Report;
import org.jspecify.annotations.Nullable;

/** Looks whether log and index are sound and agree. Changes nothing. */
final class Examination {
    private static final RecordId FIRST = RecordId.of(Key.MIN, 1);

    private final StorageDirectory directory;
    private final NavigableMap<Integer, SegmentFile> segments;
    private final Progress progress;
    private final boolean content;
    private final List<Problem> problems = new ArrayList<>();

    /** Where the sound part of each segment ends. */
    private final Map<Integer, Long> ends = new HashMap<>();

    private long values;
    private long chunks;
    private long contentBytes;
    private long verified;

    Examination(
            StorageDirectory directory,
            NavigableMap<Integer, SegmentFile> segments,
            Progress progress,
            boolean content) {
        this.directory = directory;
        this.segments = segments;
        this.progress = progress;
        this.content = content;
    }

    Report run() throws StorageException {
        try (XodusIndex index = openIndex()) {
            IndexState state = index == null ? null : state(index);
            LogWalk walk = new LogWalk(directory, segments, state == null ? 0 : state.synced());
            long replay = state == null ? 0 : state.replay();
            Set<Long> waiting = state == null ? Set.of() : Set.copyOf(state.waiting());
            walk.run(
                    (segment, frame) ->
                            frame(segment, frame, frame.position() >= replay || waiting.contains(frame.position())),
                    progress);
            problems.addAll(0, walk.problems());
            if (state != null && index != null) {
                if (replay > walk.end()) {
                    problems.add(new Problem(
                            directory.log(),
                            0,
                            "the index knows the log up to " + Position.text(replay) + ", but it ends at "
                                    + Position.text(walk.end())));
                }
                rows(index);
            }
            return new Report(
                    segments.size(),
                    walk.bytes(),
                    walk.records(),
                    values,
                    chunks,
                    contentBytes,
                    verified,
                    walk.tornBytes(),
                    problems);
        } catch (StorageException e) {
            throw e;
        } catch (IOException e) {
            throw new StorageException("reading the log in " + directory.log() + " failed: " + e.getMessage(), e);
        }
    }

    private @Nullable XodusIndex openIndex() {
        try {
            return XodusIndex.forReading(directory.index(), StorageSettings.DEFAULT.indexBytes());
        } catch (StorageException e) {
            problems.add(new Problem(directory.index(), 0, String.valueOf(e.getMessage())));
            return null;
        }
    }

    private @Nullable IndexState state(XodusIndex index) {
        try {
            IndexState state = index.state();
            if (state == null || !state.storage().equals(directory.id())) {
                problems.add(new Problem(
                        directory.index(),
                        0,
                        (state == null ? "it is empty" : "it belongs to another storage")
                                + "; run: magma storage rebuild " + directory.path()));
                return null;
            }
            return state;
        } catch (StorageException e) {
            problems.add(new Problem(directory.index(), 0, String.valueOf(e.getMessage())));
            return null;
        }
    }

    /** @param unknown to the index, so that its content is not found by way of the rows */
    private void frame(SegmentFile segment, Frame frame, boolean unknown) throws IOException {
        ends.put(segment.number(), frame.end());
        if (!content || !unknown || frame.dataLength() == 0) {
            return;
        }
        try {
            FrameReader.verify(segment, frame);
            verified += frame.dataLength();
        } catch (DamagedException e) {
            problems.add(new Problem(segment.path(), Position.offset(e.position()), String.valueOf(e.getMessage())));
        }
    }

    private void rows(XodusIndex index) throws IOException {
        long done = 0;
        try (XodusIndex.Snapshot snapshot = index.snapshot();
                XodusIndex.Rows rows = snapshot.from(FIRST)) {
            for (RecordId id = rows.id(); id != null; id = rows.id()) {
                try {
                    row(id, rows.entry());
                } catch (StorageException e) {
                    problems.add(new Problem(directory.index(), 0, String.valueOf(e.getMessage())));
                }
                rows.next();
                if (++done % 10_000 == 0) {
                    progress.at(done, done);
                }
            }
        } catch (StorageException e) {
            problems.add(new Problem(directory.index(), 0, String.valueOf(e.getMessage())));
        }
    }

    private void row(RecordId id, Entry entry) throws IOException {
        if (entry instanceof Entry.Value value) {
            values++;
            value(id, value);
            return;
        }
        chunks++;
        ExtentMap extents = entry.content();
        for (int i = 0; i < extents.size(); i++) {
            Extent extent = extents.get(i);
            contentBytes += extent.length();
            if (lies(id, extent.data(), extent.stored()) && content) {
                verify(id, extent);
            }
        }
    }

    private void value(RecordId id, Entry.Value value) throws IOException {
        if (!lies(id, value.position(), Frame.HEADER_BYTES) || !content) {
            return;
        }
        SegmentFile segment = segments.get(Position.segment(value.position()));
        try {
            Frame frame = segment == null ? null : new FrameReader(segment, Position.offset(value.position())).next();
            boolean puts = frame != null
                    && frame.changes().stream()
                            .anyMatch(change -> id.equals(change.id()) && isPut(change, value.value()));
            if (!puts) {
                problems.add(new Problem(
                        directory.index(),
                        0,
                        "the row of " + id + " says what the log does not, at " + Position.text(value.position())));
            }
        } catch (DamagedException e) {
            // Found when the log was read.
        }
    }

    private static boolean isPut(Change change, byte[] value) {
        return change.inner() instanceof Change.Put put && Arrays.equals(put.value(), value);
    }

    private boolean lies(RecordId id, long position, int length) {
        long end = ends.getOrDefault(Position.segment(position), 0L);
        if (position + length <= end) {
            return true;
        }
        problems.add(new Problem(
                directory.log().resolve(SegmentFile.name(Position.segment(position))),
                Position.offset(position),
                "what the index expects there is missing: " + id));
        return false;
    }

    private void verify(RecordId id, Extent extent) throws IOException {
        SegmentFile segment = segments.get(Position.segment(extent.data()));
        if (segment == null) {
            return;
        }
        ByteBuffer block = ByteBuffer.allocate(Blocks.BYTES);
        CRC32C crc = new CRC32C();
        for (int i = 0; i < extent.crcs().length; i++) {
            int begin = i * Blocks.BYTES;
            int offset = Position.offset(extent.data()) + begin;
            block.clear().limit(Math.min(Blocks.BYTES, extent.stored() - begin));
            segment.read(block, offset);
            if (Blocks.crc(crc, block.flip()) != extent.crcs()[i]) {
                problems.add(new Problem(
                        segment.path(),
                        offset,
                        "content of " + id + ", bytes " + extent.from() + " to " + extent.to()
                                + " of the chunk, is damaged: a CRC is wrong"));
            }
            verified += block.limit();
        }
    }
}
