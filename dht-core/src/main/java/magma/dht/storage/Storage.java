package magma.dht.storage;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where one vulcano's bytes rest: an ordered table of records, the content of chunks, and one log shared by all slices, which is the truth of both.
 *
 * <p><b>Life of a log record.</b> {@link #append} puts it into the log: it survives the death of the process, but is not yet seen. {@link #commit}
 * makes it seen. {@link #sync} makes it survive a loss of power. After a restart every log record that was appended and not truncated counts as
 * committed, up to the first that a crash tore; nothing after one that is lost is kept.
 *
 * <p><b>Threads.</b> All methods may be called by many threads. For one slice, append, commit and truncate must be called by one thread at a time, in
 * the order of versions. Reads run beside them and see each commit whole or not at all, as far as one call looks.
 */
public interface Storage extends AutoCloseable {

    /** The committed record, or null. @throws StorageException when it is damaged */
    @Nullable
    StoredRecord get(RecordId id) throws StorageException;

    /**
     * Committed records from {@code from} (included) to {@code to} (excluded), in order; at most {@code most} of them. Chunks are listed with the value that
     * {@link #get} gives for them, whose meaning is storage's own.
     */
    List<StoredRecord> scan(RecordId from, RecordId to, int most) throws StorageException;

    /**
     * Fills {@code to} with the committed bytes of a chunk from {@code offset} on; zeros where there are none. Every byte is checked.
     *
     * @throws StorageException when bytes are damaged
     */
    void readContent(RecordId chunk, int offset, ByteBuffer to, Visibility visibility) throws StorageException;

    /** The stored runs of bytes of a chunk that count, in order, adjacent ones merged; empty where there are none. */
    List<Run> runs(RecordId chunk, Visibility visibility) throws StorageException;

    /** Bytes {@code from} to {@code to} (exclusive) of a chunk. */
    record Run(int from, int to) {}

    /** What an append is for. */
    enum Purpose {
        /** Stores more: refused when only the reserve is left. */
        GROW,
        /** Frees space or keeps the house: may use the reserve. */
        RELEASE
    }

    /**
     * Appends to the log. On return the record survives the death of this process; data buffers are no longer in use.
     *
     * @throws StorageFullException when it does not fit; nothing was appended
     * @throws StorageException when the disk failed; the storage then refuses every later append
     */
    void append(LogRecord record, Purpose purpose) throws StorageException;

    /** Makes all appended records of the slice up to {@code version} seen. */
    void commit(long slice, Version version) throws StorageException;

    /** Drops the slice's appended and uncommitted records after {@code version}, for ever: a restart drops them too. */
    void truncate(long slice, Version version) throws StorageException;

    /** Makes all that was appended before the call survive a loss of power. Concurrent calls share one flush of the disk. @throws StorageException for good: a flush that failed is never tried again */
    void sync() throws StorageException;

    /** The last version appended to each slice that has any record in the log or table. */
    Map<Long, Version> tails();

    Space space() throws StorageException;

    /** Flushes, syncs, and lets go of the disk. Idempotent. */
    @Override
    void close() throws StorageException;
}
