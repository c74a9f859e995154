package magma.dht.routing;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import magma.dht.batch.Command;
import magma.dht.batch.Outcome;
import magma.dht.batch.SliceState;
import magma.dht.replication.Replica;
import magma.dht.runtime.Clock;
import magma.dht.slice.Slice;
import magma.dht.slice.SliceMap;
import magma.dht.storage.RecordId;
import magma.dht.storage.Space;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.storage.StorageFullException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.dht.storage.Visibility;
import magma.fs.Errno;
import magma.fs.FsException;

/**
 * The slices whose primary this vulcano is. Each replica's loop is a lock: a command runs on the thread that brings it, after those that came before, so that a
 * call from this process costs no change of thread. Reads go past the loop to what is committed.
 */
public final class LocalSlices implements Slices {
    private record Loop(ReentrantLock turn, Replica replica) {}

    private final SliceMap map;
    private final Storage storage;
    private final Clock clock;
    private final Map<Long, Loop> loops = new HashMap<>();
    private final Crowding crowding = new Crowding(this::counts);

    /**
     * Takes up every slice of {@code map}, each in a new epoch.
     *
     * @throws StorageException when records cannot be read
     */
    public LocalSlices(SliceMap map, Storage storage, Clock clock) throws StorageException {
        this.map = map;
        this.storage = storage;
        this.clock = clock;
        Map<Long, Version> tails = storage.tails();
        for (Slice slice : map.slices()) {
            long epoch = tails.getOrDefault(slice.number(), Version.NONE).epoch() + 1;
            loops.put(slice.number(), new Loop(new ReentrantLock(), new Replica(slice, epoch, storage)));
        }
    }

    @Override
    public SliceMap map() {
        return map;
    }

    @Override
    public Outcome submit(Slice slice, Command command) throws FsException {
        Loop loop = loop(slice);
        loop.turn().lock();
        try {
            return loop.replica().execute(command, clock.now());
        } catch (StorageException e) {
            throw failure(e);
        } finally {
            loop.turn().unlock();
        }
    }

    /** All are led here, as long as this process lives. */
    @Override
    public long term(Slice slice) {
        return 1;
    }

    @Override
    public Outcome submitInTerm(Slice slice, Command command, long term) throws FsException {
        return submit(slice, command);
    }

    @Override
    public Reading read(RecordId id) throws FsException {
        try {
            // The lock first: a transaction that ends in between has then left what it wrote.
            SliceState.LockedBy lock = loop(map.of(id.key())).replica().lockOn(id);
            return new Reading(storage.get(id), lock);
        } catch (StorageException e) {
            throw failure(e);
        }
    }

    @Override
    public List<StoredRecord> scan(Slice slice, RecordId from, RecordId to, int most) throws FsException {
        try {
            return storage.scan(from, to, most);
        } catch (StorageException e) {
            throw failure(e);
        }
    }

    @Override
    public void readContent(RecordId chunk, int offset, ByteBuffer to, Visibility visibility) throws FsException {
        try {
            storage.readContent(chunk, offset, to, visibility);
        } catch (StorageException e) {
            throw failure(e);
        }
    }

    @Override
    public List<Storage.Run> runs(RecordId chunk, Visibility visibility) throws FsException {
        try {
            return storage.runs(chunk, visibility);
        } catch (StorageException e) {
            throw failure(e);
        }
    }

    @Override
    public void sync(Collection<Slice> slices) throws FsException {
        try {
            storage.sync();
        } catch (StorageException e) {
            throw failure(e);
        }
    }

    @Override
    public List<SliceState.LockedBy> pending(Slice slice) {
        Loop loop = loop(slice);
        loop.turn().lock();
        try {
            return loop.replica().pending();
        } finally {
            loop.turn().unlock();
        }
    }

    @Override
    public long flares() {
        long count = 0;
        for (Loop loop : loops.values()) {
            loop.turn().lock();
            try {
                count += loop.replica().flares();
            } finally {
                loop.turn().unlock();
            }
        }
        return count;
    }

    @Override
    public boolean isCrowded(Slice slice) {
        return crowding.isCrowded(slice);
    }

    private Map<Long, Long> counts() {
        Map<Long, Long> counts = new HashMap<>();
        loops.forEach((number, loop) -> {
            loop.turn().lock();
            try {
                counts.put(number, loop.replica().flares());
            } finally {
                loop.turn().unlock();
            }
        });
        return counts;
    }

    @Override
    public Space space() throws FsException {
        try {
            return storage.space();
        } catch (StorageException e) {
            throw failure(e);
        }
    }

    private Loop loop(Slice slice) {
        Loop loop = loops.get(slice.number());
        if (loop == null) {
            throw new IllegalStateException("slice " + slice.number() + " is not here");
        }
        return loop;
    }

    private static FsException failure(StorageException e) {
        Errno errno = e instanceof StorageFullException ? Errno.ENOSPC : Errno.EIO;
        return new FsException(errno, String.valueOf(e.getMessage()), e);
    }
}
