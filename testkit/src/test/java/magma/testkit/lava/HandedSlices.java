package magma.testkit.lava;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import magma.dht.batch.Command;
import magma.dht.batch.Outcome;
import magma.dht.batch.SliceState;
import magma.dht.replication.Replica;
import magma.dht.routing.Slices;
import magma.dht.slice.Slice;
import magma.dht.slice.SliceMap;
import magma.dht.storage.RecordId;
import magma.dht.storage.Space;
import magma.dht.storage.Storage;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Visibility;
import magma.fs.Errno;
import magma.fs.FsException;

/** The slices of one storage, each led by one of several vulcanos: by the first, until the test hands it to another. */
final class HandedSlices {
    private final SliceMap map;
    private final Storage storage;
    private final Map<Long, Seat> seats = new HashMap<>();

    private record Lead(Replica replica, int vulcano, long term) {}

    private static final class Seat {
        private final ReentrantLock turn = new ReentrantLock();
        private volatile Lead lead;

        private Seat(Lead lead) {
            this.lead = lead;
        }
    }

    HandedSlices(SliceMap map, Storage storage) throws StorageException {
        this.map = map;
        this.storage = storage;
        for (Slice slice : map.slices()) {
            seats.put(slice.number(), new Seat(new Lead(new Replica(slice, 1, storage), 0, 1)));
        }
    }

    /** A new primary begins: it knows the records, and nothing of who holds what. */
    void hand(Slice slice, int vulcano) throws StorageException {
        Seat seat = seat(slice);
        seat.turn.lock();
        try {
            long term = seat.lead.term() + 1;
            seat.lead = new Lead(new Replica(slice, term, storage), vulcano, term);
        } finally {
            seat.turn.unlock();
        }
    }

    private Seat seat(Slice slice) {
        Seat seat = seats.get(slice.number());
        if (seat == null) {
            throw new IllegalStateException("no slice " + slice.number());
        }
        return seat;
    }

    /** What happens before a vulcano's command gets to its slice. */
    @FunctionalInterface
    interface Hook {
        void before(Command command) throws FsException;
    }

    /** All slices as one vulcano sees them. */
    final class View implements Slices {
        private final int self;
        private final Map<Long, Long> believed = new HashMap<>();
        volatile Hook hook = command -> {};
        volatile Hook afterwards = command -> {};

        View(int self) {
            this.self = self;
        }

        /** From now on it does not hear of it when it leads no more. */
        void hearNothing() {
            map.slices().forEach(slice -> believed.put(slice.number(), term(slice)));
        }

        @Override
        public SliceMap map() {
            return map;
        }

        @Override
        public long term(Slice slice) {
            Lead lead = seat(slice).lead;
            return believed.getOrDefault(slice.number(), lead.vulcano() == self ? lead.term() : 0L);
        }

        @Override
        public Outcome submit(Slice slice, Command command) throws FsException {
            return submit(slice, command, 0);
        }

        @Override
        public Outcome submitInTerm(Slice slice, Command command, long term) throws FsException {
            return submit(slice, command, term);
        }

        private Outcome submit(Slice slice, Command command, long term) throws FsException {
            hook.before(command);
            Outcome outcome;
            Seat seat = seat(slice);
            seat.turn.lock();
            try {
                if (term != 0 && (seat.lead.vulcano() != self || seat.lead.term() != term)) {
                    throw new FsException(Errno.EREMOTE, "led by another");
                }
                outcome = seat.lead.replica().execute(command, Instant.now());
            } catch (StorageException e) {
                throw new FsException(Errno.EIO, "storage", e);
            } finally {
                seat.turn.unlock();
            }
            afterwards.before(command);
            return outcome;
        }

        @Override
        public Reading read(RecordId id) throws FsException {
            return of(() -> {
                SliceState.LockedBy lock = seat(map.of(id.key())).lead.replica().lockOn(id);
                return new Reading(storage.get(id), lock);
            });
        }

        @Override
        public List<StoredRecord> scan(Slice slice, RecordId from, RecordId to, int most) throws FsException {
            return of(() -> storage.scan(from, to, most));
        }

        @Override
        public void readContent(RecordId chunk, int offset, ByteBuffer to, Visibility visibility) throws FsException {
            boolean unused = of(() -> {
                storage.readContent(chunk, offset, to, visibility);
                return true;
            });
        }

        @Override
        public List<Storage.Run> runs(RecordId chunk, Visibility visibility) throws FsException {
            return of(() -> storage.runs(chunk, visibility));
        }

        @Override
        public void sync(Collection<Slice> slices) throws FsException {
            boolean unused = of(() -> {
                storage.sync();
                return true;
            });
        }

        @Override
        public List<SliceState.LockedBy> pending(Slice slice) {
            Seat seat = seat(slice);
            seat.turn.lock();
            try {
                return seat.lead.replica().pending();
            } finally {
                seat.turn.unlock();
            }
        }

        @Override
        public boolean isShared() {
            return true;
        }

        @Override
        public long flares() {
            return seats.values().stream()
                    .mapToLong(seat -> seat.lead.replica().flares())
                    .sum();
        }

        @Override
        public Space space() throws FsException {
            return of(storage::space);
        }

        private interface Question<T> {
            T ask() throws StorageException;
        }

        private static <T> T of(Question<T> question) throws FsException {
            try {
                return question.ask();
            } catch (StorageException e) {
                throw new FsException(Errno.EIO, "storage", e);
            }
        }
    }
}
