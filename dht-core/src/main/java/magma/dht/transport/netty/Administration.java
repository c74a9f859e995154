package magma.dht.transport.netty;

import magma.dht.wire.Reply;
import magma.fs.FsException;

/** What the listener asks the vulcano for on behalf of operators. Called on the listener's worker threads; may block. */
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
}
