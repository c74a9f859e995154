package magma.dht.replication;

import java.util.ArrayDeque;
import java.util.Deque;

/** What a primary has been asked and has not answered yet. */
final class Answers<P> {
    private final Seat<P> seat;
    private final Deque<Open> changes = new ArrayDeque<>();
    private final Deque<Open> syncedChanges = new ArrayDeque<>();
    private final Deque<Open> questions = new ArrayDeque<>();

    private record Open(long ticket, long sequence) {}

    Answers(Seat<P> seat) {
        this.seat = seat;
    }

    void change(long ticket, boolean sync) {
        (sync ? syncedChanges : changes).add(new Open(ticket, seat.log.lastSequence()));
    }

    void question(long ticket) {
        questions.add(new Open(ticket, seat.log.lastSequence()));
    }

    boolean hasChanges() {
        return !changes.isEmpty() || !syncedChanges.isEmpty();
    }

    /** @param durable the sequence up to which all in sync have what is committed synced */
    void changed(long durable) {
        answer(changes, seat.log.committed());
        answer(syncedChanges, durable);
    }

    /** Others cannot have changed anything: what was found may be told where it is committed. */
    void leased() {
        answer(questions, seat.log.committed());
    }

    private void answer(Deque<Open> queue, long upTo) {
        while (!queue.isEmpty() && queue.element().sequence() <= upTo) {
            seat.add(new ReplicationEffect.Done<>(queue.remove().ticket()));
        }
    }

    void refuseAll() {
        refuse(changes);
        refuse(syncedChanges);
        refuse(questions);
    }

    private void refuse(Deque<Open> queue) {
        while (!queue.isEmpty()) {
            seat.refuse(queue.remove().ticket());
        }
    }
}
