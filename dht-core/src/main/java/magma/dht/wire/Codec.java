package magma.dht.wire;

import java.nio.ByteBuffer;
import java.util.function.BiConsumer;
import java.util.function.Function;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import org.jspecify.annotations.Nullable;

/**
 * How one kind of message stands in the body of a frame: fields first, then content to the end of the frame where the message has any.
 *
 * @param type on the wire
 * @param write writes all fields but content
 * @param read reads all fields, and content
 * @param content what follows the fields; null for messages without
 */
record Codec<M extends Message>(
        int type,
        Class<M> message,
        BiConsumer<M, Encoder> write,
        Function<Decoder, M> read,
        @Nullable Function<M, ByteBuffer> content) {

    static <M extends Message> Codec<M> of(
            int type, Class<M> message, BiConsumer<M, Encoder> write, Function<Decoder, M> read) {
        return new Codec<>(type, message, write, read, null);
    }

    static <M extends Message> Codec<M> withContent(
            int type,
            Class<M> message,
            BiConsumer<M, Encoder> write,
            Function<Decoder, M> read,
            Function<M, ByteBuffer> content) {
        return new Codec<>(type, message, write, read, content);
    }
}
