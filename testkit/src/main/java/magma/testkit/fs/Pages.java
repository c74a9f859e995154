package magma.testkit.fs;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/** The content of a file: the pages that were ever written, and zeros in between. Not safe for use by many threads. */
public final class Pages {
    static final int PAGE_BYTES = 4096;

    private final NavigableMap<Long, byte[]> pages = new TreeMap<>();
    private long size;

    public long size() {
        return size;
    }

    /** Bytes of storage taken. */
    long allocated() {
        return (long) pages.size() * PAGE_BYTES;
    }

    /** Reads until {@code to} is full or the content ends. @return how many bytes, 0 at or after the end */
    public int read(ByteBuffer to, long offset) {
        if (offset >= size) {
            return 0;
        }
        int length = (int) Math.min(to.remaining(), size - offset);
        for (int done = 0; done < length; ) {
            long at = offset + done;
            int within = (int) (at % PAGE_BYTES);
            int part = Math.min(PAGE_BYTES - within, length - done);
            byte[] page = pages.get(at / PAGE_BYTES);
            to.put(page == null ? ZEROS : page, within, part);
            done += part;
        }
        return length;
    }

    private static final byte[] ZEROS = new byte[PAGE_BYTES];

    /** Writes all of {@code from}, and grows as needed. */
    public void write(ByteBuffer from, long offset) {
        long at = offset;
        while (from.hasRemaining()) {
            int within = (int) (at % PAGE_BYTES);
            int part = Math.min(PAGE_BYTES - within, from.remaining());
            from.get(pages.computeIfAbsent(at / PAGE_BYTES, index -> new byte[PAGE_BYTES]), within, part);
            at += part;
        }
        size = Math.max(size, at);
    }

    /** How many of {@code length} bytes can be written at {@code offset} with at most {@code free} bytes of new pages. */
    int writable(long offset, int length, long free) {
        if (free >= (long) length + 2 * PAGE_BYTES) {
            return length;
        }
        long left = free;
        long at = offset;
        while (at < offset + length) {
            if (!pages.containsKey(at / PAGE_BYTES)) {
                left -= PAGE_BYTES;
                if (left < 0) {
                    break;
                }
            }
            at = (at / PAGE_BYTES + 1) * PAGE_BYTES;
        }
        return (int) (Math.min(at, offset + length) - offset);
    }

    /** Cuts or grows; new bytes are a hole. */
    public void resize(long newSize) {
        if (newSize < size) {
            punch(newSize, size - newSize);
        }
        size = newSize;
    }

    /** Makes zeros of a range, and gives back its whole pages. */
    public void punch(long offset, long length) {
        long end = Math.min(offset + length, size);
        if (offset >= end) {
            return;
        }
        long first = offset / PAGE_BYTES;
        long last = (end - 1) / PAGE_BYTES;
        boolean wholeFirst = offset % PAGE_BYTES == 0;
        boolean wholeLast = end % PAGE_BYTES == 0 || end == size;
        if (first == last) {
            clear(first, offset, end, wholeFirst && wholeLast);
            return;
        }
        clear(first, offset, (first + 1) * PAGE_BYTES, wholeFirst);
        clear(last, last * PAGE_BYTES, end, wholeLast);
        pages.subMap(first, false, last, false).clear();
    }

    private void clear(long index, long from, long to, boolean whole) {
        if (whole) {
            pages.remove(index);
            return;
        }
        byte[] page = pages.get(index);
        if (page != null) {
            long start = index * PAGE_BYTES;
            Arrays.fill(page, (int) (from - start), (int) (to - start), (byte) 0);
        }
    }

    /** The first offset at or after {@code offset} in a page, or -1. */
    public long nextData(long offset) {
        Map.Entry<Long, byte[]> page = pages.ceilingEntry(offset / PAGE_BYTES);
        if (page == null) {
            return -1;
        }
        long start = Math.max(offset, page.getKey() * PAGE_BYTES);
        return start < size ? start : -1;
    }

    /** The first offset at or after {@code offset} outside of all pages; at most the size. */
    public long nextHole(long offset) {
        long at = offset;
        while (at < size && pages.containsKey(at / PAGE_BYTES)) {
            at = (at / PAGE_BYTES + 1) * PAGE_BYTES;
        }
        return Math.min(at, size);
    }
}
