package magma.dht.volume;

import java.util.List;
import java.util.NavigableSet;
import magma.dht.key.KeyScheme;
import magma.dht.record.Content;
import magma.dht.storage.Mutation;
import magma.dht.storage.Storage;
import magma.dht.storage.Visibility;
import magma.fs.FsException;

/** Which stored bytes of a file's chunks count: finds data and holes, and makes holes of what does not count. */
final class ChunkRuns {
    private final ChunkStore chunks;

    ChunkRuns(ChunkStore chunks) {
        this.chunks = chunks;
    }

    /** Adds holes for all that counts behind {@code end}, in few chunks, which nobody is to see when the file grows over it. */
    void punchBehind(Content content, long end, ChunkStore.Writing writing) throws FsException {
        for (long index : chunks.map().stored(end / Mutation.CHUNK_BYTES, content.chunkLimit())) {
            long start = index * Mutation.CHUNK_BYTES;
            for (Storage.Run run : chunks.runs(index, content.visibility(index))) {
                if (start + run.to() > end) {
                    writing.punch(Math.max(end, start + run.from()), start + run.to());
                }
            }
        }
    }

    /** Adds holes for all that is stored from {@code offset} to {@code end} (excluded). */
    void punch(Content content, long offset, long end, ChunkStore.Writing writing) throws FsException {
        long limit = (end + Mutation.CHUNK_BYTES - 1) / Mutation.CHUNK_BYTES;
        chunks.map().visitStored(offset / Mutation.CHUNK_BYTES, limit, indexes -> {
            for (long index : indexes) {
                long start = index * Mutation.CHUNK_BYTES;
                writing.punch(Math.max(offset, start), Math.min(end, start + Mutation.CHUNK_BYTES));
            }
            return true;
        });
    }

    /** Adds holes for what is stored of a chunk and does not count. */
    void punchUncounted(Content content, long index, ChunkStore.Writing writing) throws FsException {
        long start = index * Mutation.CHUNK_BYTES;
        List<Storage.Run> visible = chunks.runs(index, content.visibility(index));
        for (Storage.Run run : chunks.runs(index, Visibility.ALL)) {
            int from = run.from();
            for (Storage.Run seen : visible) {
                if (seen.to() > from && seen.from() < run.to()) {
                    if (seen.from() > from) {
                        writing.punch(start + from, start + seen.from());
                    }
                    from = seen.to();
                }
            }
            if (from < run.to()) {
                writing.punch(start + from, start + run.to());
            }
        }
    }

    /** The first offset at or after {@code offset} that is in a chunk of which anything is stored; the size where there is none. */
    private long firstStored(Content content, long size, long offset) throws FsException {
        long limit = Math.min((size + Mutation.CHUNK_BYTES - 1) / Mutation.CHUNK_BYTES, content.chunkLimit());
        long index = offset / Mutation.CHUNK_BYTES;
        // Few at first: data are mostly near.
        long most = KeyScheme.GROUP_CHUNKS;
        ChunkMap.Window window = chunks.map().window(index, limit);
        while (window != null) {
            long end = Math.min(window.limit(), window.from() + most);
            NavigableSet<Long> found = chunks.map().stored(window.from(), end);
            if (!found.isEmpty()) {
                return Math.max(offset, found.first() * Mutation.CHUNK_BYTES);
            }
            most = Math.min(2 * most, ChunkMap.MOST_LOOKED_FOR);
            window = end < window.limit()
                    ? new ChunkMap.Window(end, window.limit())
                    : chunks.map().window(end, limit);
        }
        return size;
    }

    /**
     * The first offset at or after {@code offset} that is in a run that counts, or not.
     *
     * @param size of the file; given where there is none
     */
    long seek(Content content, long size, long offset, boolean data) throws FsException {
        long at = data ? firstStored(content, size, offset) : offset;
        long limit = Math.min(size, content.chunkLimit() * Mutation.CHUNK_BYTES);
        while (at < limit) {
            long index = at / Mutation.CHUNK_BYTES;
            long start = index * Mutation.CHUNK_BYTES;
            for (Storage.Run run : chunks.runs(index, content.visibility(index))) {
                if (start + run.to() <= at) {
                    continue;
                }
                if (data) {
                    return Math.min(size, Math.max(at, start + run.from()));
                }
                if (start + run.from() > at) {
                    return at;
                }
                at = start + run.to();
            }
            if (!data && at < start + Mutation.CHUNK_BYTES) {
                return Math.min(at, size);
            }
            at = start + Mutation.CHUNK_BYTES;
            at = data ? firstStored(content, size, at) : at;
        }
        return data ? size : Math.min(Math.max(at, offset), size);
    }
}
