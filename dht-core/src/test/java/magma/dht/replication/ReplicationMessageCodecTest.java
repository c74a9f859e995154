package magma.dht.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.dht.storage.Version;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each message, and the council's word on a slice, against the bytes in golden.properties; a change there is a change of the protocol, or of what the council keeps. */
class ReplicationMessageCodecTest {
    private static final long SEED = 20261127;
    private static final VulcanoId A = id(0xa1);
    private static final VulcanoId B = id(0xb2);
    private static final VulcanoId C = id(0xc3);
    private static final SliceConfig CONFIG = new SliceConfig(
            0x0102030405060708L,
            A,
            0x1112131415161718L,
            new TreeSet<>(Set.of(A, B)),
            new TreeSet<>(Set.of(A, B, C)),
            new TreeMap<>(Map.of(B, new Version(6, 7))),
            3,
            2,
            true);

    private static final ReplicationMessageCodec<String> CODEC =
            new ReplicationMessageCodec<>(Encoder::text, from -> from.text(100));

    private static VulcanoId id(long number) {
        return new VulcanoId(new UUID(number << 56, number));
    }

    private static Map<String, ReplicationMessage<String>> samples() {
        Map<String, ReplicationMessage<String>> samples = new LinkedHashMap<>();
        samples.put(
                "Append",
                new ReplicationMessage.Append<>(
                        CONFIG,
                        -5,
                        new Version(2, 40),
                        List.of(new LogEntry<>(new Version(2, 41), "flare"), new LogEntry<>(new Version(3, 42), null)),
                        39,
                        41));
        samples.put(
                "Beacon",
                new ReplicationMessage.Append<>(CONFIG, Long.MAX_VALUE, new Version(3, 42), List.of(), 42, 41));
        samples.put("Accepted", new ReplicationMessage.Accepted<>(4, 5, -6, 8, 7, 1L << 40));
        samples.put("Diverged", new ReplicationMessage.Diverged<>(4, 5, -6, new Version(3, 9), new Version(2, 8)));
        samples.put("Behind", new ReplicationMessage.Behind<>(CONFIG, -6, 5, Version.NONE));
        samples.put("Outdated", new ReplicationMessage.Outdated<>(CONFIG));
        return samples;
    }

    static Set<String> kinds() {
        return samples().keySet();
    }

    private static byte[] bytes(ReplicationMessage<String> message) {
        Encoder to = new Encoder();
        CODEC.write(to, message);
        return to.toBytes();
    }

    private static ReplicationMessage<String> sample(String kind) {
        ReplicationMessage<String> sample = samples().get(kind);
        if (sample == null) {
            throw new IllegalArgumentException(kind);
        }
        return sample;
    }

    private static ReplicationMessage<String> read(byte[] bytes) {
        return Decoder.decode("replication message", bytes, CODEC::read);
    }

    private static String golden(String kind) throws IOException {
        Properties golden = new Properties();
        try (InputStream in = ReplicationMessageCodecTest.class.getResourceAsStream("golden.properties")) {
            golden.load(in);
        }
        return golden.getProperty(kind);
    }

    @Test
    void everyKindOfMessageHasASample() {
        Set<Class<?>> sampled = new TreeSet<>((one, other) -> one.getName().compareTo(other.getName()));
        samples().values().forEach(message -> sampled.add(message.getClass()));
        assertThat(sampled).containsExactlyInAnyOrder(ReplicationMessage.class.getPermittedSubclasses());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void messagesAreTheGoldenBytes(String kind) throws IOException {
        assertThat(HexFormat.of().formatHex(bytes(sample(kind)))).isEqualTo(golden(kind));
        assertThat(read(bytes(sample(kind)))).isEqualTo(sample(kind));
    }

    @Test
    void theCouncilsWordIsTheGoldenBytes() throws IOException {
        Encoder to = new Encoder();
        CONFIG.encode(to);
        assertThat(HexFormat.of().formatHex(to.toBytes())).isEqualTo(golden("SliceConfig"));
        assertThat(Decoder.decode("slice", to.toBytes(), SliceConfig::decode)).isEqualTo(CONFIG);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void anyCutOrTailIsRefused(String kind) {
        byte[] whole = bytes(sample(kind));
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> read(cut)).isInstanceOf(MalformedException.class);
        }
        assertThatThrownBy(() -> read(Arrays.copyOf(whole, whole.length + 1))).isInstanceOf(MalformedException.class);
    }

    /** Messages with random bytes changed: read as some message, which is written and read again the same, or refused; never anything else. */
    @ParameterizedTest
    @MethodSource("kinds")
    void damagedMessagesAreReadOrRefused(String kind) {
        Random random = new Random(SEED);
        byte[] whole = bytes(sample(kind));
        for (int round = 0; round < 5_000; round++) {
            byte[] damaged = whole.clone();
            for (int change = random.nextInt(4); change >= 0; change--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            readOrRefuse(damaged);
        }
    }

    @Test
    void randomBytesAreReadOrRefused() {
        Random random = new Random(SEED);
        for (int round = 0; round < 50_000; round++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            if (bytes.length > 0) {
                bytes[0] = (byte) random.nextInt(7);
            }
            readOrRefuse(bytes);
        }
    }

    private static void readOrRefuse(byte[] bytes) {
        try {
            ReplicationMessage<String> message = read(bytes);
            assertThat(read(bytes(message))).isEqualTo(message);
        } catch (MalformedException refused) {
            assertThat(refused).hasMessageNotContaining("null");
        }
    }

    @Test
    void entriesThatDoNotFollowEachOtherAreNoMessage() {
        List<LogEntry<String>> hole =
                List.of(new LogEntry<>(new Version(2, 41), "one"), new LogEntry<>(new Version(2, 43), "three"));
        assertThatThrownBy(() -> new ReplicationMessage.Append<>(CONFIG, 0, new Version(2, 40), hole, 0, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
