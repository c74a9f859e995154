package magma.testkit.storage;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import magma.dht.storage.Installed;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Space;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.storage.StorageFullException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.dht.storage.Visibility;
import org.jspecify.annotations.Nullable;

/**
 * Storage that fails when told to. A test that crashes at every persisted step runs its scenario once to learn {@link #appends}, then once for each n with
 * {@link #crashAfter}, restarts the {@link MemoryStorage} beneath (with or without what was not synced) and looks at what is left.
 */
public final class FaultyStorage implements Storage {
    private static final long NEVER = Long.MAX_VALUE;

    private final Storage inner;
    private long appends;
    private long crashAfter = NEVER;
    private long failAfter = NEVER;
    private boolean full;
    private boolean whollyFull;
    private boolean syncFails;
    private Predicate<LogRecord> breaks = record -> false;
    private UnaryOperator<List<Mutation>> alters = mutations -> mutations;
    private int broken;
    private boolean crashed;
    private boolean failed;

    /** Thrown by every call once the storage has crashed, as if the process were gone: nobody is there to handle it. */
    public static final class Crash extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Crash() {
            super("the process is gone");
        }
    }

    public FaultyStorage(Storage inner) {
        this.inner = inner;
    }

    /** The process dies once {@code n} more appends are in the log: the last of them is kept, but its caller does not learn of it. With 0, the next call finds it dead. */
    public synchronized void crashAfter(long n) {
        crashAfter = appends + n;
        crashed |= n == 0;
    }

    /** The disk takes {@code n} more appends and then fails for good; reads go on. */
    public synchronized void failAfter(long n) {
        failAfter = appends + n;
    }

    /** While true, every append that is to {@link Storage.Purpose#GROW} finds storage full. */
    public synchronized void setFull(boolean full) {
        this.full = full;
    }

    /** While true, every append finds storage full, whatever it is for. */
    public synchronized void setWhollyFull(boolean full) {
        this.whollyFull = full;
    }

    /** From now on such appends are broken off by an unchecked exception, as by a defect, before anything is in the log. */
    public synchronized void breakAppends(Predicate<LogRecord> which) {
        breaks = which;
    }

    /** From now on other mutations than were given are appended, as by a defect that nobody notices. */
    public synchronized void alterAppends(UnaryOperator<List<Mutation>> how) {
        alters = how;
    }

    /** How many appends were broken off. */
    public synchronized int broken() {
        return broken;
    }

    /** From now on flushes of the disk fail, and with them the storage. */
    public synchronized void failSync() {
        syncFails = true;
    }

    /** How many appends, steps of installations among them, reached the log. */
    public synchronized long appends() {
        return appends;
    }

    public synchronized boolean crashed() {
        return crashed;
    }

    /** What lies beneath. */
    public Storage inner() {
        return inner;
    }

    private synchronized void alive() {
        if (crashed) {
            throw new Crash();
        }
    }

    @Override
    public @Nullable StoredRecord get(RecordId id) throws StorageException {
        alive();
        return inner.get(id);
    }

    @Override
    public List<StoredRecord> scan(RecordId from, RecordId to, int most) throws StorageException {
        alive();
        return inner.scan(from, to, most);
    }

    @Override
    public void readContent(RecordId chunk, int offset, ByteBuffer to, Visibility visibility) throws StorageException {
        alive();
        inner.readContent(chunk, offset, to, visibility);
    }

    @Override
    public List<Run> runs(RecordId chunk, Visibility visibility) throws StorageException {
        alive();
        return inner.runs(chunk, visibility);
    }

    @Override
    public synchronized void append(LogRecord record, Purpose purpose) throws StorageException {
        alive();
        if (breaks.test(record)) {
            broken++;
            throw new IllegalStateException("a defect");
        }
        LogRecord altered = new LogRecord(record.slice(), record.version(), alters.apply(record.mutations()));
        reach(purpose, () -> inner.append(altered, purpose));
    }

    private interface Append {
        void run() throws StorageException;
    }

    private void reach(Purpose purpose, Append append) throws StorageException {
        if (failed || appends >= failAfter) {
            failed = true;
            throw new StorageException("the disk failed");
        }
        if (whollyFull || full && purpose == Purpose.GROW) {
            throw new StorageFullException("storage is full: delete something");
        }
        append.run();
        appends++;
        if (appends >= crashAfter) {
            crashed = true;
            throw new Crash();
        }
    }

    @Override
    public void commit(long slice, Version version) throws StorageException {
        alive();
        inner.commit(slice, version);
    }

    @Override
    public void truncate(long slice, Version version) throws StorageException {
        alive();
        inner.truncate(slice, version);
    }

    @Override
    public List<LogRecord> uncommitted(long slice) throws StorageException {
        alive();
        return inner.uncommitted(slice);
    }

    @Override
    public synchronized void beginInstall(long slice) throws StorageException {
        alive();
        reach(Purpose.RELEASE, () -> inner.beginInstall(slice));
    }

    @Override
    public synchronized void install(long slice, List<Installed> items, Purpose purpose) throws StorageException {
        alive();
        reach(purpose, () -> inner.install(slice, items, purpose));
    }

    @Override
    public synchronized void endInstall(long slice, Version at) throws StorageException {
        alive();
        reach(Purpose.RELEASE, () -> inner.endInstall(slice, at));
    }

    @Override
    public List<Mutation.Write> export(RecordId chunk) throws StorageException {
        alive();
        return inner.export(chunk);
    }

    @Override
    public void sync() throws StorageException {
        synchronized (this) {
            alive();
            if (syncFails || failed) {
                failed = true;
                throw new StorageException("the disk failed");
            }
        }
        inner.sync();
    }

    @Override
    public Map<Long, Version> tails() {
        alive();
        return inner.tails();
    }

    @Override
    public Map<Long, Version> commits() {
        alive();
        return inner.commits();
    }

    @Override
    public Space space() throws StorageException {
        alive();
        Space space = inner.space();
        synchronized (this) {
            return full || whollyFull ? new Space(space.total(), space.used(), 0) : space;
        }
    }

    /** Closes what lies beneath, unless the process is gone. */
    @Override
    public void close() throws StorageException {
        if (!crashed()) {
            inner.close();
        }
    }
}
