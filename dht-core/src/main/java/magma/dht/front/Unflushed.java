package magma.dht.front;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import magma.fs.Caller;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;

/** What a session wrote to one file since its home last said that all is stored: to be written again at the next home. In the order in which it was written. */
final class Unflushed {
    /** More than this is not kept: it is flushed before. */
    static final int MOST_BYTES = 4 << 20;

    /** In place of an arrival where there was none. */
    static final long NEVER = -1;

    private final Deque<Written> writes = new ArrayDeque<>();

    /** The numbers of those of which it is not known yet whether the home has them. */
    private final NavigableSet<Long> underWay = new TreeSet<>();

    /** Held while all is written again. */
    private final Object arriving = new Object();

    /** Where all is that is kept, but for what is under way; null where that is not known, or it is being written again. */
    private @Nullable HomeSession home;

    private boolean isArriving;

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
    synchronized Written begin(Caller caller, long offset, ByteBuffer data) {
        Written begun = kept(caller, offset, data);
        underWay.add(begun.number());
        return begun;
    }

    /**
     * Keeps a copy of what has been written where all was that was kept.
     *
     * @param arrival since when the file was open there
     * @return null; where all has been written again elsewhere meanwhile, without this, what is to be written there as if it were begun now
     */
    synchronized @Nullable Written add(Caller caller, long offset, ByteBuffer data, long arrival) {
        if (!isLatest(arrival)) {
            return begin(caller, offset, data);
        }
        Written unused = kept(caller, offset, data);
        return null;
    }

    private Written kept(Caller caller, long offset, ByteBuffer data) {
        ByteBuffer copy = ByteBuffer.allocate(data.remaining());
        copy.put(data.duplicate()).flip();
        Written next = new Written(++last, caller, offset, copy);
        writes.add(next);
        bytes += copy.remaining();
        return next;
    }

    /** Of what was begun so many bytes are written, and the others will not be. */
    synchronized void written(Written begun, int written) {
        underWay.remove(begun.number());
        if (written < begun.data().remaining()) {
            shorten(begun.number(), written);
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

    /** Not while all is being written again. */
    Moment now() {
        synchronized (arriving) {
            synchronized (this) {
                return new Moment(mark(), replays);
            }
        }
    }

    /** What had been written by then is not to be written again. Not while it is. @return false, and nothing has changed, where it was since */
    boolean forget(Moment then) {
        synchronized (arriving) {
            synchronized (this) {
                boolean can = replays == then.replays();
                if (can) {
                    stored(then.mark());
                }
                return can;
            }
        }
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

    /** Nothing of what was written is to be written again. */
    synchronized void giveUp() {
        writes.clear();
        bytes = 0;
    }

    /** Writes again at a home. */
    @FunctionalInterface
    interface Again {
        void write(List<Written> all) throws FsException;
    }

    /**
     * All comes to a home, where it is written again unless it is there. One home at a time. What is begun from then on must not be written through what was open before: only where
     * {@link #isLatest} says so. So what is newer is written after what is older.
     *
     * @return to be given to {@link #isLatest} and {@link #leave}
     */
    long arrive(HomeSession next, Again again) throws FsException {
        synchronized (arriving) {
            long arrival;
            List<Written> all;
            synchronized (this) {
                if (home == next) {
                    return replays;
                }
                home = null;
                isArriving = true;
                arrival = ++replays;
                all = List.copyOf(writes);
            }
            boolean done = false;
            try {
                again.write(all);
                done = true;
            } finally {
                synchronized (this) {
                    isArriving = false;
                    home = done ? next : null;
                }
            }
            return arrival;
        }
    }

    /** The file was opened at a home now. @return as {@link #arrive}; {@link #NEVER} where something is kept that may not be there */
    synchronized long opened(HomeSession at) {
        if (writes.isEmpty() && !isArriving) {
            home = at;
        }
        return home == at ? replays : NEVER;
    }

    /** Whether nothing has been written again elsewhere since that arrival. */
    synchronized boolean isLatest(long arrival) {
        return replays == arrival;
    }

    /** What was there since that arrival may be gone: it must be written again, there too. */
    synchronized void leave(long arrival) {
        if (isLatest(arrival)) {
            home = null;
        }
    }

    synchronized boolean isEmpty() {
        return writes.isEmpty();
    }
}
