package magma.dht.transport.netty;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import magma.dht.replication.VulcanoId;
import magma.dht.transport.NoContactException;
import magma.dht.wire.PeerRequest;
import magma.dht.wire.Reply;
import magma.dht.wire.Signal;
import magma.dht.wire.Signal.Replicate.OfSlice;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to one other vulcano. It is made when it is first needed, and made anew when it is needed after it was lost; for a while after an attempt that
 * failed there is none.
 */
final class PeerLink implements ClientConnection.Listener {
    private static final Logger log = LoggerFactory.getLogger(PeerLink.class);
    private static final long PAUSE_NANOS = 100_000_000L;

    /** Makes a connection; blocks. */
    @FunctionalInterface
    interface Connecting {
        ClientConnection connect(ClientConnection.Listener listener) throws IOException, InterruptedException;
    }

    private final VulcanoId to;
    private final Connecting connecting;
    private final java.util.concurrent.Executor connector;
    private final List<CompletableFuture<ClientConnection>> waiting = new ArrayList<>();
    private volatile @Nullable ClientConnection current;
    private volatile @Nullable Outbox outbox;
    private boolean busy;
    private boolean closed;
    private long failedAt;
    private @Nullable IOException failure;

    PeerLink(VulcanoId to, Connecting connecting, java.util.concurrent.Executor connector) {
        this.to = to;
        this.connecting = connecting;
        this.connector = connector;
    }

    /** Sends what may be lost. */
    void tell(OfSlice message) {
        Outbox open = outbox;
        if (open != null && open.isOpen()) {
            open.add(message);
        } else {
            CompletableFuture<ClientConnection> unused = connection();
        }
    }

    CompletableFuture<Reply> call(PeerRequest request) {
        ClientConnection open = current;
        return open != null && !open.isOver()
                ? call(open, request)
                : connection().thenCompose(connection -> call(connection, request));
    }

    private static CompletableFuture<Reply> call(ClientConnection connection, PeerRequest request) {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        try {
            connection.send(request).whenDone((answer, lost) -> {
                if (answer != null) {
                    reply.complete(detached(answer));
                } else {
                    reply.completeExceptionally(noContact(lost));
                }
            });
        } catch (ContactLostException e) {
            reply.completeExceptionally(noContact(e));
        }
        return reply;
    }

    /** Content outlives the frame that brought it. */
    private static Reply detached(Answer answer) {
        try (answer) {
            if (answer.reply() instanceof Reply.Content content) {
                java.nio.ByteBuffer copy =
                        java.nio.ByteBuffer.allocate(content.bytes().remaining());
                copy.put(content.bytes());
                return new Reply.Content(copy.flip());
            }
            return answer.reply();
        }
    }

    private static NoContactException noContact(@Nullable Throwable lost) {
        return lost instanceof NoContactException known ? known : new NoContactException(true, "no answer: " + lost);
    }

    private CompletableFuture<ClientConnection> connection() {
        CompletableFuture<ClientConnection> wanted = new CompletableFuture<>();
        synchronized (this) {
            ClientConnection open = current;
            if (open != null && !open.isOver()) {
                return CompletableFuture.completedFuture(open);
            }
            IOException reason = failure;
            if (closed || (reason != null && System.nanoTime() - failedAt < PAUSE_NANOS)) {
                String why = reason == null ? "this vulcano is stopping" : String.valueOf(reason.getMessage());
                return CompletableFuture.failedFuture(new NoContactException(false, why));
            }
            waiting.add(wanted);
            if (busy) {
                return wanted;
            }
            busy = true;
        }
        connector.execute(this::connect);
        return wanted;
    }

    private void connect() {
        try {
            connected(connecting.connect(this), null);
        } catch (IOException e) {
            connected(null, e);
        } catch (RuntimeException e) {
            connected(null, new IOException(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            connected(null, new IOException("interrupted", e));
        }
    }

    private void connected(@Nullable ClientConnection connection, @Nullable IOException problem) {
        List<CompletableFuture<ClientConnection>> told;
        boolean late;
        synchronized (this) {
            busy = false;
            late = closed;
            current = connection;
            outbox = connection == null ? null : new Outbox(connection);
            failure = problem;
            failedAt = System.nanoTime();
            told = List.copyOf(waiting);
            waiting.clear();
        }
        if (connection != null && !late) {
            log.debug("Contact with {}", to);
            told.forEach(each -> each.complete(connection));
            return;
        }
        if (connection != null) {
            connection.close();
        }
        IOException why = problem == null ? new IOException("this vulcano is stopping") : problem;
        log.debug("No contact with {}: {}", to, why.getMessage());
        told.forEach(
                each -> each.completeExceptionally(new NoContactException(false, String.valueOf(why.getMessage()))));
    }

    @Override
    public void changed(ClientConnection connection, Signal.Changed changed) {
        log.debug("{} tells of a change on a connection of peers", to);
    }

    @Override
    public void lost(ClientConnection connection) {
        log.debug("Contact with {} was lost", to);
    }

    void close() {
        ClientConnection open;
        synchronized (this) {
            closed = true;
            open = current;
        }
        if (open != null) {
            open.close();
        }
    }
}
