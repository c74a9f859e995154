package magma.dht.storage;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where one vulcano's bytes rest: an ordered table of records, the content of chunks, and one log shared by all slices, which is the truth of both.
 *
 * <p><b>Life of a log record.</b> {@link #append} puts it into the log: it survives the death of the process, but is not yet seen. {@link #commit}
 * makes it seen. {@link #sync} makes it survive a loss of power. A restart finds every log record that was appended and not truncated, up to the first
 * that a crash tore; nothing after one that is lost is kept. It finds them seen up to {@link #commits}; those after it are {@link #uncommitted} again,
 * until they are committed or truncated. Commit points are kept without a write of their own: after a kill they may be older than they were, never newer.
 *
 * <p><b>Installation.</b> A replica that lacks more than the others' logs still have takes over their records: {@link #beginInstall}, any number of {@link
 * #install}, {@link #endInstall}. The others may go on meanwhile: once the entries after the version of endInstall are appended and committed here too, up
 * to the last that an installed record shows, this storage holds of the slice exactly what they hold.
 *
 * <p><b>Threads.</b> All methods may be called by many threads. For one slice, append, commit, truncate, uncommitted and those of an installation must be
 * called by one thread at a time, in the order of versions. Reads run beside them and see each commit whole or not at all, as far as one call looks.
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
     * Appends to the log. On return the record survives the death of this process; data buffers are no longer in use. A record without mutations counts as
     * any other.
     *
     * @throws StorageFullException when it does not fit; nothing was appended
     * @throws StorageException when the disk failed; the storage then refuses every later append
     */
    void append(LogRecord record, Purpose purpose) throws StorageException;

    /** Makes all appended records of the slice up to {@code version} seen. */
    void commit(long slice, Version version) throws StorageException;

    /** Drops the slice's appended and uncommitted records after {@code version}, for ever: a restart drops them too. */
    void truncate(long slice, Version version) throws StorageException;

    /**
     * The log records of the slice that are appended and not committed, in order, with all their content; those that a restart found too.
     *
     * @throws StorageException when content is damaged
     */
    List<LogRecord> uncommitted(long slice) throws StorageException;

    /**
     * Forgets the slice's history, durably as an append: {@link #tails} and {@link #commits} no longer name it, its uncommitted records are gone; its
     * records stay, and are seen, until others are installed over them. A restart in the middle of an installation finds it so.
     */
    void beginInstall(long slice) throws StorageException;

    /**
     * Takes over records of another replica between {@link #beginInstall} and {@link #endInstall}; each is seen at once, under its own version, even where
     * an older or newer version is here. All of one call are seen at once or not at all, also after a crash. Durable as an append.
     *
     * @param items in the order in which they take effect; a chunk whole: its {@link Mutation.Delete}, and then its writes
     * @throws IllegalStateException when the slice has a history
     * @throws StorageFullException when they do not fit; nothing was installed
     */
    void install(long slice, List<Installed> items, Purpose purpose) throws StorageException;

    /**
     * The slice's history goes on after {@code at}, which is committed. Durable as an append.
     *
     * @param at after {@link Version#NONE}
     * @throws IllegalStateException when the slice has a history
     */
    void endInstall(long slice, Version at) throws StorageException;

    /**
     * All content that a chunk stores, as writes with their generations, in order, so that another replica can install it; empty where there is none. At
     * most {@link Mutation#CHUNK_BYTES} in all; adjacent bytes of one generation are in one write.
     *
     * @throws StorageException when bytes are damaged
     */
    List<Mutation.Write> export(RecordId chunk) throws StorageException;

    /**
     * A digest that is equal for two replicas that store the same for this id: for a plain record of version and value, for a chunk of its bytes and their
     * generations, wherever and in however many pieces they lie. Empty where there is nothing. Its form may change from one release to the next.
     *
     * @throws StorageException when it is damaged
     */
    default byte[] digest(RecordId id) throws StorageException {
        return RecordDigest.of(get(id), export(id));
    }

    /** Makes all that was appended before the call survive a loss of power. Concurrent calls share one flush of the disk. @throws StorageException for good: a flush that failed is never tried again */
    void sync() throws StorageException;

    /** The last version appended to each slice that has any record in the log or table. */
    Map<Long, Version> tails();

    /** The version up to which each slice is known here to be committed, where anything is. After a restart: what the log told last; never more than was truly committed. */
    Map<Long, Version> commits();

    Space space() throws StorageException;

    /** Flushes, syncs, and lets go of the disk. Idempotent. */
    @Override
    void close() throws StorageException;
}
