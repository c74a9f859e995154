package magma.storage.xodus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** The files of a log, by number. Safe for use by many threads. */
final class Segments implements ContentReader.Lookup {
    private final Path directory;
    private final UUID storage;
    private final ConcurrentSkipListMap<Integer, SegmentFile> files;

    /** @param files those that there are, at least one */
    Segments(Path directory, UUID storage, NavigableMap<Integer, SegmentFile> files) {
        this.directory = directory;
        this.storage = storage;
        this.files = new ConcurrentSkipListMap<>(files);
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

    /**
     * Makes a segment, which is not one of these before {@link #add}.
     *
     * @param previous where the one before it ends
     */
    SegmentFile create(int number, long previous) throws IOException {
        return create(directory, new SegmentHeader(number, storage, previous));
    }

    void add(SegmentFile segment) {
        files.put(segment.number(), segment);
    }

    /** The segment, or null when it is gone. */
    @Override
    public @Nullable SegmentFile segment(int number) {
        return files.get(number);
    }

    SegmentFile last() {
        return files.lastEntry().getValue();
    }

    NavigableMap<Integer, SegmentFile> all() {
        return Collections.unmodifiableNavigableMap(files);
    }

    /** Bytes that they have. */
    long bytes() throws IOException {
        long bytes = 0;
        for (SegmentFile segment : files.values()) {
            bytes += segment.size();
        }
        return bytes;
    }

    /** Forgets and deletes a segment. @return how many bytes it had */
    long remove(int number) throws IOException {
        SegmentFile segment = files.remove(number);
        if (segment == null) {
            return 0;
        }
        long freed = segment.size();
        segment.delete();
        return freed;
    }

    /** Ends the last segment at a position; those behind it are deleted. */
    void cut(long end) throws IOException {
        for (SegmentFile later :
                List.copyOf(files.tailMap(Position.segment(end), false).values())) {
            files.remove(later.number());
            later.delete();
        }
        last().cut(Position.offset(end));
    }

    /** Makes what was written from one position to another survive a loss of power, and the files that came meanwhile. */
    void sync(long from, long to) throws IOException {
        int first = Position.segment(from);
        int last = Position.segment(to);
        Collection<SegmentFile> written = files.subMap(first, true, last, true).values();
        for (SegmentFile segment : List.copyOf(written)) {
            segment.sync();
        }
        if (last > first) {
            syncDirectory(directory);
        }
    }

    /** Makes files that were made or deleted in a directory stay so after a loss of power. */
    static void syncDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    void close() throws IOException {
        for (SegmentFile segment : files.values()) {
            segment.close();
        }
    }
}
