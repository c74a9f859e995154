package magma.dht.front;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import magma.fs.Caller;

/** What a session wrote to one file since its home last said that all is stored: to be written again at the next home. In the order in which it was written. */
final class Unflushed {
    /** More than this is not kept: it is flushed before. */
    static final int MOST_BYTES = 4 << 20;

    private final Deque<Written> writes = new ArrayDeque<>();
    private long last;
    private long bytes;
    private long replays;

    /** @param data not to be changed, nor consumed */
    record Written(long number, Caller caller, long offset, ByteBuffer data) {}

    /** Whether {@code more} bytes can be kept too. */
    synchronized boolean fits(int more) {
        return bytes + more <= MOST_BYTES || writes.isEmpty();
    }

    /** Keeps a copy. @return to be given to {@link #shorten} when not all of it is written after all */
    synchronized long add(Caller caller, long offset, ByteBuffer data) {
        ByteBuffer copy = ByteBuffer.allocate(data.remaining());
        copy.put(data.duplicate()).flip();
        writes.add(new Written(++last, caller, offset, copy));
        bytes += copy.remaining();
        return last;
    }

    /** Of what was added under {@code number} only the first bytes were written after all. */
    synchronized void shorten(long number, int written) {
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
     * @param last what was written until then
     * @param replays how often all had been written again at a home
     */
    record Moment(long last, long replays) {}

    synchronized Moment now() {
        return new Moment(last, replays);
    }

    /** What had been written by then is not to be written again. @return false, and nothing has changed, where it was since */
    synchronized boolean forget(Moment then) {
        boolean can = replays == then.replays();
        if (can) {
            stored(then.last());
        }
        return can;
    }

    /** What is written until now. */
    synchronized long mark() {
        return last;
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
