package magma.dht.transport.netty;

import java.io.IOException;
import java.time.Duration;
import magma.dht.identity.Invitation;
import magma.dht.identity.RenewReply;
import magma.dht.identity.RenewRequest;
import magma.dht.replication.VulcanoId;
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
        this(settings, Signal.Purpose.ADMIN, client);
    }

    /** To become a member: {@link #join} is all that can be asked. */
    public static AdminClient joining(RemoteSettings settings, String client) throws IOException, InterruptedException {
        return new AdminClient(settings, Signal.Purpose.JOIN, client);
    }

    private AdminClient(RemoteSettings settings, Signal.Purpose purpose, String client)
            throws IOException, InterruptedException {
        Signal.Hello hello = new Signal.Hello(0, settings.network(), purpose, client);
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

    public Reply.Findings compareReplicas() throws IOException {
        return call(new AdminRequest.CompareReplicas(), Reply.Findings.class);
    }

    /** @param path names with '/' between them, from the root */
    public Reply.Places locate(byte[] path) throws IOException {
        return call(new AdminRequest.Locate(path), Reply.Places.class);
    }

    public void flush() throws IOException {
        Reply.Done unused = call(new AdminRequest.FlushAll(), Reply.Done.class);
    }

    public Reply.LavaOf lava() throws IOException {
        return call(new AdminRequest.GetLava(), Reply.LavaOf.class);
    }

    /** @return a token */
    public String invite(Invitation invitation, Duration validity) throws IOException {
        return call(new AdminRequest.Invite(invitation, validity.toSeconds()), Reply.Text.class)
                .text();
    }

    public void expel(VulcanoId vulcano) throws IOException {
        Reply.Done unused = call(new AdminRequest.Expel(vulcano), Reply.Done.class);
    }

    /** @return how many certificates are worth nothing any more */
    public long revoke(String holder) throws IOException {
        return call(new AdminRequest.Revoke(holder), Reply.Amount.class).value();
    }

    public Reply.CertificatesOf certificates() throws IOException {
        return call(new AdminRequest.GetCertificates(), Reply.CertificatesOf.class);
    }

    public Reply.Joined join(AdminRequest.Join request) throws IOException {
        return call(request, Reply.Joined.class);
    }

    public RenewReply renew(RenewRequest request) throws IOException {
        return call(new AdminRequest.Renew(request), Reply.Renewed.class).reply();
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
