package magma.storage.xodus;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import magma.dht.storage.RecordId;
import magma.dht.storage.StorageException;
import magma.dht.storage.Visibility;
import org.jspecify.annotations.Nullable;

/** Reads content out of segments and checks every block that it touches. */
final class ContentReader {
    /** How much is read at once where the caller's buffer cannot take whole blocks. */
    private static final int WINDOW_BYTES = 8 * Blocks.BYTES;

    private final Lookup segments;
    private final ThreadLocal<Scratch> scratch = ThreadLocal.withInitial(Scratch::new);

    private static final class Scratch {
        final ByteBuffer window = ByteBuffer.allocateDirect(WINDOW_BYTES);
        final CRC32C crc = new CRC32C();
    }

    /** Finds the segment of a number. */
    @FunctionalInterface
    interface Lookup {
        /** Null when it is gone. */
        @Nullable
        SegmentFile segment(int number);
    }

    ContentReader(Lookup segments) {
        this.segments = segments;
    }

    /**
     * Fills {@code to} with the bytes from {@code offset} on.
     *
     * @throws SegmentFile.GoneException when the cleaner moved the bytes away: look up the extents again
     */
    void read(RecordId id, ExtentMap extents, int offset, ByteBuffer to, Visibility visibility)
            throws StorageException, SegmentFile.GoneException {
        int start = to.position();
        int end = offset + to.remaining();
        int at = offset;
        for (int i = extents.firstAfter(offset);
                i < extents.size() && extents.get(i).from() < end;
                i++) {
            Extent extent = extents.get(i);
            int from = Math.max(offset, extent.from());
            int stop = Math.min(end, Math.min(extent.to(), visibility.limit(extent.generation())));
            if (from < stop) {
                zero(to, start + at - offset, start + from - offset);
                read(id, extent, from, to, start + from - offset, stop - from);
                at = stop;
            }
        }
        zero(to, start + at - offset, start + end - offset);
        to.position(start + end - offset);
    }

    private static void zero(ByteBuffer to, int from, int end) {
        int at = from;
        for (; at + Long.BYTES <= end; at += Long.BYTES) {
            to.putLong(at, 0);
        }
        for (; at < end; at++) {
            to.put(at, (byte) 0);
        }
    }

    /** Reads {@code length} bytes from {@code from} of the chunk on to place {@code at} of {@code to}. */
    private void read(RecordId id, Extent extent, int from, ByteBuffer to, int at, int length)
            throws StorageException, SegmentFile.GoneException {
        SegmentFile segment = segment(extent);
        Scratch own = scratch.get();
        int next = extent.skip() + from - extent.from();
        int end = next + length;
        int target = at;
        while (next < end) {
            int begin = next / Blocks.BYTES * Blocks.BYTES;
            int whole = wholeBlocks(extent, next, end);
            int read;
            if (whole > 0 && to.isDirect()) {
                ByteBuffer part = to.duplicate().position(target).limit(target + whole);
                load(id, segment, extent, begin, part, own.crc);
                read = whole;
            } else {
                int most = to.isDirect() ? Blocks.BYTES : WINDOW_BYTES;
                int stored = Math.min(extent.stored(), Math.min(begin + most, blockEnd(end))) - begin;
                ByteBuffer window = own.window.clear().limit(stored);
                load(id, segment, extent, begin, window, own.crc);
                read = Math.min(end, begin + stored) - next;
                to.put(target, window, next - begin, read);
            }
            next += read;
            target += read;
        }
    }

    /** How many bytes from {@code next} to {@code end} are whole blocks, beginning with one; 0 when the first is not. */
    private static int wholeBlocks(Extent extent, int next, int end) {
        if (next % Blocks.BYTES != 0) {
            return 0;
        }
        return end == extent.stored() ? end - next : (end - next) / Blocks.BYTES * Blocks.BYTES;
    }

    private static int blockEnd(int end) {
        return Blocks.count(end) * Blocks.BYTES;
    }

    private SegmentFile segment(Extent extent) throws SegmentFile.GoneException {
        int number = Position.segment(extent.data());
        SegmentFile segment = segments.segment(number);
        if (segment == null) {
            throw new SegmentFile.GoneException(java.nio.file.Path.of(SegmentFile.name(number)));
        }
        return segment;
    }

    /** Fills {@code blocks} with whole blocks of the extent from {@code begin} on, and checks them. */
    private static void load(RecordId id, SegmentFile segment, Extent extent, int begin, ByteBuffer blocks, CRC32C crc)
            throws StorageException, SegmentFile.GoneException {
        int start = blocks.position();
        int offset = Position.offset(extent.data()) + begin;
        try {
            segment.read(blocks, offset);
        } catch (SegmentFile.GoneException e) {
            throw e;
        } catch (EOFException e) {
            throw damaged(id, segment, offset, "the file is too short", e);
        } catch (IOException e) {
            throw new StorageException("reading " + segment.path() + " at " + offset + " failed: " + e.getMessage(), e);
        }
        int end = blocks.limit();
        blocks.position(start);
        for (int block = begin / Blocks.BYTES; blocks.position() < end; block++) {
            int at = offset + blocks.position() - start;
            blocks.limit(Math.min(end, blocks.position() + Blocks.BYTES));
            if (Blocks.crc(crc, blocks) != extent.crcs()[block]) {
                throw damaged(id, segment, at, "a CRC is wrong", null);
            }
        }
    }

    private static StorageException damaged(
            RecordId id, SegmentFile segment, int offset, String how, @Nullable Throwable cause) {
        String message = "content of " + id + " in " + segment.path() + " at " + offset + " is damaged: " + how
                + ". To learn what else is, " + segment.advice("scrub");
        return cause == null ? new StorageException(message) : new StorageException(message, cause);
    }

    /** Checks all blocks of an extent. @return how many bytes */
    int verify(RecordId id, Extent extent) throws StorageException, SegmentFile.GoneException {
        SegmentFile segment = segment(extent);
        Scratch own = scratch.get();
        for (int begin = 0; begin < extent.stored(); begin += WINDOW_BYTES) {
            int length = Math.min(WINDOW_BYTES, extent.stored() - begin);
            load(id, segment, extent, begin, own.window.clear().limit(length), own.crc);
        }
        return extent.stored();
    }
}
