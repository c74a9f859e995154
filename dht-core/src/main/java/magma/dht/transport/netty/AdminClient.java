package magma.dht.transport.netty;

import java.io.IOException;
import magma.dht.wire.AdminRequest;
import magma.dht.wire.Reply;
import magma.dht.wire.Request;
import magma.dht.wire.Signal;
import magma.fs.FsException;

/** An operator's connection to a vulcano. Calls block until the vulcano has answered. */
public final class AdminClient implements AutoCloseable {
    private final EventLoops loops = new EventLoops("magma-admin", 1);
    private final ClientConnection connection;

    /**
     * Connects.
     *
     * @param client who asks, for people
     * @throws RefusedException when the vulcano says no
     * @throws IOException when none can be reached
     */
    public AdminClient(RemoteSettings settings, String client) throws IOException, InterruptedException {
        Signal.Hello hello = new Signal.Hello(0, settings.network(), Signal.Purpose.ADMIN, client);
        try {
            connection = ClientConnection.open(loops, settings, hello, new ClientConnection.Listener() {
                @Override
                public void changed(ClientConnection from, Signal.Changed changed) {}

                @Override
                public void lost(ClientConnection from) {}
            });
        } catch (IOException | InterruptedException e) {
            loops.close();
            throw e;
        }
    }

    public Reply.StatusOf status() throws IOException {
        return call(new AdminRequest.GetStatus(), Reply.StatusOf.class);
    }

    /** Returns when the vulcano has begun to stop. */
    public void stop() throws IOException {
        Reply.Done unused = call(new AdminRequest.Stop(), Reply.Done.class);
    }

    public Reply.Findings checkNamespace() throws IOException {
        return call(new AdminRequest.CheckNamespace(), Reply.Findings.class);
    }

    /** @param path names with '/' between them, from the root */
    public Reply.Places locate(byte[] path) throws IOException {
        return call(new AdminRequest.Locate(path), Reply.Places.class);
    }

    public void flush() throws IOException {
        Reply.Done unused = call(new AdminRequest.FlushAll(), Reply.Done.class);
    }

    /** @throws FsException what the vulcano answered */
    private <R extends Reply> R call(Request request, Class<R> kind) throws IOException {
        try (Answer answer = RemoteLink.checked(connection.call(request))) {
            return answer.as(kind);
        }
    }

    @Override
    public void close() {
        connection.close();
        loops.close();
    }
}
