package magma.dht.identity;

import magma.fs.FsException;

/** Lets others into the network, and keeps those in it that are. On a thread that may block. */
public interface Joining {
    /**
     * For one that has a token and no certificate.
     *
     * @throws FsException EACCES when the token is not good: unknown, expired, used by another; EINVAL when the request is malformed; else when the network cannot
     *     say now
     */
    JoinReply join(JoinRequest request) throws FsException;

    /**
     * For the holder of a certificate that is valid still.
     *
     * @param holder as the connection has it
     * @throws FsException EACCES when the holder was revoked; EINVAL when the request is malformed; else when the network cannot say now
     */
    RenewReply renew(Principal holder, RenewRequest request) throws FsException;
}
