package magma.dht.transport.netty;

import java.time.Duration;
import magma.dht.identity.Invitation;
import magma.dht.identity.Principal;
import magma.dht.identity.RenewReply;
import magma.dht.identity.RenewRequest;
import magma.dht.replication.VulcanoId;
import magma.dht.wire.AdminRequest;
import magma.dht.wire.Reply;
import magma.fs.Errno;
import magma.fs.FsException;

/** What the listener asks the vulcano for on behalf of operators. Called on threads of the listener that only administrators keep waiting; may block. */
public interface Administration {
    /** @param sessions the sessions that are connected */
    Reply.StatusOf status(java.util.List<Reply.SessionStatus> sessions) throws FsException;

    /** Begins to stop the vulcano, and returns at once. */
    void stop();

    Reply.Findings checkNamespace() throws FsException;

    /** @param path names with '/' between them, from the root */
    Reply.Places locate(byte[] path) throws FsException;

    /** Returns when all is durable. */
    void flush() throws FsException;

    /** Whether the replicas of each slice are equal. */
    default Reply.Findings compareReplicas() throws FsException {
        throw alone();
    }

    /** How the network is. */
    default Reply.LavaOf lava() throws FsException {
        throw alone();
    }

    /** @return a token */
    default String invite(Invitation invitation, Duration validity) throws FsException {
        throw alone();
    }

    default void expel(VulcanoId vulcano) throws FsException {
        throw alone();
    }

    /**
     * @param holder a serial number, or a name of a client or operator
     * @return how many certificates are worth nothing any more
     */
    default int revoke(String holder) throws FsException {
        throw alone();
    }

    default Reply.CertificatesOf certificates() throws FsException {
        throw alone();
    }

    default Reply.Joined join(AdminRequest.Join request) throws FsException {
        throw alone();
    }

    /** @param holder as the connection has shown */
    default RenewReply renew(Principal holder, RenewRequest request) throws FsException {
        throw alone();
    }

    private static FsException alone() {
        return new FsException(Errno.EOPNOTSUPP, "this vulcano is not of a network of several");
    }
}
