package magma.dht.host;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import magma.dht.host.ReplicaPorts.NotPrimaryException;
import magma.dht.replication.SliceConfig;
import org.jspecify.annotations.Nullable;

/** Who waits for what a replica was asked; answered when the turn is over. With the turn held. */
final class Tickets {
    private final long slice;
    private final Turn turn;
    private final Map<Long, Ticket> open = new HashMap<>();
    private long last;

    private record Ticket(CompletableFuture<?> answer, Runnable done) {}

    Tickets(long slice, Turn turn) {
        this.slice = slice;
        this.turn = turn;
    }

    /**
     * Somebody waits.
     *
     * @param done completes the answer
     * @return the ticket, under which the machine knows it
     */
    long open(CompletableFuture<?> answer, Runnable done) {
        long ticket = ++last;
        open.put(ticket, new Ticket(answer, done));
        return ticket;
    }

    void done(long ticket) {
        Ticket closed = open.remove(ticket);
        if (closed != null) {
            turn.afterwards(closed.done());
        }
    }

    /** @param config who leads, if that is known */
    void refused(long ticket, @Nullable SliceConfig config) {
        Ticket closed = open.remove(ticket);
        if (closed != null) {
            refuse(closed.answer(), config);
        }
    }

    /** Refuses what has no ticket. */
    void refuse(CompletableFuture<?> answer, @Nullable SliceConfig config) {
        turn.afterwards(() -> answer.completeExceptionally(new NotPrimaryException(slice, config)));
    }

    void refuseAll() {
        open.values().forEach(ticket -> refuse(ticket.answer(), null));
        open.clear();
    }
}
