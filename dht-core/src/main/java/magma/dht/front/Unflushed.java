package magma.dht.front;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import magma.fs.Caller;

/** What a session wrote to one file since its home last said that all is stored: to be written again at the next home. In the order in which it was written. */
final class Unflushed {
    /** More than this is not kept: it is flushed before. */
    static final int MOST_BYTES = 4 << 20;

    private final Deque<Written> writes = new ArrayDeque<>();

    /** The numbers of those of which it is not known yet whether the home has them. */
    private final NavigableSet<Long> underWay = new TreeSet<>();

    private long last;
    private long bytes;
    private long replays;

    /** @param data not to be changed, nor consumed */
    record Written(long number, Caller caller, long offset, ByteBuffer data) {}

    /** Whether {@code more} bytes can be kept too. */
    synchronized boolean fits(int more) {
        return bytes + more <= MOST_BYTES || writes.isEmpty();
    }

    /** Keeps a copy of what is to be written now. @return to be given to {@link #written} when that has come to its end */
    synchronized long begin(Caller caller, long offset, ByteBuffer data) {
        add(caller, offset, data);
        underWay.add(last);
        return last;
    }

    /** Keeps a copy of what has been written. */
    synchronized void add(Caller caller, long offset, ByteBuffer data) {
        ByteBuffer copy = ByteBuffer.allocate(data.remaining());
        copy.put(data.duplicate()).flip();
        writes.add(new Written(++last, caller, offset, copy));
        bytes += copy.remaining();
    }

    /** Of what was begun under {@code number} so many bytes are written, and the others will not be. */
    synchronized void written(long number, int length, int written) {
        underWay.remove(number);
        if (written < length) {
            shorten(number, written);
        }
    }

    private void shorten(long number, int written) {
        for (int i = writes.size(); i > 0; i--) {
            Written each = writes.remove();
            if (each.number() == number) {
                bytes -= each.data().remaining() - written;
                each = new Written(
                        number, each.caller(), each.offset(), each.data().slice(0, written));
            }
            if (each.data().hasRemaining()) {
                writes.add(each);
            }
        }
    }

    /**
     * A moment.
     *
     * @param mark what had been written by then
     * @param replays how often all had been written again at a home
     */
    record Moment(long mark, long replays) {}

    synchronized Moment now() {
        return new Moment(mark(), replays);
    }

    /** What had been written by then is not to be written again. @return false, and nothing has changed, where it was since */
    synchronized boolean forget(Moment then) {
        boolean can = replays == then.replays();
        if (can) {
            stored(then.mark());
        }
        return can;
    }

    /** What is written until now: neither what is under way still, which the home may not have, nor what was begun after it. */
    synchronized long mark() {
        return underWay.isEmpty() ? last : underWay.first() - 1;
    }

    /** What had been written by {@link #mark} is stored. */
    synchronized void stored(long mark) {
        while (!writes.isEmpty() && writes.element().number() <= mark) {
            bytes -= writes.remove().data().remaining();
        }
    }

    /** All, which is written again at a home now. */
    synchronized List<Written> replay() {
        replays++;
        return List.copyOf(writes);
    }

    synchronized boolean isEmpty() {
        return writes.isEmpty();
    }
}
