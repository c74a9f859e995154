package magma.dht.wire;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import org.jspecify.annotations.Nullable;

/** From messages to bytes and back. */
public final class Codecs {
    /** The type of a {@link PeerRequest.DeathNotice}, which may come before anybody is known. */
    public static final int DEATH_NOTICE = 0x420;

    private static final int EXPECTED_BYTES = 256;

    /** Room for the head, which is known last. */
    private static final byte[] NO_HEAD = new byte[Frame.HEAD_BYTES];

    private static final Map<Class<?>, Codec<?>> BY_MESSAGE = new HashMap<>();
    private static final Map<Integer, Codec<?>> BY_TYPE = new HashMap<>();

    static {
        Stream.of(SignalCodecs.ALL, TreeCodecs.ALL, FileCodecs.ALL, AdminCodecs.ALL, ReplyCodecs.ALL, PeerCodecs.ALL)
                .flatMap(List::stream)
                .forEach(Codecs::register);
    }

    private Codecs() {}

    /**
     * One frame.
     *
     * @param head the head and the fields, array-backed
     * @param content what follows on the wire: the message's own buffer, not a copy; null for none
     */
    public record Encoded(ByteBuffer head, @Nullable ByteBuffer content) {
        /** Bytes on the wire. */
        public int bytes() {
            return head.remaining() + (content == null ? 0 : content.remaining());
        }
    }

    /**
     * @param id the request's, 0 for none
     * @throws IllegalArgumentException when the message does not fit a frame
     */
    public static Encoded encode(Message message, long id) {
        return encode(codec(message), message, id);
    }

    /** The type that stands in the head of this message's frames. */
    public static int type(Message message) {
        return codec(message).type();
    }

    /**
     * Reads a body. Messages with content keep a view of {@code body}.
     *
     * @param body exactly one, big-endian
     * @throws MalformedFrameException for a type that is not known or a body that is not one of its kind
     */
    public static Message decode(int type, ByteBuffer body) throws MalformedFrameException {
        Codec<?> codec = BY_TYPE.get(type);
        if (codec == null) {
            throw new MalformedFrameException("no message has the type 0x" + Integer.toHexString(type));
        }
        try {
            return Decoder.decode(codec.message().getSimpleName(), body, codec.read());
        } catch (MalformedException e) {
            throw new MalformedFrameException(String.valueOf(e.getMessage()), e);
        }
    }

    /** A message within another: its type, then its fields. For messages without content. */
    static void inner(Encoder to, Message message) {
        inner(to, codec(message), message);
    }

    private static <M extends Message> void inner(Encoder to, Codec<M> codec, Message message) {
        if (codec.content() != null) {
            throw new IllegalArgumentException("content within a message: " + codec.message());
        }
        codec.write().accept(codec.message().cast(message), to.u16(codec.type()));
    }

    /** @throws MalformedException when there is none of this kind, or one with another in it: many within each other would take all of the stack */
    static <M extends Message> M inner(Decoder from, Class<M> kind) {
        int type = from.u16();
        Codec<?> codec = BY_TYPE.get(type);
        if (codec == null || !kind.isAssignableFrom(codec.message()) || codec.message() == TreeRequest.Numbered.class) {
            throw new MalformedException("no " + kind.getSimpleName() + " has the type 0x" + Integer.toHexString(type));
        }
        return kind.cast(codec.read().apply(from));
    }

    private static <M extends Message> Encoded encode(Codec<M> codec, Message message, long id) {
        M own = codec.message().cast(message);
        Encoder fields = new Encoder(EXPECTED_BYTES).raw(NO_HEAD);
        codec.write().accept(own, fields);
        ByteBuffer content = codec.content() == null ? null : codec.content().apply(own);
        ByteBuffer head = fields.toBuffer();
        int body = head.remaining() - Frame.HEAD_BYTES + (content == null ? 0 : content.remaining());
        Frame.writeHead(head, body, codec.type(), id);
        return new Encoded(head.position(0), content);
    }

    private static Codec<?> codec(Message message) {
        Codec<?> codec = BY_MESSAGE.get(message.getClass());
        if (codec == null) {
            throw new IllegalArgumentException("no codec for " + message.getClass());
        }
        return codec;
    }

    private static void register(Codec<?> codec) {
        if (BY_MESSAGE.put(codec.message(), codec) != null || BY_TYPE.put(codec.type(), codec) != null) {
            throw new IllegalStateException("two codecs for " + codec);
        }
    }
}
