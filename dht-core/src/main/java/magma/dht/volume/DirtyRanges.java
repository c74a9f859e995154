package magma.dht.volume;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import magma.dht.storage.Mutation;

/** Bytes of one file that were written but are not stored yet. Ranges never overlap or touch, and none crosses the border of a chunk. Of one thread at a time. */
final class DirtyRanges {
    private static final class Range {
        private byte[] bytes;
        private int length;

        private Range(int capacity) {
            bytes = new byte[capacity];
        }
    }

    /** Takes one range of bytes. */
    interface Visitor<E extends Exception> {
        /** @param bytes the range's own: from 0 to {@code length} */
        void range(long offset, byte[] bytes, int length) throws E;
    }

    private final NavigableMap<Long, Range> ranges = new TreeMap<>();
    private long bytes;

    boolean isEmpty() {
        return ranges.isEmpty();
    }

    long bytes() {
        return bytes;
    }

    int count() {
        return ranges.size();
    }

    /** The offset after the last byte; 0 when there is none. */
    long end() {
        Map.Entry<Long, Range> last = ranges.lastEntry();
        return last == null ? 0 : last.getKey() + last.getValue().length;
    }

    /** Takes all that remains in {@code from}. */
    void put(long offset, ByteBuffer from) {
        while (from.hasRemaining()) {
            int room = (int) (Mutation.CHUNK_BYTES - offset % Mutation.CHUNK_BYTES);
            int length = Math.min(room, from.remaining());
            putWithinChunk(offset, from, length);
            offset += length;
        }
    }

    private void putWithinChunk(long offset, ByteBuffer from, int length) {
        Map.Entry<Long, Range> before = ranges.floorEntry(offset);
        long start = offset;
        Range range;
        if (before != null
                && offset <= before.getKey() + before.getValue().length
                && sameChunk(before.getKey(), offset)) {
            start = before.getKey();
            range = before.getValue();
        } else {
            range = new Range(length);
            ranges.put(start, range);
        }
        int at = (int) (offset - start);
        reserve(range, start, at + length);
        from.get(range.bytes, at, length);
        grow(range, at + length);
        absorb(start, range);
    }

    /** Joins the ranges that {@code range} has come to overlap or touch. */
    private void absorb(long start, Range range) {
        while (true) {
            Map.Entry<Long, Range> next = ranges.higherEntry(start);
            long end = start + range.length;
            if (next == null || next.getKey() > end || !sameChunk(start, next.getKey())) {
                return;
            }
            Range other = next.getValue();
            ranges.remove(next.getKey());
            bytes -= other.length;
            int covered = (int) (end - next.getKey());
            if (covered < other.length) {
                int at = range.length;
                reserve(range, start, at + other.length - covered);
                System.arraycopy(other.bytes, covered, range.bytes, at, other.length - covered);
                grow(range, at + other.length - covered);
            }
        }
    }

    private static void reserve(Range range, long start, int length) {
        if (range.bytes.length < length) {
            int most = (int) (Mutation.CHUNK_BYTES - start % Mutation.CHUNK_BYTES);
            range.bytes = Arrays.copyOf(range.bytes, Math.min(most, Math.max(length, range.bytes.length * 2)));
        }
    }

    private void grow(Range range, int length) {
        if (length > range.length) {
            bytes += length - range.length;
            range.length = length;
        }
    }

    /** Copies what is here of {@code offset} on over the bytes of {@code to} from its position to its limit; neither moves. */
    void overlay(long offset, ByteBuffer to) {
        if (ranges.isEmpty()) {
            return;
        }
        long end = offset + to.remaining();
        Long first = ranges.floorKey(offset);
        for (Map.Entry<Long, Range> entry :
                ranges.subMap(first == null ? offset : first, true, end, false).entrySet()) {
            long from = Math.max(offset, entry.getKey());
            long until = Math.min(end, entry.getKey() + entry.getValue().length);
            if (from < until) {
                to.put(
                        to.position() + (int) (from - offset),
                        entry.getValue().bytes,
                        (int) (from - entry.getKey()),
                        (int) (until - from));
            }
        }
    }

    /** Whether any byte from {@code offset} to {@code end} (exclusive) is here. */
    boolean overlaps(long offset, long end) {
        Map.Entry<Long, Range> last = ranges.lowerEntry(end);
        return last != null && last.getKey() + last.getValue().length > offset;
    }

    /** Forgets all bytes at and after {@code size}. */
    void trim(long size) {
        ranges.tailMap(size, true).values().forEach(range -> bytes -= range.length);
        ranges.tailMap(size, true).clear();
        Map.Entry<Long, Range> last = ranges.lastEntry();
        if (last != null && last.getKey() + last.getValue().length > size) {
            int length = (int) (size - last.getKey());
            bytes -= last.getValue().length - length;
            last.getValue().length = length;
        }
    }

    <E extends Exception> void visit(Visitor<E> visitor) throws E {
        for (Map.Entry<Long, Range> entry : ranges.entrySet()) {
            visitor.range(entry.getKey(), entry.getValue().bytes, entry.getValue().length);
        }
    }

    void clear() {
        ranges.clear();
        bytes = 0;
    }

    private static boolean sameChunk(long a, long b) {
        return a / Mutation.CHUNK_BYTES == b / Mutation.CHUNK_BYTES;
    }
}
