package magma.storage.xodus;

import java.util.ArrayDeque;

/**
 * The records that have a place in the log and are being written. They count as written in the order of their places, each when all before it are; when one
 * finds no room, it and all behind it lose their places. Guarded by the lock of its {@link SegmentLog}.
 */
final class InFlight {
    private static final long NONE = Long.MAX_VALUE;

    private final ArrayDeque<Ticket> tickets = new ArrayDeque<>();
    private long end;
    private long written;
    private long poisoned = NONE;

    /** A record's place. */
    static final class Ticket {
        final SegmentFile segment;
        final long position;
        final long end;
        private boolean done;
        private boolean lost;

        private Ticket(SegmentFile segment, long position, long end) {
            this.segment = segment;
            this.position = position;
            this.end = end;
        }

        boolean isLost() {
            return lost;
        }
    }

    /** @param end where the log goes on; everything before it is written */
    InFlight(long end) {
        this.end = end;
        this.written = end;
    }

    /** Where the next record will lie. */
    long end() {
        return end;
    }

    /** Everything before it is written. */
    long written() {
        return written;
    }

    /** Whether a record found no room, and those behind it have not lost their places yet: nothing gets a place meanwhile. */
    boolean isPoisoned() {
        return poisoned != NONE;
    }

    Ticket reserve(SegmentFile segment, long length) {
        Ticket ticket = new Ticket(segment, end, end + length);
        tickets.add(ticket);
        end += length;
        return ticket;
    }

    /** The log goes on elsewhere, in a new segment. */
    void moveTo(long position) {
        end = position;
        if (tickets.isEmpty()) {
            written = end;
        }
    }

    /**
     * A record is written, or found no room.
     *
     * @return whether the log is to be taken back now to {@link #takeBack}
     */
    boolean done(Ticket ticket, boolean noRoom) {
        ticket.done = true;
        if (noRoom) {
            poisoned = Math.min(poisoned, ticket.position);
        }
        while (!tickets.isEmpty() && tickets.element().done && tickets.element().position < poisoned) {
            written = tickets.remove().end;
        }
        if (poisoned == NONE) {
            if (tickets.isEmpty()) {
                written = end;
            }
            return false;
        }
        for (Ticket waiting : tickets) {
            if (!waiting.done) {
                return false;
            }
        }
        return true;
    }

    /** The log ends where the first record begins that found no room. @return how many bytes lose their places */
    long takeBack() {
        long bytes = 0;
        for (Ticket ticket : tickets) {
            ticket.lost = true;
            bytes += ticket.end - ticket.position;
        }
        tickets.clear();
        end = poisoned;
        written = end;
        return bytes;
    }

    /** Records get places again. */
    void goOn() {
        poisoned = NONE;
    }
}
