package magma.dht.volume;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import magma.dht.batch.Batch;
import magma.dht.batch.Operation;
import magma.dht.key.KeyScheme;
import magma.dht.namespace.Namespace;
import magma.dht.record.Content;
import magma.dht.record.FeatureLevel;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.dht.routing.Slices;
import magma.dht.slice.Slice;
import magma.dht.slice.SliceMap;
import magma.dht.storage.IdRange;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Visibility;
import magma.fs.FsException;
import magma.fs.Key;
import org.jspecify.annotations.Nullable;

/** The chunks of one file, wherever their slices are. Knows nothing of sizes; safe for use by many threads. */
final class ChunkStore {
    /** About as many bytes go into one batch. */
    private static final int BATCH_BYTES = 4 << 20;

    private static final int KNOWN_IDS = 4096;
    private static final int MOST_LOOKED_UP = 256;
    private static final int SPANS_AT_ONCE = 500;

    /** In so many chunks, at most, is looked at once where nothing says in which spans of the file there are any. */
    static final int MOST_LOOKED_FOR = 1024 * KeyScheme.GROUP_CHUNKS;

    private final Namespace namespace;
    private final Slices slices;
    private final Records records;
    private final Key key;
    private final Map<Long, RecordId> ids = new ConcurrentHashMap<>();

    ChunkStore(Namespace namespace, Slices slices, Key key) {
        this.namespace = namespace;
        this.slices = slices;
        this.records = namespace.records();
        this.key = key;
    }

    RecordId id(long index) {
        if (ids.size() > KNOWN_IDS) {
            ids.clear();
        }
        return ids.computeIfAbsent(index, i -> records.chunk(key, i));
    }

    /** The slices of the file and of its first chunks; all where those are many. */
    Set<Slice> slices(long chunkLimit) {
        SliceMap map = slices.map();
        if (chunkLimit > MOST_LOOKED_UP) {
            return new HashSet<>(map.slices());
        }
        Set<Slice> found = new HashSet<>();
        found.add(map.of(key));
        for (long i = 0; i < chunkLimit; i++) {
            found.add(map.of(id(i).key()));
        }
        return found;
    }

    /** Whether all vulcanos know records of spans. */
    boolean mayRecordSpans() {
        return slices.featureLevel() >= FeatureLevel.SPANS;
    }

    /** The slice of the file itself. */
    Slice slice() {
        return slices.map().of(key);
    }

    /** See {@link Slices#beginSync}. */
    Slices.Syncing beginSync(Set<Slice> unsynced) throws FsException {
        return slices.beginSync(unsynced);
    }

    /** Fills {@code to} with what counts of the file's bytes from {@code offset} on. */
    void read(Content content, long offset, ByteBuffer to) throws FsException {
        int limit = to.limit();
        while (to.position() < limit) {
            long index = offset / Mutation.CHUNK_BYTES;
            int within = (int) (offset % Mutation.CHUNK_BYTES);
            int length = Math.min(limit - to.position(), Mutation.CHUNK_BYTES - within);
            to.limit(to.position() + length);
            if (index < content.chunkLimit()) {
                slices.readContent(id(index), within, to, content.visibility(index));
            } else {
                zero(to);
            }
            to.limit(limit);
            offset += length;
        }
    }

    static void zero(ByteBuffer to) {
        while (to.remaining() >= Long.BYTES) {
            to.putLong(0);
        }
        while (to.hasRemaining()) {
            to.put((byte) 0);
        }
    }

    /** Writes to be done together, as far as they are in one slice. */
    final class Writing {
        private final Map<Slice, List<Operation>> waiting = new LinkedHashMap<>();
        private int bytes;
        private long allocated;

        /** Adds bytes, which may cross borders of chunks; they must not change until {@link #finish}. */
        void add(long generation, long offset, ByteBuffer from) throws FsException {
            int position = from.position();
            int limit = from.limit();
            while (position < limit) {
                long index = offset / Mutation.CHUNK_BYTES;
                int within = (int) (offset % Mutation.CHUNK_BYTES);
                int length = Math.min(limit - position, Mutation.CHUNK_BYTES - within);
                ByteBuffer piece = from.slice(position, length);
                add(new Operation.WriteChunk(id(index), within, generation, piece), length);
                position += length;
                offset += length;
            }
        }

        /** Makes a hole in every chunk from {@code offset} to {@code end} (exclusive). */
        void punch(long offset, long end) throws FsException {
            while (offset < end) {
                long index = offset / Mutation.CHUNK_BYTES;
                int from = (int) (offset % Mutation.CHUNK_BYTES);
                int to = (int) Math.min(Mutation.CHUNK_BYTES, from + end - offset);
                add(new Operation.PunchChunk(id(index), from, to), 64);
                offset += to - from;
            }
        }

        private void add(Operation operation, int size) throws FsException {
            Slice slice = slices.map().of(operation.id().key());
            waiting.computeIfAbsent(slice, s -> new ArrayList<>()).add(operation);
            bytes += size;
            if (bytes >= BATCH_BYTES) {
                finish();
            }
        }

        /** Carries out what was added. */
        void finish() throws FsException {
            for (Map.Entry<Slice, List<Operation>> entry : waiting.entrySet()) {
                boolean grows = entry.getValue().stream().anyMatch(Operation.WriteChunk.class::isInstance);
                Batch batch = new Batch(List.of(), entry.getValue(), grows ? Purpose.GROW : Purpose.RELEASE);
                allocated += namespace.apply(entry.getKey().first(), batch).allocated();
            }
            waiting.clear();
            bytes = 0;
        }

        /** By how many bytes the chunks that were written take more (or less) since this was last asked, also where {@link #finish} broke off. */
        long takeAllocated() {
            long taken = allocated;
            allocated = 0;
            return taken;
        }
    }

    Writing writing() {
        return new Writing();
    }

    /** Chunks of which something may be stored, from {@code from} to {@code limit} (excluded). */
    record Window(long from, long limit) {}

    /**
     * The first of the windows in which something may be stored. No window crosses the border of a span, where those that have chunks are recorded: however large a hole is, it
     * takes one look.
     *
     * @param limit excluded
     * @param spans see {@link Content#spans}
     * @return null where nothing is stored from {@code from} to {@code limit}
     */
    @Nullable
    Window window(long from, long limit, boolean spans) throws FsException {
        if (from >= limit) {
            return null;
        }
        if (!spans) {
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
        RecordId end = Records.span(key, last).successor();
        return slices.scan(slice(), Records.span(key, from), end, most).stream()
                .map(StoredRecord::id)
                .toList();
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

    /** Takes chunks of which something is stored. */
    @FunctionalInterface
    interface Visitor {
        /** @return whether to go on */
        boolean visit(NavigableSet<Long> indexes) throws FsException;
    }

    /** Visits all chunks of which anything is stored, from {@code from} to {@code limit} (excluded), window by window; see {@link #window}. */
    void visitStored(long from, long limit, boolean spans, Visitor visitor) throws FsException {
        boolean goesOn = true;
        for (Window window = window(from, limit, spans);
                window != null && goesOn;
                window = window(window.limit(), limit, spans)) {
            goesOn = visitor.visit(stored(window.from(), window.limit()));
        }
    }

    /** The chunks of which anything is stored, from {@code from} to {@code limit} (excluded); they should be no more than a {@link #window}. */
    NavigableSet<Long> stored(long from, long limit) throws FsException {
        Map<Slice, List<IdRange>> ranges = new HashMap<>();
        for (long first = from; first < limit; ) {
            long last = Math.min(limit - 1, first | KeyScheme.GROUP_CHUNKS - 1);
            addRanges(records.chunk(key, first), records.chunk(key, last), ranges);
            first = last + 1;
        }
        NavigableSet<Long> found = new TreeSet<>();
        for (RecordId id : slices.find(ranges)) {
            if (Records.owner(id).equals(key)) {
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

    /** The runs of a chunk that count. */
    List<Storage.Run> runs(long index, Visibility visibility) throws FsException {
        return slices.runs(id(index), visibility);
    }
}
