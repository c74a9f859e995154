package magma.dht.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import magma.dht.batch.RequestId;
import magma.dht.storage.Mutation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each message against the bytes that docs/wire.md promises. golden.properties holds a frame of each; a change there is a change of the protocol.
 */
class CodecsTest {
    private static final long ID = 0x0a0b0c0d0e0f1011L;
    private static final long SEED = 20261122;

    static Set<String> kinds() {
        return Samples.all().keySet();
    }

    @Test
    void everyKindOfMessageHasASample() {
        Set<Class<?>> sampled = new LinkedHashSet<>();
        Samples.all().values().forEach(message -> sampled.add(message.getClass()));
        Set<Class<?>> known = new LinkedHashSet<>();
        collect(Message.class, known);
        assertThat(sampled).containsExactlyInAnyOrderElementsOf(known);
    }

    private static void collect(Class<?> type, Set<Class<?>> into) {
        Class<?>[] permitted = type.getPermittedSubclasses();
        if (permitted == null) {
            into.add(type);
        } else {
            for (Class<?> each : permitted) {
                collect(each, into);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void framesAreTheGoldenBytes(String kind) throws IOException {
        assertThat(HexFormat.of().formatHex(frame(message(kind)))).isEqualTo(golden().get(kind));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void whatIsReadIsWrittenTheSame(String kind) throws IOException {
        byte[] frame = frame(message(kind));
        ByteBuffer buffer = ByteBuffer.wrap(frame);
        Frame head = Frame.readHead(buffer);
        assertThat(head.id()).isEqualTo(ID);
        assertThat(head.length()).isEqualTo(frame.length - Frame.LENGTH_BYTES);
        Message read = Codecs.decode(head.type(), buffer.slice());
        assertThat(frame(read)).isEqualTo(frame);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void anyCutOrTailIsRefused(String kind) throws IOException {
        byte[] frame = frame(message(kind));
        int type = Frame.readHead(ByteBuffer.wrap(frame)).type();
        byte[] body = java.util.Arrays.copyOfRange(frame, Frame.HEAD_BYTES, frame.length);
        boolean hasContent = Codecs.encode(message(kind), ID).content() != null;
        int fields = body.length - (hasContent ? 5 : 0);
        for (int length = 0; length < fields; length++) {
            ByteBuffer cut = ByteBuffer.wrap(body, 0, length).slice();
            assertThatThrownBy(() -> Codecs.decode(type, cut)).isInstanceOf(MalformedFrameException.class);
        }
        if (!hasContent) {
            ByteBuffer tail = ByteBuffer.wrap(java.util.Arrays.copyOf(body, body.length + 1));
            assertThatThrownBy(() -> Codecs.decode(type, tail)).isInstanceOf(MalformedFrameException.class);
        }
    }

    /** Bodies with random bytes changed: read as some message of the kind, or refused; never anything else. */
    @ParameterizedTest
    @MethodSource("kinds")
    void damagedBodiesAreReadOrRefused(String kind) throws IOException {
        byte[] frame = frame(message(kind));
        int type = Frame.readHead(ByteBuffer.wrap(frame)).type();
        Random random = new Random(SEED + type);
        for (int round = 0; round < 300; round++) {
            byte[] body = java.util.Arrays.copyOfRange(frame, Frame.HEAD_BYTES, frame.length + random.nextInt(9));
            for (int change = random.nextInt(4); change >= 0 && body.length > 0; change--) {
                body[random.nextInt(body.length)] = (byte) random.nextInt();
            }
            readOrRefuse(type, body);
        }
    }

    @Test
    void randomBodiesOfAnyTypeAreReadOrRefused() throws IOException {
        Random random = new Random(SEED);
        for (int round = 0; round < 50_000; round++) {
            byte[] body = new byte[random.nextInt(64)];
            random.nextBytes(body);
            readOrRefuse(random.nextInt(0x9000), body);
        }
    }

    private static void readOrRefuse(int type, byte[] body) {
        try {
            Message read = Codecs.decode(type, ByteBuffer.wrap(body));
            assertThat(Codecs.encode(read, ID).bytes()).isGreaterThanOrEqualTo(Frame.HEAD_BYTES);
        } catch (MalformedFrameException refused) {
            assertThat(refused).hasMessageNotContaining("null");
        }
    }

    @Test
    void lengthsOutOfBoundsAreRefusedBeforeAnythingIsAllocated() {
        for (int length : new int[] {-1, 0, Frame.MIN_LENGTH - 1, Frame.MAX_LENGTH + 1, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> Frame.checkLength(length)).isInstanceOf(MalformedFrameException.class);
        }
    }

    @Test
    void contentOfALongWriteIsNotCopied() throws IOException {
        ByteBuffer content = ByteBuffer.allocateDirect(Frame.CONTENT_BYTES);
        Codecs.Encoded encoded = Codecs.encode(new FileRequest.Write(1, Samples.CALLER, 0, content), ID);
        assertThat(encoded.content()).isSameAs(content);
        assertThat(encoded.bytes()).isLessThanOrEqualTo(Frame.LENGTH_BYTES + Frame.CLIENT_LENGTH);
    }

    @Test
    void messagesThatDoNotFitAFrameAreNotEncoded() {
        ByteBuffer content = ByteBuffer.allocate(Frame.MAX_LENGTH);
        assertThatThrownBy(() -> Codecs.encode(new FileRequest.Write(1, Samples.CALLER, 0, content), ID))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Codecs.encode(new AdminRequest.Locate(new byte[Frame.MAX_LENGTH]), ID))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** As deep as a client's frame allows: no reading of it may take the stack. */
    @Test
    void aNumberedRequestWithinAnotherIsRefused() {
        ByteBuffer body = ByteBuffer.allocate(Frame.CLIENT_LENGTH - Frame.MIN_LENGTH);
        int type = Codecs.type(new TreeRequest.Numbered(0, 1, false, new TreeRequest.SyncAll()));
        while (body.remaining() >= 15) {
            body.putInt(0).putLong(1).put((byte) 0).putShort((short) type);
        }
        assertThatThrownBy(() -> Codecs.decode(type, body.flip())).isInstanceOf(MalformedFrameException.class);
    }

    @Test
    void slotsAndRangesOfChunksThatCannotBeAreRefused() {
        assertIsRefused(message("Numbered"), 0, RequestId.SLOTS);
        PeerRequest.ReadChunk read = (PeerRequest.ReadChunk) message("ReadChunk");
        int offset = Long.BYTES + Integer.BYTES + read.chunk().encoded().length;
        assertIsRefused(read, offset, -1);
        assertIsRefused(read, offset, Mutation.CHUNK_BYTES - read.length() + 1);
        assertIsRefused(read, offset, Integer.MAX_VALUE);
    }

    /** With a number of the body set to {@code value}. */
    private static void assertIsRefused(Message message, int at, int value) {
        byte[] frame = frame(message);
        ByteBuffer body = ByteBuffer.wrap(frame, Frame.HEAD_BYTES, frame.length - Frame.HEAD_BYTES)
                .slice();
        body.putInt(at, value);
        assertThatThrownBy(() -> Codecs.decode(Codecs.type(message), body)).isInstanceOf(MalformedFrameException.class);
    }

    private static Message message(String kind) {
        Message message = Samples.all().get(kind);
        if (message == null) {
            throw new IllegalArgumentException(kind);
        }
        return message;
    }

    private static byte[] frame(Message message) {
        Codecs.Encoded encoded = Codecs.encode(message, ID);
        ByteBuffer whole = ByteBuffer.allocate(encoded.bytes()).put(encoded.head());
        if (encoded.content() != null) {
            whole.put(encoded.content().duplicate());
        }
        return whole.array();
    }

    private static Map<Object, Object> golden() throws IOException {
        Properties properties = new Properties();
        try (InputStream in = CodecsTest.class.getResourceAsStream("golden.properties")) {
            properties.load(java.util.Objects.requireNonNull(in, "golden.properties"));
        }
        return properties;
    }
}
