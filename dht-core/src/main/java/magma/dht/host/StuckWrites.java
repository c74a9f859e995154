package magma.dht.host;

import java.util.ArrayDeque;
import java.util.Deque;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;

/** What a replica has to write and its full disk did not take, in order. Not for several threads at once. */
final class StuckWrites {
    private final Deque<Waiting> waiting = new ArrayDeque<>();

    /** One thing to write. */
    @FunctionalInterface
    interface Write {
        /** @return false when there is no room; nothing was written then */
        boolean fits() throws StorageException;
    }

    private record Waiting(Write write, Version last) {}

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** @param last where the log ends when it is written */
    void add(Write write, Version last) {
        waiting.add(new Waiting(write, last));
    }

    /** Writes as much as there is room for. */
    void retry() throws StorageException {
        while (!waiting.isEmpty() && waiting.element().write().fits()) {
            waiting.remove();
        }
    }

    /** What would come after that place is not to be written any more. */
    void dropAfter(long sequence) {
        waiting.removeIf(each -> each.last().sequence() > sequence);
    }

    void clear() {
        waiting.clear();
    }
}
