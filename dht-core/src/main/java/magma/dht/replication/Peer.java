package magma.dht.replication;

import org.jspecify.annotations.Nullable;

/** What the primary knows of another replica. */
final class Peer {
    /** The sequence of the entry to send next. */
    long next;

    /** Its log is the primary's up to here; and up to here it is synced. */
    long matched;

    long synced;

    /** The process that confirmed. */
    private long incarnation;

    /** The epoch of its latest confirmation. */
    long epoch;

    /** When the latest message that it confirmed was sent; null when it has confirmed none. */
    @Nullable
    Long confirmed;

    /** When it last said anything. */
    long heard;

    /** When it last held all, or more than before. */
    long progressed;

    /** When it was last sent anything; null when never. */
    @Nullable
    Long sent;

    /** What it says of messages sent before that has been dealt with. */
    long heeded;

    /** It must be restored: entries are of no use to it. */
    boolean adrift;

    /** What its disk can take; much where it has not said. */
    long available = Long.MAX_VALUE;

    /** Nothing is committed without it. */
    boolean needed;

    Peer(long next, long now) {
        this.next = next;
        this.heard = now;
        this.progressed = now;
        this.heeded = now;
    }

    /** Whether the word of a process counts: of a new one, whose log may be shorter than that before, from now on; of an earlier one no more. */
    boolean meets(long process, long lastSequence) {
        if (process > incarnation) {
            incarnation = process;
            forget();
            confirmed = null;
            epoch = 0;
            available = Long.MAX_VALUE;
            next = lastSequence + 1;
        }
        return process == incarnation;
    }

    /** Whether a later process than this has confirmed. */
    boolean isFollowed(long process) {
        return incarnation > process;
    }

    boolean isFull() {
        return available < Seat.ROOM;
    }

    /** What it has is not known any more. */
    void forget() {
        matched = 0;
        synced = 0;
        adrift = false;
    }

    /** @param lastSequence of the primary's log, for which it lacks nothing */
    void accepted(ReplicationMessage.Accepted<?> accepted, long now, long lastSequence) {
        Long before = confirmed;
        confirmed = before == null ? accepted.stamp() : Math.max(before, accepted.stamp());
        epoch = accepted.epoch();
        if (accepted.matched() > matched || accepted.matched() >= lastSequence) {
            progressed = now;
        }
        matched = Math.max(matched, accepted.matched());
        synced = Math.max(synced, accepted.synced());
        next = Math.max(next, matched + 1);
        adrift = false;
        available = accepted.available();
    }
}
