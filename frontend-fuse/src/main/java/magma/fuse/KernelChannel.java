package magma.fuse;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The pipe to the kernel: whole messages in both directions. Safe for use by many threads. Buffers are direct.
 */
interface KernelChannel extends AutoCloseable {
    /**
     * Waits for the next request and puts it between position 0 and limit of {@code into}.
     *
     * @param into has room for the largest request, a write of the agreed size
     * @return false when there will be no more: the filesystem is unmounted
     * @throws IOException when the channel is broken
     */
    boolean receive(ByteBuffer into) throws IOException;

    /**
     * Sends what is between position and limit of {@code message}: a reply or a notification.
     *
     * @return false when nobody wants it: the caller of a request was killed, the filesystem is unmounted, or what a
     *     notification speaks of is not cached
     * @throws IOException when the kernel refuses the message as malformed, or the channel is broken
     */
    boolean send(ByteBuffer message) throws IOException;

    /** Ends the session, as seen by the kernel. Idempotent. A thread in {@link #receive} may go on waiting. */
    @Override
    void close();
}
