package magma.dht.volume;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import magma.dht.batch.Batch;
import magma.dht.batch.Condition;
import magma.dht.batch.Operation;
import magma.dht.batch.Outcome;
import magma.dht.namespace.Namespace;
import magma.dht.record.ChunkLayout;
import magma.dht.record.Content;
import magma.dht.record.Records;
import magma.dht.routing.Slices;
import magma.dht.slice.Slice;
import magma.dht.storage.Mutation;
import magma.dht.storage.Storage;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.Visibility;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;

/** The bytes of one file in chunks, wherever their slices are. Knows nothing of sizes; safe for use by many threads. */
final class ChunkStore {
    /** About as many bytes go into one batch. */
    private static final int BATCH_BYTES = 4 << 20;

    private final Namespace namespace;
    private final Slices slices;
    private final Key key;
    private final Term term;
    private final ChunkFences fences;
    private final ChunkMap map;

    ChunkStore(Namespace namespace, Slices slices, Key key, ChunkLayout layout, Term term, ChunkFences fences) {
        this.namespace = namespace;
        this.slices = slices;
        this.key = key;
        this.term = term;
        this.fences = fences;
        this.map = new ChunkMap(slices, namespace.records(), key, layout);
    }

    /** Where they are. */
    ChunkMap map() {
        return map;
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
                slices.readContent(map.id(index), within, to, content.visibility(index));
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
                add(new Operation.WriteChunk(map.id(index), within, generation, piece), length);
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
                add(new Operation.PunchChunk(map.id(index), from, to), 64);
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
                allocated += apply(entry.getKey(), entry.getValue(), grows ? Purpose.GROW : Purpose.RELEASE);
            }
            waiting.clear();
            bytes = 0;
        }

        /** What comes late, when the file is gone or has another home, does nothing in the file's own slice; elsewhere the fence says that it is late, and the generation. */
        private long apply(Slice slice, List<Operation> operations, Purpose purpose) throws FsException {
            Outcome.Done done = slice.equals(map.slice())
                    ? namespace.apply(
                            key,
                            new Batch(List.of(new Condition.Exists(Records.flare(key))), operations, purpose),
                            term.number())
                    : applyElsewhere(slice, operations, purpose);
            return done.allocated();
        }

        private Outcome.Done applyElsewhere(Slice slice, List<Operation> operations, Purpose purpose)
                throws FsException {
            Batch batch = new Batch(fences.raise(term, slice), operations, purpose);
            try {
                return namespace.apply(slice.first(), batch);
            } catch (FsException e) {
                throw e.errno() == Errno.ESTALE ? fences.broken(term, slice) : e;
            }
        }

        /** By how many bytes the chunks that were written take more (or less) since this was last asked, also where {@link #finish} broke off. */
        long takeAllocated() {
            long taken = allocated;
            allocated = 0;
            return taken;
        }
    }

    /** From now on nothing comes to the chunks below {@code limit} that a home of an earlier term writes. To be called before it is looked what is stored of them, and holes are made. */
    void fence(long limit) throws FsException {
        for (Slice slice : map.slices(limit)) {
            List<Condition> unused = fences.raise(term, slice);
        }
    }

    Writing writing() {
        return new Writing();
    }

    /** The runs of a chunk that count. */
    List<Storage.Run> runs(long index, Visibility visibility) throws FsException {
        return slices.runs(map.id(index), visibility);
    }
}
