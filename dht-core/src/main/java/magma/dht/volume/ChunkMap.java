package magma.dht.volume;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import magma.dht.batch.Operation;
import magma.dht.key.KeyScheme;
import magma.dht.record.ChunkLayout;
import magma.dht.record.FeatureLevel;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.dht.routing.Slices;
import magma.dht.slice.Slice;
import magma.dht.slice.SliceMap;
import magma.dht.storage.IdRange;
import magma.dht.storage.RecordId;
import magma.dht.storage.StoredRecord;
import magma.fs.FsException;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/**
 * Where the chunks of one file are, and which of them are stored; nothing of what is in them. Where it is laid out so, a hole of any size takes one look.
 * Safe for use by many threads.
 */
public final class ChunkMap {
    private static final int KNOWN_IDS = 4096;
    private static final int MOST_LOOKED_UP = 256;
    private static final int SPANS_AT_ONCE = 500;

    /** In so many chunks, at most, is looked at once where nothing says in which spans of the file there are any. */
    static final int MOST_LOOKED_FOR = 1024 * KeyScheme.GROUP_CHUNKS;

    private final Slices slices;
    private final Records records;
    private final Key file;
    private final Map<Long, RecordId> ids = new ConcurrentHashMap<>();
    private volatile ChunkLayout layout;

    public ChunkMap(Slices slices, Records records, Key file, ChunkLayout layout) {
        this.slices = slices;
        this.records = records;
        this.file = file;
        this.layout = layout;
    }

    /** Whoever uses the chunks by their ids must wait meanwhile; there must be none. */
    void layOut(ChunkLayout newLayout) {
        layout = newLayout;
        ids.clear();
    }

    /** How a file's chunks are laid out when it gets its first. */
    ChunkLayout newestLayout() {
        return slices.featureLevel() >= FeatureLevel.FIRST_NEAR ? ChunkLayout.FIRST_NEAR : ChunkLayout.SPREAD;
    }

    /** Which record chunk {@code index} is. */
    public RecordId id(long index) {
        if (ids.size() > KNOWN_IDS) {
            ids.clear();
        }
        return ids.computeIfAbsent(index, i -> records.chunk(file, i, layout));
    }

    /** The slices of the file and of its first chunks; all where those are many. */
    Set<Slice> slices(long chunkLimit) {
        SliceMap map = slices.map();
        if (chunkLimit > MOST_LOOKED_UP) {
            return new HashSet<>(map.slices());
        }
        Set<Slice> found = new HashSet<>();
        found.add(map.of(file));
        for (long i = 0; i < chunkLimit; i++) {
            found.add(map.of(id(i).key()));
        }
        return found;
    }

    /** The slice of the file itself. */
    Slice slice() {
        return slices.map().of(file);
    }

    /** Chunks of which something may be stored, from {@code from} to {@code limit} (excluded). */
    record Window(long from, long limit) {}

    /**
     * The first of the windows in which something may be stored. No window crosses the border of a span, where those that have chunks are recorded.
     *
     * @param limit excluded
     * @return null where nothing is stored from {@code from} to {@code limit}
     */
    @Nullable
    Window window(long from, long limit) throws FsException {
        if (from >= limit) {
            return null;
        }
        if (layout == ChunkLayout.SPREAD) {
            return new Window(from, Math.min(limit, from + MOST_LOOKED_FOR));
        }
        long span = from / Records.SPAN_CHUNKS;
        if (span > 0) {
            List<RecordId> recorded = spans(span, (limit - 1) / Records.SPAN_CHUNKS, 1);
            if (recorded.isEmpty()) {
                return null;
            }
            span = Records.spanNumber(recorded.get(0));
        }
        long first = span * Records.SPAN_CHUNKS;
        return new Window(Math.max(from, first), Math.min(limit, first + Records.SPAN_CHUNKS));
    }

    private List<RecordId> spans(long from, long last, int most) throws FsException {
        RecordId end = Records.span(file, last).successor();
        return slices.scan(slice(), Records.span(file, from), end, most).stream()
                .map(StoredRecord::id)
                .toList();
    }

    /** Takes chunks of which something is stored. */
    @FunctionalInterface
    public interface Visitor {
        /** @return whether to go on */
        boolean visit(NavigableSet<Long> indexes) throws FsException;
    }

    /** Visits all chunks of which anything is stored, from {@code from} to {@code limit} (excluded), window by window; see {@link #window}. */
    public void visitStored(long from, long limit, Visitor visitor) throws FsException {
        boolean goesOn = true;
        for (Window window = window(from, limit); window != null && goesOn; window = window(window.limit(), limit)) {
            goesOn = visitor.visit(stored(window.from(), window.limit()));
        }
    }

    /** The chunks of which anything is stored, from {@code from} to {@code limit} (excluded); they should be no more than a {@link #window}. */
    NavigableSet<Long> stored(long from, long limit) throws FsException {
        Map<Slice, List<IdRange>> ranges = new HashMap<>();
        long first = from;
        if (first == 0 && limit > 0 && layout == ChunkLayout.FIRST_NEAR) {
            addRanges(records.chunk(file, 0, layout), records.chunk(file, 0, layout), ranges);
            first = 1;
        }
        while (first < limit) {
            long last = Math.min(limit - 1, first | KeyScheme.GROUP_CHUNKS - 1);
            addRanges(records.chunk(file, first, layout), records.chunk(file, last, layout), ranges);
            first = last + 1;
        }
        NavigableSet<Long> found = new TreeSet<>();
        for (RecordId id : slices.find(ranges)) {
            if (Records.owner(id).equals(file)) {
                found.add(Records.chunkIndex(id));
            }
        }
        return found;
    }

    /** A border between slices may be anywhere. */
    private void addRanges(RecordId first, RecordId last, Map<Slice, List<IdRange>> ranges) {
        RecordId end = last.successor();
        for (Slice slice : slices.map().within(first.key(), last.key())) {
            RecordId sliceFirst = RecordId.of(slice.first(), RecordKind.CHUNK.code());
            RecordId sliceEnd = Records.end(RecordKind.CHUNK, slice.last());
            RecordId from = first.compareTo(sliceFirst) < 0 ? sliceFirst : first;
            RecordId to = end.compareTo(sliceEnd) > 0 ? sliceEnd : end;
            ranges.computeIfAbsent(slice, s -> new ArrayList<>()).add(new IdRange(from, to));
        }
    }

    /** Carries out operations on the file's own slice. */
    @FunctionalInterface
    interface Removal {
        void carryOut(List<Operation> operations) throws FsException;
    }

    /** Removes all records of spans, some at a time. No chunk may be left. */
    void removeSpans(Removal removal) throws FsException {
        List<RecordId> left = spans(1, Long.MAX_VALUE, SPANS_AT_ONCE);
        while (!left.isEmpty()) {
            List<Operation> operations = new ArrayList<>();
            left.forEach(id -> operations.add(new Operation.Remove(id)));
            removal.carryOut(operations);
            left = spans(1, Long.MAX_VALUE, SPANS_AT_ONCE);
        }
    }
}
