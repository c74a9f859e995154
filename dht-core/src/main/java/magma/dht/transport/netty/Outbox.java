package magma.dht.transport.netty;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import magma.dht.replication.LogEntry;
import magma.dht.replication.Payload;
import magma.dht.replication.ReplicationMessage;
import magma.dht.wire.Signal;
import magma.dht.wire.Signal.Replicate.OfSlice;

/**
 * What replicas say to another vulcano, on its way to a connection. Messages that come before the event loop gets to them travel in one frame, in order: as the beacons
 * of all slices do, and the confirmations of what came in one frame.
 */
final class Outbox {
    /** Messages in one frame. */
    private static final int MOST = 256;

    /** A frame with so many bytes takes no more messages. One message alone may be longer. */
    private static final long FULL_BYTES = 256 << 10;

    private final ClientConnection connection;
    private final Queue<OfSlice> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean isAwaited = new AtomicBoolean();

    Outbox(ClientConnection connection) {
        this.connection = connection;
    }

    /** Whether the connection is not over. */
    boolean isOpen() {
        return !connection.isOver();
    }

    /** Any thread. What is not sent when the connection ends is lost. */
    void add(OfSlice message) {
        waiting.add(message);
        if (isAwaited.compareAndSet(false, true)) {
            connection.onLoop(this::sendAll);
        }
    }

    private void sendAll() {
        isAwaited.set(false);
        List<OfSlice> frame = new ArrayList<>();
        long bytes = 0;
        for (OfSlice message = waiting.poll(); message != null; message = waiting.poll()) {
            long weight = weight(message.message());
            if (!frame.isEmpty() && (bytes + weight > FULL_BYTES || frame.size() == MOST)) {
                send(frame);
                frame = new ArrayList<>();
                bytes = 0;
            }
            frame.add(message);
            bytes += weight;
        }
        if (!frame.isEmpty()) {
            send(frame);
        }
    }

    private void send(List<OfSlice> frame) {
        connection.tell(new Signal.Replicate(frame));
    }

    private static long weight(ReplicationMessage<Payload> message) {
        long bytes = 0;
        if (message instanceof ReplicationMessage.Append<Payload> append) {
            for (LogEntry<Payload> entry : append.entries()) {
                Payload payload = entry.payload();
                bytes += payload == null ? 0 : payload.weight();
            }
        }
        return bytes;
    }
}
