package magma.dht.transport.netty;

import io.netty.buffer.ByteBuf;
import magma.dht.wire.Reply;
import magma.fs.Errno;
import magma.fs.FsException;
import org.jspecify.annotations.Nullable;

/**
 * A reply, and the frame that its content is a view of. Close it when the content was used.
 *
 * @param frame null for replies without content
 */
record Answer(Reply reply, @Nullable ByteBuf frame) implements AutoCloseable {
    /** @throws FsException EPROTO when the reply is of another kind */
    <R extends Reply> R as(Class<R> kind) throws FsException {
        if (!kind.isInstance(reply)) {
            throw new FsException(
                    Errno.EPROTO,
                    "the vulcano answered " + reply.getClass().getSimpleName() + " for " + kind.getSimpleName());
        }
        return kind.cast(reply);
    }

    @Override
    public void close() {
        if (frame != null) {
            frame.release();
        }
    }
}
