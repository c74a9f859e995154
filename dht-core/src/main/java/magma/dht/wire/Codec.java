package magma.dht.wire;

import java.nio.ByteBuffer;
import java.util.function.Function;

/**
 * How one kind of message stands in the body of a frame: fields first, then content to the end of the frame where the message has any.
 *
 * @param type on the wire
 * @param content what follows the fields; null for messages without
 */
record Codec<M extends Message>(
        int type,
        Class<M> message,
        Write<M> write,
        Read<M> read,
        @org.jspecify.annotations.Nullable Function<M, ByteBuffer> content) {

    /** Writes all fields but content. */
    interface Write<M> {
        void write(M message, FieldWriter to);
    }

    /** Reads all fields, and content. */
    interface Read<M> {
        M read(FieldReader from) throws MalformedFrameException, magma.fs.FsException;
    }

    static <M extends Message> Codec<M> of(int type, Class<M> message, Write<M> write, Read<M> read) {
        return new Codec<>(type, message, write, read, null);
    }

    static <M extends Message> Codec<M> withContent(
            int type, Class<M> message, Write<M> write, Read<M> read, Function<M, ByteBuffer> content) {
        return new Codec<>(type, message, write, read, content);
    }
}
