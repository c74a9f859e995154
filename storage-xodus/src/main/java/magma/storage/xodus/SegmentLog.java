package magma.storage.xodus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.NavigableMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongUnaryOperator;
import magma.dht.storage.StorageException;
import org.jspecify.annotations.Nullable;

/**
 * The log: segments, written at the end only. Places are given out under a short lock and written outside of it, so that large records do not wait for
 * each other; an append returns when everything before it is written too, so that a killed process leaves no hole before what it acknowledged.
 *
 * <p>When the disk has no room for a record, it and all that lie behind it fail, and the log ends where it began. Any other error, and any error of a
 * flush, fails the log for good.
 */
final class SegmentLog {
    private final Path directory;
    private final int segmentBytes;
    private final Segments segments;
    private final ThreadLocal<LogScratch> scratch = ThreadLocal.withInitial(LogScratch::new);
    private final LogHealth health;
    private final SharedSync syncs;
    private final Steps steps;

    /** Guards the fields below. Nothing else is locked while it is held but by what {@link Reserved} says. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition progress = lock.newCondition();
    private final InFlight inFlight;
    private SegmentFile current;
    private int firstOffset = SegmentHeader.BYTES;
    private long appended;
    private long bytes;

    private volatile Opening opening = writer -> {};

    /** Who waits for something to be appended. */
    private volatile @Nullable Thread awaiting;

    /** Called in the order of the log, with its lock held, when a record got its place. */
    @FunctionalInterface
    interface Reserved {
        void at(long position);
    }

    /** Writes what a new segment begins with. */
    @FunctionalInterface
    interface Opening {
        void write(FrameWriter writer);
    }

    /**
     * @param segments those that there are, at least one
     * @param end where to go on; everything before it is synced
     */
    SegmentLog(Path directory, int segmentBytes, Segments segments, long end, Steps steps) throws IOException {
        this.steps = steps;
        this.directory = directory;
        this.segmentBytes = segmentBytes;
        this.segments = segments;
        this.current = segments.last();
        this.health = new LogHealth(directory);
        this.inFlight = new InFlight(end);
        this.syncs = new SharedSync(end, new Disk());
        this.bytes = segments.bytes();
    }

    /** From now on each new segment begins with the record that {@code opening} writes. It is called with the log's lock held. */
    void opening(Opening opening) {
        this.opening = opening;
    }

    /** @param what done once, when the log fails */
    void onFailure(Runnable what) {
        health.onFailure(what);
    }

    /** Where the last segment is of an older format, the log goes on in a new one. */
    void leaveOldFormat() throws IOException, StorageException {
        lock.lock();
        try {
            if (FrameReader.header(current).version() < SegmentHeader.VERSION) {
                roll();
            }
        } catch (DamagedException e) {
            throw new StorageException(current.path() + ": " + e.getMessage(), e);
        } finally {
            lock.unlock();
        }
    }

    /** The calling thread's writer and buffer. */
    LogScratch scratch() {
        return scratch.get();
    }

    /** Where the next record will lie. */
    long end() {
        return lockedAtEnd(at -> at);
    }

    /** Runs {@code work} while no record gets a place; the argument is where the next will lie. */
    long lockedAtEnd(LongUnaryOperator work) {
        lock.lock();
        try {
            return work.applyAsLong(inFlight.end());
        } finally {
            lock.unlock();
        }
    }

    /** The next record will lie in another segment than {@code number}. */
    void leave(int number) throws StorageException {
        lock.lock();
        try {
            if (current.number() == number && !inFlight.isPoisoned() && Position.offset(inFlight.end()) > firstOffset) {
                roll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Where the last segment is half full, the next record will lie in another. */
    void leaveHalfFull() throws StorageException {
        lock.lock();
        try {
            if (Position.offset(inFlight.end()) > segmentBytes / 2) {
                leave(current.number());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Runs {@code work} while no record gets a place; everything before the argument is written. */
    long lockedAtWritten(LongUnaryOperator work) {
        lock.lock();
        try {
            return work.applyAsLong(inFlight.written());
        } finally {
            lock.unlock();
        }
    }

    /** Everything before it is written. */
    long written() {
        lock.lock();
        try {
            return inFlight.written();
        } finally {
            lock.unlock();
        }
    }

    /** Returns when more is written than what lies before {@code end}; perhaps sooner, but at most so much later. One thread. */
    void awaitWritten(long end, long nanos) {
        awaiting = Thread.currentThread();
        try {
            // Whoever has written before this looks is seen here; whoever writes later sees who waits.
            if (written() <= end) {
                LockSupport.parkNanos(this, nanos);
            }
        } finally {
            awaiting = null;
        }
    }

    private void wakeAwaiting() {
        Thread waits = awaiting;
        if (waits != null) {
            awaiting = null;
            LockSupport.unpark(waits);
        }
    }

    /** How many bytes were appended since the log was opened. */
    long appended() {
        lock.lock();
        try {
            return appended;
        } finally {
            lock.unlock();
        }
    }

    /** How many bytes the segments have. */
    long bytes() {
        lock.lock();
        try {
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    /** Everything before it survives a loss of power. */
    long synced() {
        return syncs.synced();
    }

    /** The segment, or null when it is gone. */
    @Nullable
    SegmentFile segment(int number) {
        return segments.segment(number);
    }

    NavigableMap<Integer, SegmentFile> segments() {
        return segments.all();
    }

    /** Forgets and deletes a segment that nothing points to any more. */
    void remove(int number) throws IOException {
        long freed = segments.remove(number);
        lock.lock();
        try {
            bytes -= freed;
        } finally {
            lock.unlock();
        }
    }

    /** Appends the frame that {@code writer} of {@link #scratch} holds; returns its position. */
    long append(Reserved reserved) throws StorageException {
        return append(reserved, 0);
    }

    /**
     * As {@link #append(Reserved)}, if the record can lie in segment {@code only}.
     *
     * @param only 0 for any segment
     * @return the position, or -1 where the log has left that segment
     */
    long append(Reserved reserved, int only) throws StorageException {
        LogScratch own = scratch.get();
        for (int attempt = 0; ; attempt++) {
            InFlight.Ticket ticket = reserve(own.writer.length(), reserved, only);
            if (ticket == null) {
                return -1;
            }
            IOException error = null;
            try {
                steps.writing(ticket.position);
                own.write(ticket.segment, ticket.position, syncs.synced());
            } catch (IOException e) {
                error = e;
            } catch (RuntimeException | Error e) {
                error = new IOException("writing failed", e);
            }
            if (finish(ticket, error)) {
                wakeAwaiting();
                return ticket.position;
            }
            if (error != null || attempt == 3) {
                throw health.full();
            }
        }
    }

    private InFlight.@Nullable Ticket reserve(long length, Reserved reserved, int only) throws StorageException {
        if (length > 1 << 30) {
            throw new IllegalArgumentException("a log record of " + length + " bytes");
        }
        lock.lock();
        try {
            while (inFlight.isPoisoned() && health.isUsable()) {
                progress.awaitUninterruptibly();
            }
            health.usable();
            int offset = Position.offset(inFlight.end());
            if (offset + length > segmentBytes && offset > firstOffset) {
                if (only != 0) {
                    return null;
                }
                roll();
            }
            if (only != 0 && Position.segment(inFlight.end()) != only) {
                return null;
            }
            reserved.at(inFlight.end());
            InFlight.Ticket ticket = inFlight.reserve(current, length);
            appended += length;
            bytes += length;
            return ticket;
        } finally {
            lock.unlock();
        }
    }

    boolean isUsable() {
        return health.isUsable();
    }

    /** Throws when the log is closed, and nothing can be read. */
    void checkOpen() throws StorageException {
        health.checkOpen();
    }

    /** Throws when the log takes nothing any more. */
    void usable() throws StorageException {
        health.usable();
    }

    /** Nothing is appended from now on. @return to be thrown */
    StorageException fail(String what, Exception e) {
        return health.fail(what, e);
    }

    private void roll() throws StorageException {
        int number = current.number() + 1;
        SegmentFile next;
        try {
            next = segments.create(number, inFlight.end());
            FrameWriter writer = new FrameWriter();
            opening.write(writer);
            long start = Position.of(number, SegmentHeader.BYTES);
            if (writer.headLength() > 0) {
                writer.place(start, syncs.synced());
                next.write(ByteBuffer.wrap(writer.head(), 0, writer.headLength()), SegmentHeader.BYTES);
                start += writer.length();
            }
            segments.add(next);
            current = next;
            firstOffset = Position.offset(start);
            bytes += firstOffset;
            inFlight.moveTo(start);
        } catch (IOException e) {
            throw health.error("making segment " + SegmentFile.name(number), e);
        }
    }

    /** Returns when everything before the ticket's end is written, and true; false when the ticket has no place any more. */
    private boolean finish(InFlight.Ticket ticket, @Nullable IOException error) throws StorageException {
        lock.lock();
        try {
            if (error != null && !LogHealth.isFull(error)) {
                throw fail("writing segment " + SegmentFile.name(ticket.segment.number()), error);
            }
            if (inFlight.done(ticket, error != null)) {
                takeBack();
            }
            while (!ticket.isLost() && inFlight.written() < ticket.end && !health.hasFailed()) {
                progress.awaitUninterruptibly();
            }
            if (!ticket.isLost() && inFlight.written() < ticket.end) {
                health.usable();
            }
            return !ticket.isLost();
        } finally {
            progress.signalAll();
            lock.unlock();
        }
    }

    /** Ends the log where the first record begins that found no room. */
    private void takeBack() throws StorageException {
        bytes -= inFlight.takeBack();
        try {
            segments.cut(inFlight.end());
            current = segments.last();
            firstOffset = SegmentHeader.BYTES;
        } catch (IOException e) {
            throw fail("cutting segment " + SegmentFile.name(current.number()), e);
        } finally {
            inFlight.goOn();
            progress.signalAll();
        }
    }

    /** Makes everything that is written survive a loss of power; callers at the same time share a flush. */
    void sync() throws StorageException {
        sync(written());
    }

    void sync(long target) throws StorageException {
        syncs.sync(target);
    }

    private final class Disk implements SharedSync.Disk {
        @Override
        public void usable() throws StorageException {
            health.usable();
        }

        @Override
        public long flush(long synced) throws StorageException {
            long upTo = written();
            try {
                steps.syncing();
                segments.sync(synced, upTo);
                return upTo;
            } catch (IOException e) {
                throw fail("flushing the disk under the log", e);
            }
        }
    }

    /** Makes the deletion of segments survive a loss of power. */
    void syncDirectory() throws IOException {
        Segments.syncDirectory(directory);
    }

    /** Lets go of the files. What was not synced may still be lost with the power. */
    void close() throws IOException {
        lock.lock();
        try {
            health.close();
            progress.signalAll();
        } finally {
            lock.unlock();
        }
        segments.close();
    }
}
