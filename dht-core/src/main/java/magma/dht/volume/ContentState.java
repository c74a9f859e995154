package magma.dht.volume;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import magma.dht.batch.Operation;
import magma.dht.record.ChunkLayout;
import magma.dht.record.Cleaning;
import magma.dht.record.Content;
import magma.dht.record.Flare;
import magma.dht.record.Records;
import magma.dht.routing.Slices;
import magma.dht.slice.Slice;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Limits;
import org.jspecify.annotations.Nullable;

/**
 * What is stored of a file's content, what waits in memory to be, and the size. Guarded by the lock of its {@link FileContent}.
 *
 * <p>Up to {@link Content#MAX_INLINE} bytes are kept beside the flare ({@link InlineBytes}); a byte behind that moves all into chunks ({@link ChunkStore}), and
 * short writes wait in {@link DirtyRanges}. Storing goes chunks first, then the flare's record with size and times ({@link FlareCommits}), which is what
 * readers trust: so a crash in between leaves chunk bytes that do not count. Before the file grows over a gap, such bytes behind its end are made holes, or
 * cut.
 *
 * <p>Before the first bytes of a term go into chunks, the generation is raised over all that earlier terms can have used: what is on its way from a vulcano that led
 * the slice before comes too late then, and covers nothing that is written now.
 */
final class ContentState {
    /** Writes of at least so many bytes go straight to storage. */
    private static final int DIRECT = 64 << 10;

    private static final long MOST_DIRTY_BYTES = 1 << 20;
    private static final int MOST_DIRTY_RANGES = 512;
    private static final byte[] NOTHING = {};
    private static final long MOST_CHUNKS = Limits.FILE_BYTES / Mutation.CHUNK_BYTES;

    /** So many chunks are cleaned at once; more are left to the background. */
    private static final long CLEAN_NOW = 64;

    private static final int MOST_KNOWN_SPANS = 4096;

    private final ChunkStore chunks;
    private final ChunkRuns runs;
    private final FlareCommits commits;
    private final long firstGeneration;
    private final InlineBytes inline;
    private final SpaceCredit credit;
    private final DirtyRanges dirty = new DirtyRanges();

    /** As the flare's record has it, but for what {@link #isInline} and {@link #size} say. */
    private Content content;

    private long size;
    private boolean isInline;
    private volatile boolean isChanged;
    private long pendingAllocated;

    /** Spans of which this term has made sure that they are recorded. */
    private final Set<Long> knownSpans = new HashSet<>();

    /** Whether no bytes that do not count are stored behind the end, but for those that a cut hides. */
    private boolean isCleanBehind;

    /** What the last cut left to be cleaned, where that is little. */
    private @Nullable Cleaning cut;

    /** @param firstGeneration the lowest with which bytes may be written */
    ContentState(
            Flare flare,
            ChunkStore chunks,
            FlareCommits commits,
            long firstGeneration,
            InlineBytes inline,
            SpaceCredit credit) {
        this.chunks = chunks;
        this.runs = new ChunkRuns(chunks);
        this.commits = commits;
        this.firstGeneration = firstGeneration;
        this.inline = inline;
        this.credit = credit;
        this.content = flare.content();
        this.size = flare.size();
        this.isInline = content.inline();
    }

    long size() {
        return size;
    }

    /** Whether the content was changed since it was stored. May be asked without the lock. */
    boolean isChanged() {
        return isChanged;
    }

    int read(ByteBuffer to, long offset) throws FsException {
        if (offset >= size || !to.hasRemaining()) {
            return 0;
        }
        int length = (int) Math.min(to.remaining(), size - offset);
        int limit = to.limit();
        int start = to.position();
        to.limit(start + length);
        if (isInline) {
            inline.read(to, offset);
        } else {
            chunks.read(content, offset, to);
            to.position(start);
            dirty.overlay(offset, to);
        }
        to.position(start + length).limit(limit);
        return length;
    }

    /** Writes all of {@code from}, as far as a file may reach. @return how many bytes */
    int write(ByteBuffer from, long offset) throws FsException {
        if (offset < 0) {
            throw new FsException(Errno.EINVAL, "a write at " + offset);
        }
        if (offset >= Limits.FILE_BYTES && from.hasRemaining()) {
            throw new FsException(Errno.EFBIG, "a write at " + offset);
        }
        int length = (int) Math.min(from.remaining(), Limits.FILE_BYTES - offset);
        if (length == 0) {
            return 0;
        }
        credit.take(length);
        long end = offset + length;
        int limit = from.limit();
        from.limit(from.position() + length);
        if (isInline && end > Content.MAX_INLINE) {
            leaveInline();
        } else if (!isInline && offset > size) {
            cleanBehind(size);
        }
        if (isInline) {
            inline.write(from, (int) offset);
        } else if (length >= DIRECT) {
            writeDirect(from, offset, end);
        } else {
            if (dirty.bytes() >= MOST_DIRTY_BYTES || dirty.count() >= MOST_DIRTY_RANGES) {
                storeDirty();
            }
            dirty.put(offset, from);
        }
        from.position(from.limit()).limit(limit);
        size = Math.max(size, end);
        isChanged = true;
        return length;
    }

    private void writeDirect(ByteBuffer from, long offset, long end) throws FsException {
        if (dirty.overlaps(offset, end)) {
            storeDirty();
        }
        Content prepared = prepared(end);
        boolean wasClean = isCleanBehind;
        // Until size covers it, or for good where this breaks off.
        isCleanBehind = wasClean && end <= size;
        if (isNear(end) && !prepared.equals(content)) {
            commitContent(prepared, List.of(nearWrite(prepared, offset, from)));
        } else {
            prepareChunks(prepared, new HashSet<>(List.of(spanOf(offset), spanOf(end - 1))));
            toChunks(writing -> writing.add(content.generation(), offset, from));
        }
        isCleanBehind = wasClean;
    }

    /** From now on the bytes are in chunks; those that were inline wait in memory to be written there. */
    private void leaveInline() throws FsException {
        cleanBehind(0);
        byte[] bytes = inline.take();
        isInline = false;
        if (bytes.length > 0) {
            dirty.put(0, ByteBuffer.wrap(bytes));
        }
    }

    /** Something to be done to the chunks. */
    @FunctionalInterface
    private interface ChunkWork {
        void gather(ChunkStore.Writing writing) throws FsException;
    }

    /** Does it, and notes how much more (or less) they take, also where it breaks off. */
    private void toChunks(ChunkWork work) throws FsException {
        ChunkStore.Writing writing = chunks.writing();
        try {
            work.gather(writing);
            writing.finish();
        } catch (FsException e) {
            commits.failed(e);
            throw e;
        } finally {
            pendingAllocated += writing.takeAllocated();
        }
    }

    private static long spanOf(long offset) {
        return offset / Mutation.CHUNK_BYTES / Records.SPAN_CHUNKS;
    }

    /** What the flare's record must say of the content before bytes up to {@code end} are in chunks: which may be there, how they lie, and with which generation. */
    private Content prepared(long end) {
        long needed = (end - 1) / Mutation.CHUNK_BYTES + 1;
        Content prepared = content.withGeneration(firstGeneration);
        if (needed > content.chunkLimit()) {
            long slack = needed == 1 ? 0 : Math.max(8, needed / 8);
            prepared = prepared.withChunkLimit(Math.min(needed + slack, MOST_CHUNKS));
        }
        return prepared.withLayout(layout());
    }

    /** How the chunks lie, or will when there are any. */
    private ChunkLayout layout() {
        return content.chunkLimit() == 0 ? chunks.map().newestLayout() : content.layout();
    }

    /** Whether bytes up to {@code end} lie beside the flare, so that they can be written with its record. */
    private boolean isNear(long end) {
        return end <= Mutation.CHUNK_BYTES && layout() == ChunkLayout.FIRST_NEAR;
    }

    private Operation nearWrite(Content prepared, long offset, ByteBuffer from) {
        RecordId first = Records.firstChunk(commits.file());
        return new Operation.WriteChunk(first, (int) offset, prepared.generation(), from.slice());
    }

    /**
     * Says in the flare's record what was {@link #prepared}, and which spans have chunks.
     *
     * @param spans in which they are; the first goes without saying
     */
    private void prepareChunks(Content prepared, Set<Long> spans) throws FsException {
        List<Operation> records = prepared.layout() == ChunkLayout.FIRST_NEAR ? unknownSpans(spans) : List.of();
        if (!prepared.equals(content) || !records.isEmpty()) {
            commitContent(prepared, records);
        }
        if (!records.isEmpty()) {
            knownSpans.addAll(spans);
        }
    }

    private List<Operation> unknownSpans(Set<Long> spans) {
        if (knownSpans.size() > MOST_KNOWN_SPANS) {
            knownSpans.clear();
        }
        List<Operation> records = new ArrayList<>();
        for (long span : spans) {
            if (span > 0 && !knownSpans.contains(span)) {
                records.add(new Operation.Put(Records.span(commits.file(), span), NOTHING));
            }
        }
        return records;
    }

    /** Makes sure that bytes which a crash left behind {@code end}, where the content ended before it, never count. */
    private void cleanBehind(long end) throws FsException {
        if (isCleanBehind) {
            return;
        }
        long first = end / Mutation.CHUNK_BYTES;
        if (content.chunkLimit() - first > CLEAN_NOW) {
            Content shorter = content.cut(end);
            commitContent(shorter, List.of(cleaning(shorter, first)));
        } else {
            toChunks(writing -> {
                chunks.fence(content.chunkLimit());
                runs.punchBehind(content, end, writing);
            });
        }
        isCleanBehind = true;
    }

    private Operation cleaning(Content shorter, long first) {
        Cleaning cleaning = cleaningBehind(shorter, first);
        return new Operation.Put(Records.cleaning(commits.file(), shorter.generation()), cleaning.encode());
    }

    private static Cleaning cleaningBehind(Content content, long first) {
        return new Cleaning(first, content.chunkLimit(), false, content.layout());
    }

    /** Commits a new state of the content, with the size as it was committed before. */
    private void commitContent(Content newContent, List<Operation> more) throws FsException {
        commits.content(newContent, 0, more, Purpose.GROW);
        become(newContent);
    }

    private void become(Content committed) {
        if (committed.layout() != content.layout()) {
            chunks.map().layOut(committed.layout());
        }
        content = committed;
    }

    private void storeDirty() throws FsException {
        if (dirty.isEmpty()) {
            return;
        }
        Set<Long> spans = new HashSet<>();
        dirty.visit((offset, bytes, length) -> spans.add(spanOf(offset)));
        prepareChunks(prepared(dirty.end()), spans);
        toChunks(writing -> dirty.visit((DirtyRanges.Visitor<FsException>) (offset, bytes, length) ->
                writing.add(content.generation(), offset, ByteBuffer.wrap(bytes, 0, length))));
        dirty.clear();
    }

    /** Stores everything that waits. After a failure it waits still. */
    void store(boolean isRead) throws FsException {
        if (!dirty.isEmpty() && isNear(dirty.end())) {
            storeNear(isRead);
            return;
        }
        storeDirty();
        if (isChanged) {
            commitChanged(content.withInline(isInline), isRead, List.of());
        } else if (isRead) {
            commits.read();
        }
    }

    /** Bytes and flare in one step. */
    private void storeNear(boolean isRead) throws FsException {
        Content prepared = prepared(dirty.end());
        List<Operation> writes = new ArrayList<>();
        dirty.visit(
                (offset, bytes, length) -> writes.add(nearWrite(prepared, offset, ByteBuffer.wrap(bytes, 0, length))));
        commitChanged(prepared.withInline(isInline), isRead, writes);
        dirty.clear();
    }

    /**
     * Stores everything that waits, and begins to make all that is stored of the file survive a loss of power: what is in chunks, while the flare's record follows. After a failure
     * it waits still.
     */
    Slices.Syncing storeSynced(boolean isRead) throws FsException {
        if (!isNear(dirty.end())) {
            storeDirty();
        }
        Set<Slice> unsynced = chunks.map().slices(content.chunkLimit());
        if (!isChanged && !isRead) {
            return chunks.beginSync(unsynced);
        }
        unsynced.remove(chunks.map().slice());
        Slices.Syncing syncing = chunks.beginSync(unsynced);
        commits.synced(true);
        try {
            store(isRead);
        } finally {
            commits.synced(false);
        }
        return syncing;
    }

    /** Commits the new state of the content, size and times, and what is inline. */
    private void commitChanged(Content newContent, boolean isRead, List<Operation> more) throws FsException {
        List<Operation> operations = new ArrayList<>(more);
        int storedInline = inline.store(isInline, content.inline(), operations);
        long grown = pendingAllocated + storedInline - inline.stored();
        commits.changed(newContent, size, grown, isRead, operations);
        become(newContent);
        inline.stored(storedInline);
        pendingAllocated = 0;
        isChanged = false;
    }

    /** Gives up what waits. */
    void drop() {
        dirty.clear();
        inline.drop();
        isChanged = false;
    }

    /** Lengthens the file by a hole; to be stored. */
    void extend(long length) throws FsException {
        if (!isInline && length > size) {
            cleanBehind(size);
        }
        size = length;
        isChanged = true;
    }

    /** Cuts the file, and stores that with everything that waits. */
    void shorten(long length, boolean isRead) throws FsException {
        dirty.trim(length);
        if (isInline) {
            inline.cut(length);
        } else {
            storeDirty();
        }
        size = length;
        isChanged = true;
        // Until the cut is committed there is something behind the end.
        isCleanBehind = false;
        if (length == 0 && !isInline) {
            isInline = true;
            inline.clear();
        }
        long first = length / Mutation.CHUNK_BYTES;
        if (first >= content.chunkLimit()) {
            commitChanged(content.withInline(isInline), isRead, List.of());
        } else {
            demandRoomForCut();
            Content shorter = content.withInline(isInline).cut(length);
            commitChanged(shorter, isRead, List.of(cleaning(shorter, first)));
            boolean isLittle = shorter.chunkLimit() - first <= CLEAN_NOW;
            cut = isLittle ? cleaningBehind(shorter, first) : null;
        }
        isCleanBehind = true;
    }

    /** Cleans at once what the last {@link #shorten} cut off, where that is little. */
    void cleanBehindCut() throws FsException {
        Cleaning left = cut;
        cut = null;
        if (left != null) {
            clean(content.generation(), left);
        }
    }

    private void demandRoomForCut() throws FsException {
        if (content.cuts().size() >= Content.MAX_CUTS) {
            clean(content.generation(), cleaningBehind(content, 0));
        }
    }

    private void clean(long generation, Cleaning cleaning) throws FsException {
        cleaned(generation, cleaning, cleanEach(cleaning, this::cleanChunk));
    }

    /** Cleans one chunk. */
    @FunctionalInterface
    interface ChunkCleaner {
        /** @return how many bytes more (or less) are stored now */
        long clean(long index) throws FsException;
    }

    /**
     * Has those chunks of a cleaning cleaned of which anything is stored. Needs no lock: what others write meanwhile counts.
     *
     * @return how many bytes more (or less) are stored now
     */
    long cleanEach(Cleaning cleaning, ChunkCleaner cleaner) throws FsException {
        chunks.fence(cleaning.limit());
        long[] freed = {0};
        chunks.map().visitStored(cleaning.from(), cleaning.limit(), indexes -> {
            for (long index : indexes) {
                freed[0] += cleaner.clean(index);
            }
            return true;
        });
        return freed[0];
    }

    /** Makes holes of a chunk's bytes that no longer count. @return how many bytes more (or less) are stored now */
    long cleanChunk(long index) throws FsException {
        ChunkStore.Writing writing = chunks.writing();
        if (isInline && content.inline()) {
            // Whatever its generation: bytes that a lost home had written before it could say so.
            writing.punch(index * Mutation.CHUNK_BYTES, (index + 1) * Mutation.CHUNK_BYTES);
        } else {
            runs.punchUncounted(content, index, writing);
        }
        writing.finish();
        return writing.takeAllocated();
    }

    /** All chunks of a cleaning are clean: the cuts up to {@code generation} hide nothing any more. */
    void cleaned(long generation, Cleaning cleaning, long freed) throws FsException {
        Content cleaned = content.cleaned(generation);
        boolean isOfAll = cleaning.from() == 0 && cleaning.limit() >= content.chunkLimit();
        if (isInline && content.inline() && cleaned.cuts().isEmpty() && isOfAll) {
            // First: once the limit says that there is no chunk, nobody looks for them any more.
            knownSpans.clear();
            chunks.map().removeSpans(operations -> commits.content(content, 0, operations, Purpose.RELEASE));
            cleaned = cleaned.withChunkLimit(0);
        }
        Operation done = new Operation.Remove(Records.cleaning(commits.file(), generation));
        commits.content(cleaned, freed, List.of(done), Purpose.RELEASE);
        become(cleaned);
    }

    /** Makes a hole; to be stored. */
    void punch(long offset, long end) throws FsException {
        long until = Math.min(end, size);
        if (isInline) {
            inline.zero(offset, until);
        } else {
            storeDirty();
            long stop = Math.min(until, content.chunkLimit() * Mutation.CHUNK_BYTES);
            toChunks(writing -> {
                chunks.fence(content.chunkLimit());
                runs.punch(content, offset, stop, writing);
            });
        }
        isChanged = true;
    }

    /** Nothing may wait. @see ChunkRuns#seek */
    long seek(long offset, boolean data) throws FsException {
        if (!isInline) {
            return runs.seek(content, size, offset, data);
        }
        boolean inData = offset < inline.length();
        if (data) {
            return inData ? offset : size;
        }
        return inData ? Math.min(size, inline.length()) : offset;
    }
}
