package magma.storage.xodus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.NavigableMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongUnaryOperator;
import magma.dht.storage.StorageException;
import magma.dht.storage.StorageFullException;
import org.jspecify.annotations.Nullable;

/**
 * The log: segments, written at the end only. Places are given out under a short lock and written outside of it, so that large records do not wait for
 * each other; an append returns when everything before it is written too, so that a killed process leaves no hole before what it acknowledged.
 *
 * <p>When the disk has no room for a record, it and all that lie behind it fail, and the log ends where it began. Any other error, and any error of a
 * flush, fails the log for good.
 */
final class SegmentLog {
    /** Smaller content is copied behind its head, to be written by one call. */
    private static final int GATHER_BYTES = 32 << 10;

    private static final long NONE = Long.MAX_VALUE;

    private final Path directory;
    private final UUID storage;
    private final int segmentBytes;
    private final ConcurrentSkipListMap<Integer, SegmentFile> segments;
    private final ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(Scratch::new);

    /** Guards the fields below. Nothing else is locked while it is held but by what {@link Reserved} says. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition progress = lock.newCondition();
    private final ArrayDeque<Ticket> inFlight = new ArrayDeque<>();
    private SegmentFile current;
    private int firstOffset = SegmentHeader.BYTES;
    private long end;
    private long written;
    private long poisoned = NONE;
    private long appended;
    private long bytes;
    private volatile @Nullable StorageException failed;
    private volatile boolean closed;

    private final Object syncing = new Object();
    private boolean flushing;
    private volatile long synced;

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

    private static final class Ticket {
        final SegmentFile segment;
        final long position;
        final long end;
        boolean done;
        boolean lost;

        Ticket(SegmentFile segment, long position, long end) {
            this.segment = segment;
            this.position = position;
            this.end = end;
        }
    }

    /** What a thread writes with. */
    static final class Scratch {
        final FrameWriter writer = new FrameWriter();
        private ByteBuffer buffer = ByteBuffer.allocateDirect(64 << 10);

        ByteBuffer buffer(int size) {
            if (size > 1 << 20) {
                return ByteBuffer.allocateDirect(size);
            }
            if (buffer.capacity() < size) {
                buffer = ByteBuffer.allocateDirect(Math.max(size, 2 * buffer.capacity()));
            }
            return buffer.clear();
        }
    }

    private final Steps steps;
    private volatile Opening opening = writer -> {};

    /**
     * @param segments those that there are, at least one
     * @param end where to go on; everything before it is synced
     */
    SegmentLog(
            Path directory,
            UUID storage,
            int segmentBytes,
            NavigableMap<Integer, SegmentFile> segments,
            long end,
            Steps steps)
            throws IOException {
        this.steps = steps;
        this.directory = directory;
        this.storage = storage;
        this.segmentBytes = segmentBytes;
        this.segments = new ConcurrentSkipListMap<>(segments);
        this.current = segments.lastEntry().getValue();
        this.end = end;
        this.written = end;
        this.synced = end;
        for (SegmentFile segment : segments.values()) {
            this.bytes += segment.size();
        }
    }

    /** Makes the first segment of a new log. */
    static SegmentFile first(Path directory, UUID storage) throws IOException {
        return create(directory, new SegmentHeader(1, storage, Position.START));
    }

    private static SegmentFile create(Path directory, SegmentHeader header) throws IOException {
        SegmentFile segment = SegmentFile.create(directory, header.number());
        try {
            segment.write(ByteBuffer.wrap(header.encode()), 0);
            return segment;
        } catch (IOException e) {
            segment.delete();
            throw e;
        }
    }

    /** From now on each new segment begins with the record that {@code opening} writes. It is called with the log's lock held. */
    void opening(Opening opening) {
        this.opening = opening;
    }

    /** The calling thread's writer and buffer. */
    Scratch scratch() {
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
            return work.applyAsLong(end);
        } finally {
            lock.unlock();
        }
    }

    /** The next record will lie in another segment than {@code number}. */
    void leave(int number) throws StorageException {
        lock.lock();
        try {
            if (current.number() == number && poisoned == NONE && Position.offset(end) > firstOffset) {
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
            if (Position.offset(end) > segmentBytes / 2) {
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
            return work.applyAsLong(written);
        } finally {
            lock.unlock();
        }
    }

    /** Everything before it is written. */
    long written() {
        lock.lock();
        try {
            return written;
        } finally {
            lock.unlock();
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
        return synced;
    }

    /** The segment, or null when it is gone. */
    @Nullable
    SegmentFile segment(int number) {
        return segments.get(number);
    }

    NavigableMap<Integer, SegmentFile> segments() {
        return Collections.unmodifiableNavigableMap(segments);
    }

    /** Forgets and deletes a segment that nothing points to any more. */
    void remove(int number) throws IOException {
        SegmentFile segment = segments.remove(number);
        if (segment == null) {
            return;
        }
        long freed = segment.size();
        segment.delete();
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
        Scratch own = scratch.get();
        for (int attempt = 0; ; attempt++) {
            Ticket ticket = reserve(own.writer.length(), reserved, only);
            if (ticket == null) {
                return -1;
            }
            IOException error = null;
            try {
                write(ticket, own);
            } catch (IOException e) {
                error = e;
            } catch (RuntimeException | Error e) {
                error = new IOException("writing failed", e);
            }
            if (finish(ticket, error)) {
                return ticket.position;
            }
            if (error != null || attempt == 3) {
                throw new StorageFullException(
                        "the disk under " + directory + " is full: delete something or free space on it");
            }
        }
    }

    private @Nullable Ticket reserve(long length, Reserved reserved, int only) throws StorageException {
        if (length > 1 << 30) {
            throw new IllegalArgumentException("a log record of " + length + " bytes");
        }
        lock.lock();
        try {
            while (poisoned != NONE && !closed) {
                progress.awaitUninterruptibly();
            }
            usable();
            int offset = Position.offset(end);
            if (offset + length > segmentBytes && offset > firstOffset) {
                if (only != 0) {
                    return null;
                }
                roll();
            }
            if (only != 0 && Position.segment(end) != only) {
                return null;
            }
            Ticket ticket = new Ticket(current, end, end + length);
            reserved.at(end);
            inFlight.add(ticket);
            end += length;
            appended += length;
            bytes += length;
            return ticket;
        } finally {
            lock.unlock();
        }
    }

    boolean isUsable() {
        return failed == null && !closed;
    }

    /** Throws when the log is closed, and nothing can be read. */
    void checkOpen() throws StorageException {
        if (closed) {
            throw new StorageException("the storage in " + directory.getParent() + " is closed");
        }
    }

    /** Throws when the log takes nothing any more. */
    void usable() throws StorageException {
        StorageException cause = failed;
        if (cause != null) {
            throw new StorageException(String.valueOf(cause.getMessage()), cause);
        }
        checkOpen();
    }

    private void roll() throws StorageException {
        int number = current.number() + 1;
        SegmentFile next;
        try {
            next = create(directory, new SegmentHeader(number, storage, end));
            FrameWriter writer = new FrameWriter();
            opening.write(writer);
            long start = Position.of(number, SegmentHeader.BYTES);
            if (writer.headLength() > 0) {
                writer.place(start, synced);
                next.write(ByteBuffer.wrap(writer.head(), 0, writer.headLength()), SegmentHeader.BYTES);
                start += writer.length();
            }
            segments.put(number, next);
            current = next;
            firstOffset = Position.offset(start);
            bytes += firstOffset;
            end = start;
            if (inFlight.isEmpty()) {
                written = end;
            }
        } catch (IOException e) {
            throw error("making segment " + SegmentFile.name(number), e);
        }
    }

    private StorageException error(String what, IOException e) {
        if (isFull(e)) {
            return new StorageFullException(
                    "the disk under " + directory + " is full: delete something or free space on it");
        }
        return fail(what, e);
    }

    /** Nothing is appended from now on. */
    StorageException fail(String what, Exception e) {
        StorageException failure = new StorageException(
                what + " in " + directory + " failed: " + e.getMessage()
                        + ". Nothing more is written. Check the disk, then start again",
                e);
        if (failed == null) {
            failed = failure;
        }
        return failure;
    }

    static boolean isFull(IOException e) {
        String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        return message.contains("no space left")
                || message.contains("quota exceeded")
                || message.contains("file too large");
    }

    private void write(Ticket ticket, Scratch own) throws IOException {
        FrameWriter writer = own.writer;
        steps.writing(ticket.position);
        writer.place(ticket.position, synced);
        int head = writer.headLength();
        boolean gathered = writer.dataLength() <= GATHER_BYTES;
        int offset = Position.offset(ticket.position);
        ByteBuffer buffer = own.buffer((gathered ? Math.toIntExact(writer.length()) : head));
        buffer.put(writer.head(), 0, head);
        if (!gathered) {
            writeLarge(ticket.segment, buffer.flip(), writer.data(), offset, own);
            return;
        }
        for (ByteBuffer data : writer.data()) {
            buffer.put(data.duplicate());
        }
        while (buffer.position() < writer.length()) {
            buffer.put((byte) 0);
        }
        ticket.segment.write(buffer.flip(), offset);
    }

    private static void writeLarge(
            SegmentFile segment, ByteBuffer head, List<ByteBuffer> contents, int offset, Scratch own)
            throws IOException {
        int at = offset + head.remaining();
        segment.write(head, offset);
        for (ByteBuffer content : contents) {
            ByteBuffer data = content.duplicate();
            if (data.isDirect()) {
                int length = data.remaining();
                segment.write(data, at);
                at += length;
                continue;
            }
            while (data.hasRemaining()) {
                ByteBuffer part = own.buffer(GATHER_BYTES);
                int length = Math.min(GATHER_BYTES, data.remaining());
                part.put(data.slice(data.position(), length)).flip();
                data.position(data.position() + length);
                segment.write(part, at);
                at += length;
            }
        }
    }

    /** Returns when everything before the ticket's end is written, and true; false when the ticket has no place any more. */
    private boolean finish(Ticket ticket, @Nullable IOException error) throws StorageException {
        lock.lock();
        try {
            ticket.done = true;
            if (error != null) {
                if (!isFull(error)) {
                    throw fail("writing segment " + SegmentFile.name(ticket.segment.number()), error);
                }
                poisoned = Math.min(poisoned, ticket.position);
            }
            advance();
            while (!ticket.lost && written < ticket.end && failed == null) {
                progress.awaitUninterruptibly();
            }
            if (!ticket.lost && written < ticket.end) {
                usable();
            }
            return !ticket.lost;
        } finally {
            progress.signalAll();
            lock.unlock();
        }
    }

    private void advance() throws StorageException {
        while (!inFlight.isEmpty() && inFlight.element().done && inFlight.element().position < poisoned) {
            written = inFlight.remove().end;
        }
        if (poisoned == NONE) {
            if (inFlight.isEmpty()) {
                written = end;
            }
            return;
        }
        for (Ticket ticket : inFlight) {
            if (!ticket.done) {
                return;
            }
        }
        takeBack();
    }

    /** Ends the log where the first record begins that found no room. */
    private void takeBack() throws StorageException {
        for (Ticket ticket : inFlight) {
            ticket.lost = true;
            bytes -= ticket.end - ticket.position;
        }
        inFlight.clear();
        end = poisoned;
        written = end;
        try {
            for (SegmentFile later :
                    List.copyOf(segments.tailMap(Position.segment(end), false).values())) {
                segments.remove(later.number());
                later.delete();
            }
            current = segments.lastEntry().getValue();
            firstOffset = SegmentHeader.BYTES;
            current.cut(Position.offset(end));
        } catch (IOException e) {
            throw fail("cutting segment " + SegmentFile.name(current.number()), e);
        } finally {
            poisoned = NONE;
            progress.signalAll();
        }
    }

    /** Makes everything that is written survive a loss of power; callers at the same time share a flush. */
    void sync() throws StorageException {
        sync(written());
    }

    void sync(long target) throws StorageException {
        synchronized (syncing) {
            boolean interrupted = false;
            while (flushing && synced < target) {
                try {
                    syncing.wait();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            if (synced >= target) {
                return;
            }
            usable();
            flushing = true;
        }
        long reached = synced;
        try {
            reached = flush();
        } finally {
            synchronized (syncing) {
                synced = Math.max(synced, reached);
                flushing = false;
                syncing.notifyAll();
            }
        }
    }

    private long flush() throws StorageException {
        long upTo = written();
        int from = Position.segment(synced);
        int to = Position.segment(upTo);
        List<SegmentFile> dirty =
                new ArrayList<>(segments.subMap(from, true, to, true).values());
        try {
            steps.syncing();
            for (SegmentFile segment : dirty) {
                segment.sync();
            }
            if (to > from) {
                syncDirectory(directory);
            }
            return upTo;
        } catch (IOException e) {
            throw fail("flushing the disk under the log", e);
        }
    }

    /** Makes the deletion of segments survive a loss of power. */
    void syncDirectory() throws IOException {
        syncDirectory(directory);
    }

    /** Makes files that were made or deleted in a directory stay so after a loss of power. */
    static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Lets go of the files. What was not synced may still be lost with the power. */
    void close() throws IOException {
        lock.lock();
        try {
            closed = true;
            progress.signalAll();
        } finally {
            lock.unlock();
        }
        for (SegmentFile segment : segments.values()) {
            segment.close();
        }
    }
}
