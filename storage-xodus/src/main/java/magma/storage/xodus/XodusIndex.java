package magma.storage.xodus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import jetbrains.exodus.ArrayByteIterable;
import jetbrains.exodus.ByteIterable;
import jetbrains.exodus.ExodusException;
import jetbrains.exodus.core.dataStructures.Pair;
import jetbrains.exodus.env.Cursor;
import jetbrains.exodus.env.Environment;
import jetbrains.exodus.env.EnvironmentConfig;
import jetbrains.exodus.env.EnvironmentImpl;
import jetbrains.exodus.env.Environments;
import jetbrains.exodus.env.Store;
import jetbrains.exodus.env.StoreConfig;
import jetbrains.exodus.env.Transaction;
import jetbrains.exodus.io.DataReader;
import jetbrains.exodus.io.DataWriter;
import jetbrains.exodus.io.FileDataReaderWriterProvider;
import jetbrains.exodus.log.LogConfig;
import magma.dht.storage.RecordId;
import magma.dht.storage.StorageException;
import org.jspecify.annotations.Nullable;

/**
 * The index: a Xodus environment with a row for each record and chunk, and one row that says up to where it knows the log. Written by one thread, in
 * large sorted batches; read by many.
 */
final class XodusIndex implements AutoCloseable {
    private static final String ROWS = "rows";
    private static final String STATE = "state";
    private static final ByteIterable STATE_KEY = new ArrayByteIterable(new byte[] {0});

    /** The size of a page of Xodus's files; part of their format. */
    private static final int PAGE_BYTES = 16 << 10;

    /** How many rows one transaction of Xodus takes: bounds the memory that it takes for them. */
    private static final int BATCH_ROWS = 20_000;

    private final Path directory;
    private final Environment environment;
    private final Store rows;
    private final Store state;
    private volatile long diskBytes;

    private XodusIndex(Path directory, Environment environment) {
        this.directory = directory;
        this.environment = environment;
        this.rows = store(ROWS, StoreConfig.WITHOUT_DUPLICATES_WITH_PREFIXING);
        this.state = store(STATE, StoreConfig.WITHOUT_DUPLICATES);
    }

    private Store store(String name, StoreConfig config) {
        StoreConfig known = environment.getEnvironmentConfig().getEnvIsReadonly() ? StoreConfig.USE_EXISTING : config;
        return environment.computeInTransaction(txn -> environment.openStore(name, known, txn));
    }

    /** @throws StorageException when Xodus finds it damaged */
    static XodusIndex open(Path directory, long memoryBytes) throws StorageException {
        return open(directory, new LogConfig().setLocation(directory.toString()), config(memoryBytes));
    }

    /**
     * Opens it to be read only: nothing on the disk changes.
     *
     * @throws StorageException when there is none, or Xodus finds it damaged
     */
    static XodusIndex forReading(Path directory, long memoryBytes) throws StorageException {
        if (!Files.isDirectory(directory)) {
            throw new StorageException("the index in " + directory + " is missing. It can be made again from the log: "
                    + rebuild(directory));
        }
        EnvironmentConfig config = config(memoryBytes);
        config.setEnvIsReadonly(true);
        config.setGcEnabled(false);
        Pair<DataReader, DataWriter> files = new FileDataReaderWriterProvider().newReaderWriter(directory.toString());
        files.getSecond().close();
        return open(directory, LogConfig.create(files.getFirst(), new RefusingIndexWriter(files.getFirst())), config);
    }

    private static EnvironmentConfig config(long memoryBytes) {
        EnvironmentConfig config = new EnvironmentConfig();
        config.setLogDurableWrite(true);
        config.setLogCachePageSize(PAGE_BYTES);
        config.setLogCacheShared(false);
        config.setMemoryUsage(memoryBytes);
        config.setEnvCloseForcedly(true);
        config.setManagementEnabled(false);
        config.setEnvGatherStatistics(false);
        return config;
    }

    private static XodusIndex open(Path directory, LogConfig files, EnvironmentConfig config) throws StorageException {
        try {
            XodusIndex index = new XodusIndex(directory, Environments.newInstance(files, config));
            index.measure();
            return index;
        } catch (ExodusException | IllegalStateException e) {
            throw damaged(directory, e);
        }
    }

    /** Lets go of the pages that are kept in memory. At any time: that is what happens to those, too, for which there is no room. */
    void forget() {
        ((EnvironmentImpl) environment).getLog().cache.clear();
    }

    private static StorageException damaged(Path directory, Exception cause) {
        return new StorageException(
                "the index in " + directory + " is damaged (" + cause.getMessage()
                        + "). It can be made again from the log: " + rebuild(directory),
                cause);
    }

    private static String rebuild(Path directory) {
        return "stop this vulcano and run: magma storage rebuild " + directory.getParent();
    }

    /** Bytes of its files when last looked at. */
    long diskBytes() {
        return diskBytes;
    }

    private void measure() {
        try (Stream<Path> files = Files.list(directory)) {
            diskBytes = files.mapToLong(file -> file.toFile().length()).sum();
        } catch (IOException e) {
            // A file went away while Xodus cleans up: the figure of before is as good.
        }
    }

    /** What the index says of itself; null when it was never flushed. */
    @Nullable
    IndexState state() throws StorageException {
        try {
            ByteIterable row = environment.computeInReadonlyTransaction(txn -> state.get(txn, STATE_KEY));
            return row == null ? null : IndexState.decode(bytes(row));
        } catch (MalformedException e) {
            if (e.foreign()) {
                throw new StorageException("the index in " + directory + " cannot be read: " + e.getMessage(), e);
            }
            throw damaged(directory, e);
        } catch (ExodusException e) {
            throw damaged(directory, e);
        }
    }

    /** Writes the first state, durably. */
    void found(IndexState first) throws StorageException {
        flush(java.util.Collections.emptyIterator(), (id, before, after) -> {}, last -> first);
    }

    private static byte[] bytes(ByteIterable iterable) {
        byte[] exact = new byte[iterable.getLength()];
        System.arraycopy(iterable.getBytesUnsafe(), 0, exact, 0, exact.length);
        return exact;
    }

    /** The entry, or {@link Entry.Absent}. */
    Entry get(RecordId id) throws StorageException {
        Transaction txn = environment.beginReadonlyTransaction();
        try {
            return get(txn, id);
        } finally {
            txn.abort();
        }
    }

    private Entry get(Transaction txn, RecordId id) throws StorageException {
        ByteIterable row;
        try {
            row = rows.get(txn, new ArrayByteIterable(id.encoded()));
        } catch (ExodusException e) {
            throw damaged(directory, e);
        }
        return row == null ? Entry.Absent.ENTRY : decode(id, row);
    }

    private Entry decode(RecordId id, ByteIterable row) throws StorageException {
        try {
            return Entry.decode(id, row.getBytesUnsafe(), row.getLength());
        } catch (MalformedException | IllegalArgumentException e) {
            throw new StorageException(
                    "the row of " + id + " in the index " + directory + " is damaged: " + e.getMessage()
                            + ". It can be made again from the log: " + rebuild(directory),
                    e);
        }
    }

    /** One moment of the index. To be closed by the thread that opened it. */
    final class Snapshot implements AutoCloseable {
        private final Transaction txn = environment.beginReadonlyTransaction();

        /** The rows from {@code from} on, in order. */
        Rows from(RecordId from) throws StorageException {
            return new Rows(txn, from);
        }

        @Override
        public void close() {
            txn.abort();
        }
    }

    /** A walk through rows. */
    final class Rows implements AutoCloseable {
        private final Cursor cursor;
        private @Nullable RecordId id;

        Rows(Transaction txn, RecordId from) throws StorageException {
            try {
                cursor = rows.openCursor(txn);
                id = cursor.getSearchKeyRange(new ArrayByteIterable(from.encoded())) == null ? null : key();
            } catch (ExodusException e) {
                throw damaged(directory, e);
            }
        }

        private RecordId key() {
            return RecordId.decode(bytes(cursor.getKey()));
        }

        /** Where it stands; null at the end. */
        @Nullable
        RecordId id() {
            return id;
        }

        Entry entry() throws StorageException {
            RecordId at = id;
            if (at == null) {
                return Entry.Absent.ENTRY;
            }
            try {
                return decode(at, cursor.getValue());
            } catch (ExodusException e) {
                throw damaged(directory, e);
            }
        }

        void next() throws StorageException {
            try {
                id = cursor.getNext() ? key() : null;
            } catch (ExodusException | IllegalArgumentException e) {
                throw damaged(directory, e);
            }
        }

        @Override
        public void close() {
            cursor.close();
        }
    }

    Snapshot snapshot() {
        return new Snapshot();
    }

    /** Called for each row that a flush changes, before it is durable. */
    interface Changed {
        /**
         * When the flush then fails, it is called once more with the two exchanged.
         *
         * @param before what was there
         * @param after what is there now
         */
        void row(RecordId id, Entry before, Entry after);
    }

    /** The state to be written with the rows so far. */
    interface States {
        /** @param last false while rows of this flush are still to come: the replay position must not move yet */
        IndexState state(boolean last);
    }

    /**
     * Writes rows and then the state, durably. When it fails in the middle, some rows are written, with a state that lets a restart replay the log over them.
     *
     * @param entries in the order of ids
     */
    void flush(Iterator<Map.Entry<RecordId, Entry>> entries, Changed changed, States states) throws StorageException {
        try {
            List<Map.Entry<RecordId, Entry>> batch = new ArrayList<>();
            do {
                batch.clear();
                while (entries.hasNext() && batch.size() < BATCH_ROWS) {
                    batch.add(entries.next());
                }
                write(batch, changed, () -> states.state(!entries.hasNext()));
            } while (entries.hasNext());
        } catch (ExodusException e) {
            throw new StorageException("writing the index in " + directory + " failed: " + e.getMessage(), e);
        }
        measure();
    }

    private void write(
            List<Map.Entry<RecordId, Entry>> batch, Changed changed, java.util.function.Supplier<IndexState> next)
            throws StorageException {
        Transaction txn = environment.beginExclusiveTransaction();
        List<Entry> replaced = new ArrayList<>(batch.size());
        boolean durable = false;
        try {
            for (Map.Entry<RecordId, Entry> row : batch) {
                Entry before = get(txn, row.getKey());
                put(txn, row.getKey(), before, row.getValue());
                replaced.add(before);
                changed.row(row.getKey(), before, row.getValue());
            }
            state.put(txn, STATE_KEY, new ArrayByteIterable(next.get().encode()));
            durable = txn.commit();
            if (!durable) {
                throw new StorageException("another process wrote to the index in " + directory);
            }
        } finally {
            if (!durable) {
                for (int i = 0; i < replaced.size(); i++) {
                    changed.row(batch.get(i).getKey(), batch.get(i).getValue(), replaced.get(i));
                }
                if (!txn.isFinished()) {
                    txn.abort();
                }
            }
        }
    }

    private void put(Transaction txn, RecordId id, Entry before, Entry after) {
        ByteIterable key = new ArrayByteIterable(id.encoded());
        if (!(after instanceof Entry.Gone)) {
            rows.put(txn, key, new ArrayByteIterable(after.encode(id)));
        } else if (before != Entry.Absent.ENTRY) {
            rows.delete(txn, key);
        }
    }

    @Override
    public void close() throws StorageException {
        try {
            environment.close();
        } catch (ExodusException e) {
            throw new StorageException("closing the index in " + directory + " failed: " + e.getMessage(), e);
        }
    }
}
