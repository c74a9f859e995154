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

    /** @param data not to be changed, nor consumed */
    record Written(long number, Caller caller, long offset, ByteBuffer data) {}

    /** Whether {@code more} bytes can be kept too. */
    synchronized boolean fits(int more) {
        return bytes + more <= MOST_BYTES || writes.isEmpty();
    }

    /** Keeps a copy. @return to be given to {@link #remove} when it is not written after all */
    synchronized long add(Caller caller, long offset, ByteBuffer data) {
        ByteBuffer copy = ByteBuffer.allocate(data.remaining());
        copy.put(data.duplicate()).flip();
        writes.add(new Written(++last, caller, offset, copy));
        bytes += copy.remaining();
        return last;
    }

    synchronized void remove(long number) {
        writes.removeIf(written -> {
            boolean found = written.number() == number;
            if (found) {
                bytes -= written.data().remaining();
            }
            return found;
        });
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

    synchronized List<Written> all() {
        return List.copyOf(writes);
    }

    synchronized boolean isEmpty() {
        return writes.isEmpty();
    }
}
