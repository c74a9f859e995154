package magma.dht.transport.netty;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import magma.dht.wire.Signal;
import magma.fs.ChangeListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a listener of changes, in order, on a thread of its own, and confirms them. What waits here is bounded by what the vulcano leaves unconfirmed
 * ({@link ChangePush#BACKLOG}).
 */
final class ChangeQueue {
    private static final Logger log = LoggerFactory.getLogger(ChangeQueue.class);

    /** @param from null for what needs no confirmation */
    private record Entry(@Nullable ClientConnection from, Signal.Changed changed) {}

    private static final Entry END =
            new Entry(null, new Signal.Changed(Long.MIN_VALUE, new ChangeListener.Change.OfEverything()));

    private final BlockingQueue<Entry> queue = new LinkedBlockingQueue<>();
    private final ChangeListener listener;
    private final Thread thread;

    ChangeQueue(String client, ChangeListener listener) {
        this.listener = listener;
        this.thread = new Thread(this::run, "magma-changes of " + client);
        thread.setDaemon(true);
        thread.start();
    }

    void add(ClientConnection from, Signal.Changed changed) {
        queue.add(new Entry(from, changed));
    }

    /** All may have changed. */
    void everything() {
        queue.add(new Entry(null, new Signal.Changed(0, new ChangeListener.Change.OfEverything())));
    }

    /** All may have changed, and nothing more is to be told. */
    void end() {
        everything();
        queue.add(END);
    }

    private void run() {
        List<Entry> batch = new ArrayList<>();
        try {
            while (true) {
                batch.add(queue.take());
                queue.drainTo(batch, 255);
                for (Entry entry : batch) {
                    if (entry.equals(END)) {
                        return;
                    }
                    tell(entry.changed().change());
                }
                confirm(batch);
                batch.clear();
            }
        } catch (InterruptedException closed) {
            log.debug("No more changes are told");
        }
    }

    /** As soon as those behind the listener have heard too. */
    @SuppressWarnings("FutureReturnValueIgnored")
    private void confirm(List<Entry> told) {
        Map<ClientConnection, Long> last = new HashMap<>();
        for (Entry entry : told) {
            if (entry.from() != null) {
                last.put(entry.from(), entry.changed().sequence());
            }
        }
        if (!last.isEmpty()) {
            listener.heard().whenComplete((heard, unused) -> last.forEach(ClientConnection::confirm));
        }
    }

    private void tell(ChangeListener.Change change) {
        try {
            listener.changed(change);
        } catch (RuntimeException e) {
            log.error("The listener failed at {}", change, e);
        }
    }

    void close() {
        thread.interrupt();
    }
}
