package magma.dht.volume;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import magma.dht.batch.Batch;
import magma.dht.batch.Condition;
import magma.dht.batch.FlareChange;
import magma.dht.batch.Operation;
import magma.dht.batch.Outcome;
import magma.dht.namespace.Namespace;
import magma.dht.record.Cleaning;
import magma.dht.record.Content;
import magma.dht.record.Flare;
import magma.dht.record.Records;
import magma.dht.record.Times;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.Visibility;
import magma.fs.AttributeChanges.TimeChange;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Limits;
import magma.fs.XattrName;
import org.jspecify.annotations.Nullable;

/**
 * The content of one file that is open, shared by all who have it open: what is stored, what waits in memory to be, and the size.
 *
 * <p>Up to {@link Content#MAX_INLINE} bytes are kept beside the flare; a byte behind that moves all into chunks. Storing goes chunks first, then the
 * flare's record with size and times, which is what readers trust: so a crash in between leaves chunk bytes that do not count. Before the file grows over a gap,
 * such bytes behind its end are made holes, or cut.
 *
 * <p><b>Lock order.</b> {@link #lock} is taken before a slice's turn, never the other way round.
 */
final class FileContent {
    /** Writes of at least so many bytes go straight to storage. */
    private static final int DIRECT = 64 << 10;

    private static final long MOST_DIRTY_BYTES = 1 << 20;
    private static final int MOST_DIRTY_RANGES = 512;

    /** So many chunks are cleaned at once; more are left to the background. */
    private static final long CLEAN_NOW = 64;

    private final Key key;
    private final Namespace namespace;
    private final ChunkStore chunks;
    private final SpaceCredit credit;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private final DirtyRanges dirty = new DirtyRanges();

    /** As the flare's record has it, but for what {@link #isInline} and {@link #size} say. */
    private Content content;

    private long size;
    private Times times;
    private boolean isInline;
    private byte @Nullable [] inlineBytes;
    private int storedInline;
    private boolean isInlineDirty;
    private boolean isChanged;
    private boolean dropsPrivileges;

    /** Whether the file may have a capability, which the next change of content takes off. */
    private volatile boolean mayHaveCapability;

    private long pendingAllocated;

    /** Whether no bytes that do not count are stored behind the end, but for those that a cut hides. */
    private boolean isCleanBehind;

    private volatile boolean isRead;
    private volatile long pendingSince;
    private final StoreFailures failures;

    FileContent(Key key, Flare flare, Namespace namespace, ChunkStore chunks, SpaceCredit credit) {
        this.key = key;
        this.namespace = namespace;
        this.chunks = chunks;
        this.credit = credit;
        this.failures = new StoreFailures(key);
        this.content = flare.content();
        this.size = flare.size();
        this.times = flare.times();
        this.isInline = content.inline();
        // Setting an attribute is a change: a file that was only born has none.
        this.mayHaveCapability = flare.change() > 1;
    }

    /** Somebody gave the file a capability. */
    void capabilityGiven() {
        mayHaveCapability = true;
    }

    Key key() {
        return key;
    }

    /** Nanoseconds, by {@link System#nanoTime}, since when something waits to be stored; 0 when nothing does. */
    long pendingSince() {
        return pendingSince;
    }

    /** What failed in the background. */
    StoreFailures failures() {
        return failures;
    }

    int read(ByteBuffer to, long offset) throws FsException {
        lock.readLock().lock();
        try {
            if (offset >= size || !to.hasRemaining()) {
                return 0;
            }
            int length = (int) Math.min(to.remaining(), size - offset);
            int limit = to.limit();
            int start = to.position();
            to.limit(start + length);
            if (isInline) {
                readInline(to, offset);
            } else {
                chunks.read(content, offset, to);
                to.position(start);
                dirty.overlay(offset, to);
            }
            to.position(start + length).limit(limit);
            return length;
        } finally {
            lock.readLock().unlock();
        }
    }

    private void readInline(ByteBuffer to, long offset) throws FsException {
        byte[] bytes = inline();
        int length = (int) Math.max(0, Math.min(to.remaining(), bytes.length - offset));
        if (length > 0) {
            to.put(bytes, (int) offset, length);
        }
        ChunkStore.zero(to);
    }

    /** Notes that somebody read, and that atime is to move if that is due. */
    void touchRead(Instant now) {
        if (!isRead && (isChanged || times.isAccessDue(now))) {
            isRead = true;
            pending();
        }
    }

    /** Writes all of {@code from}. */
    int write(ByteBuffer from, long offset, boolean dropPrivileges) throws FsException {
        lock.writeLock().lock();
        try {
            return writeLocked(from, offset, dropPrivileges);
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Writes at the end. @return where that was */
    long append(ByteBuffer from, boolean dropPrivileges) throws FsException {
        lock.writeLock().lock();
        try {
            long offset = size;
            writeLocked(from, offset, dropPrivileges);
            return offset;
        } finally {
            lock.writeLock().unlock();
        }
    }

    private int writeLocked(ByteBuffer from, long offset, boolean dropPrivileges) throws FsException {
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
            writeInline(from, (int) offset, (int) end);
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
        changed(dropPrivileges);
        return length;
    }

    private void writeInline(ByteBuffer from, int offset, int end) throws FsException {
        byte[] bytes = inline();
        if (bytes.length < end) {
            bytes = Arrays.copyOf(bytes, end);
        }
        from.get(bytes, offset, end - offset);
        inlineBytes = bytes;
        isInlineDirty = true;
    }

    private void writeDirect(ByteBuffer from, long offset, long end) throws FsException {
        if (dirty.overlaps(offset, end)) {
            storeDirty();
        }
        prepareChunks(end);
        ChunkStore.Writing writing = chunks.writing();
        writing.add(content.generation(), offset, from);
        pendingAllocated += writing.finish();
    }

    /** From now on the bytes are in chunks; those that were inline wait in memory to be written there. */
    private void leaveInline() throws FsException {
        byte[] bytes = inline();
        cleanBehind(0);
        isInline = false;
        isInlineDirty = false;
        inlineBytes = null;
        if (bytes.length > 0) {
            dirty.put(0, ByteBuffer.wrap(bytes));
        }
    }

    private byte[] inline() throws FsException {
        byte[] bytes = inlineBytes;
        if (bytes == null) {
            bytes = content.inline() && size > 0 ? namespace.inline(key) : new byte[0];
            storedInline = bytes.length;
            inlineBytes = bytes;
        }
        return bytes;
    }

    private void changed(boolean dropPrivileges) {
        isChanged = true;
        dropsPrivileges |= dropPrivileges;
        pending();
    }

    private void pending() {
        if (pendingSince == 0) {
            pendingSince = Math.max(1, System.nanoTime());
        }
    }

    /** Says in the flare's record which chunks may be there, before they are. */
    private void prepareChunks(long end) throws FsException {
        long needed = (end - 1) / Mutation.CHUNK_BYTES + 1;
        if (needed > content.chunkLimit()) {
            long slack = needed == 1 ? 0 : Math.max(8, needed / 8);
            commitContent(content.withChunkLimit(needed + slack), List.of());
        }
    }

    /** Makes sure that bytes which a crash left behind {@code end}, where the content ended before it, never count. */
    private void cleanBehind(long end) throws FsException {
        if (isCleanBehind) {
            return;
        }
        long first = end / Mutation.CHUNK_BYTES;
        if (content.chunkLimit() - first > CLEAN_NOW) {
            Content cut = content.cut(end);
            commitContent(cut, List.of(cleaning(cut, first)));
        } else {
            ChunkStore.Writing writing = chunks.writing();
            for (long index = first; index < content.chunkLimit(); index++) {
                long start = index * Mutation.CHUNK_BYTES;
                for (Storage.Run run : chunks.runs(index, content.visibility(index))) {
                    if (start + run.to() > end) {
                        writing.punch(Math.max(end, start + run.from()), start + run.to());
                    }
                }
            }
            pendingAllocated += writing.finish();
        }
        isCleanBehind = true;
    }

    private Operation cleaning(Content cut, long first) {
        Cleaning cleaning = new Cleaning(first, cut.chunkLimit(), false);
        return new Operation.Put(Records.cleaning(key, cut.generation()), cleaning.encode());
    }

    /** Commits a new state of the content, with the size as it was committed before. */
    private void commitContent(Content newContent, List<Operation> more) throws FsException {
        commit(FlareChange.newContent(newContent, 0), more, Purpose.GROW);
        content = newContent;
    }

    private void storeDirty() throws FsException {
        if (dirty.isEmpty()) {
            return;
        }
        prepareChunks(dirty.end());
        ChunkStore.Writing writing = chunks.writing();
        dirty.visit((DirtyRanges.Visitor<FsException>) (offset, bytes, length) ->
                writing.add(content.generation(), offset, ByteBuffer.wrap(bytes, 0, length)));
        pendingAllocated += writing.finish();
        dirty.clear();
    }

    /** Stores everything that waits. On return it survives the death of the process. */
    void flush() throws FsException {
        if (pendingSince == 0) {
            return;
        }
        lock.writeLock().lock();
        try {
            if (pendingSince != 0) {
                flushLocked();
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    private void flushLocked() throws FsException {
        storeDirty();
        if (isChanged) {
            commitChanged(content.withInline(isInline), List.of());
        } else if (isRead) {
            commit(FlareChange.readNow(), List.of(), Purpose.RELEASE);
        }
        stored();
    }

    /** Nothing waits to be stored any more. */
    private void stored() {
        isRead = false;
        pendingSince = 0;
        failures.stored();
    }

    /** Commits the new state of the content, size and times, and what is inline. */
    private void commitChanged(Content newContent, List<Operation> more) throws FsException {
        List<Operation> operations = new ArrayList<>(more);
        RecordId inline = Records.inline(key);
        int newStoredInline = storedInline;
        if (isInline && isInlineDirty) {
            operations.add(new Operation.Put(inline, inline()));
            newStoredInline = inline().length;
        } else if (!isInline && content.inline()) {
            operations.add(new Operation.Remove(inline));
            newStoredInline = 0;
        }
        long grown = pendingAllocated + newStoredInline - storedInline;
        FlareChange change = FlareChange.written(newContent, size, grown, dropsPrivileges);
        if (isRead) {
            change = change.withTimes(new TimeChange.Now(), change.modified());
        }
        if (mayHaveCapability) {
            commitWithoutCapability(change, operations);
        } else {
            commit(change, operations, Purpose.GROW);
        }
        content = newContent;
        storedInline = newStoredInline;
        pendingAllocated = 0;
        isInlineDirty = false;
        isChanged = false;
        dropsPrivileges = false;
    }

    private void commitWithoutCapability(FlareChange change, List<Operation> operations) throws FsException {
        // Before looking: one that is given from here on stays.
        mayHaveCapability = false;
        boolean done = false;
        try {
            if (namespace.hasCapability(key)) {
                operations.add(new Operation.Remove(Records.xattr(key, XattrName.CAPABILITY)));
            }
            commit(change, operations, Purpose.GROW);
            done = true;
        } finally {
            if (!done) {
                mayHaveCapability = true;
            }
        }
    }

    private void commit(FlareChange change, List<Operation> more, Purpose purpose) throws FsException {
        RecordId id = Records.flare(key);
        List<Operation> operations = new ArrayList<>(more);
        operations.add(new Operation.ChangeFlare(id, change));
        Outcome.Done done = namespace.apply(key, new Batch(List.of(new Condition.Exists(id)), operations, purpose));
        byte[] written = done.written().get(id);
        if (written != null) {
            times = Flare.decode(written).times();
        }
    }

    /** Flushes in the background. After a failure everything waits still, and those who have the file open are told. */
    void flushInBackground() {
        try {
            flush();
        } catch (FsException e) {
            failures.failed(e);
        } catch (RuntimeException | Error e) {
            failures.broke(e);
        }
    }

    /** Gives up what could not be stored: nobody is left to tell. */
    void drop() {
        lock.writeLock().lock();
        try {
            dirty.clear();
            isInlineDirty = false;
            isChanged = false;
            isRead = false;
            pendingSince = 0;
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Cuts the file, or lengthens it by a hole. */
    void truncate(long length, boolean dropPrivileges) throws FsException {
        lock.writeLock().lock();
        try {
            dropsPrivileges |= dropPrivileges;
            if (length > size) {
                extend(length);
            } else {
                shorten(length);
            }
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Lengthens the file by a hole where it is shorter; mtime and ctime move in any case. */
    void extendTo(long length, boolean dropPrivileges) throws FsException {
        lock.writeLock().lock();
        try {
            dropsPrivileges |= dropPrivileges;
            extend(Math.max(size, length));
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** Moves mtime and ctime. */
    void touch(boolean dropPrivileges) throws FsException {
        extendTo(0, dropPrivileges);
    }

    private void extend(long length) throws FsException {
        if (!isInline && length > size) {
            cleanBehind(size);
        }
        size = length;
        isChanged = true;
        flushLocked();
    }

    private void shorten(long length) throws FsException {
        dirty.trim(length);
        if (isInline) {
            byte[] bytes = inline();
            inlineBytes = bytes.length > length ? Arrays.copyOf(bytes, (int) length) : bytes;
            isInlineDirty = true;
        } else {
            storeDirty();
        }
        size = length;
        if (length == 0 && !isInline) {
            isInline = true;
            isInlineDirty = true;
            inlineBytes = new byte[0];
        }
        long first = length / Mutation.CHUNK_BYTES;
        List<Operation> more = new ArrayList<>();
        Content newContent = content.withInline(isInline);
        if (first < content.chunkLimit()) {
            demandRoomForCut();
            newContent = content.withInline(isInline).cut(length);
            more.add(cleaning(newContent, first));
        }
        commitChanged(newContent, more);
        stored();
        isCleanBehind = true;
        if (!more.isEmpty() && newContent.chunkLimit() - first <= CLEAN_NOW) {
            clean(newContent.generation(), new Cleaning(first, newContent.chunkLimit(), false));
        }
    }

    private void demandRoomForCut() throws FsException {
        if (content.cuts().size() >= Content.MAX_CUTS) {
            clean(content.generation(), new Cleaning(0, content.chunkLimit(), false));
        }
    }

    /** Makes holes of the bytes in some chunks that no longer count, and forgets the cuts up to {@code generation}. */
    void clean(long generation, Cleaning cleaning) throws FsException {
        long freed = 0;
        for (long index = cleaning.from(); index < cleaning.limit(); index++) {
            lock.writeLock().lock();
            try {
                freed += cleanChunk(index);
            } finally {
                lock.writeLock().unlock();
            }
        }
        lock.writeLock().lock();
        try {
            Content cleaned = content.cleaned(generation);
            if (isInline && content.inline() && cleaned.cuts().isEmpty() && cleaning.from() == 0) {
                cleaned = cleaned.withChunkLimit(0);
            }
            Operation done = new Operation.Remove(Records.cleaning(key, generation));
            commit(FlareChange.newContent(cleaned, freed), List.of(done), Purpose.RELEASE);
            content = cleaned;
        } finally {
            lock.writeLock().unlock();
        }
    }

    private long cleanChunk(long index) throws FsException {
        ChunkStore.Writing writing = chunks.writing();
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
        return writing.finish();
    }

    /** Makes a hole. */
    void punch(long offset, long end, boolean dropPrivileges) throws FsException {
        lock.writeLock().lock();
        try {
            long until = Math.min(end, size);
            if (isInline) {
                byte[] bytes = inline();
                if (offset < bytes.length) {
                    bytes = bytes.clone();
                    Arrays.fill(bytes, (int) offset, (int) Math.min(bytes.length, Math.max(offset, until)), (byte) 0);
                    inlineBytes = bytes;
                    isInlineDirty = true;
                }
            } else {
                storeDirty();
                ChunkStore.Writing writing = chunks.writing();
                writing.punch(offset, Math.min(until, content.chunkLimit() * Mutation.CHUNK_BYTES));
                pendingAllocated += writing.finish();
            }
            changed(dropPrivileges);
            flushLocked();
        } finally {
            lock.writeLock().unlock();
        }
    }

    /** The size, what waits in memory included. */
    long size() {
        lock.readLock().lock();
        try {
            return size;
        } finally {
            lock.readLock().unlock();
        }
    }

    /** The first offset at or after {@code offset} that is in a stored run of bytes, or not; the size when there is none. */
    long seek(long offset, boolean data) throws FsException {
        flush();
        lock.readLock().lock();
        try {
            return isInline ? seekInline(offset, data) : seekChunks(offset, data);
        } finally {
            lock.readLock().unlock();
        }
    }

    private long seekInline(long offset, boolean data) throws FsException {
        boolean inData = offset < inline().length;
        if (data) {
            return inData ? offset : size;
        }
        return inData ? Math.min(size, inline().length) : offset;
    }

    private long seekChunks(long offset, boolean data) throws FsException {
        long at = offset;
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
        }
        return data ? size : Math.min(Math.max(at, offset), size);
    }
}
