package magma.council.ratis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import magma.council.ratis.Messages.Answer;
import magma.council.ratis.Messages.Known;
import magma.council.ratis.Messages.Request;
import magma.council.ratis.Messages.Update;
import magma.dht.codec.MalformedException;
import magma.dht.council.Founding;
import magma.dht.replication.VulcanoId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What members say to each other, as bytes: members of different releases must understand each other. */
class MessagesTest {
    private static final long SEED = 20261127;
    private static final Founding FOUNDING = new Founding(2, new UUID(5, 6));
    private static final VulcanoId LEADER = new VulcanoId(new UUID(0, 1));

    private record Sample(byte[] bytes, String golden, Function<byte[], byte[]> again) {}

    private static Map<String, Sample> samples() {
        Function<byte[], byte[]> answer = bytes -> Answer.read(bytes).bytes();
        Function<byte[], byte[]> known = bytes -> Known.read(bytes).bytes();
        Function<byte[], byte[]> update = bytes -> Update.read(bytes).bytes();
        Map<String, Sample> samples = new LinkedHashMap<>();
        samples.put(
                "request",
                new Sample(
                        new Request(Messages.PROPOSE, new byte[] {7}).bytes(),
                        "011007",
                        bytes -> Request.read(bytes).bytes()));
        samples.put("done", new Sample(new Answer.Done(new byte[] {7}).bytes(), "0007", answer));
        samples.put("failed", new Sample(new Answer.Failed("no").bytes(), "01000000026e6f", answer));
        samples.put("refused", new Sample(new Answer.Refused("no").bytes(), "03000000026e6f", answer));
        samples.put(
                "elsewhere",
                new Sample(new Answer.Elsewhere(LEADER).bytes(), "020100000000000000000000000000000001", answer));
        samples.put(
                "known",
                new Sample(
                        new Known(FOUNDING, 9).bytes(),
                        "010000000000000002000000000000000500000000000000060000000000000009",
                        known));
        samples.put("nothing known", new Sample(Known.NOTHING.bytes(), "00ffffffffffffffff", known));
        samples.put(
                "founding",
                new Sample(
                        Messages.founding(FOUNDING),
                        "000000000000000200000000000000050000000000000006",
                        bytes -> Messages.founding(Messages.founding(bytes))));
        samples.put(
                "update",
                new Sample(
                        new Update(FOUNDING, LEADER, 3, new TreeSet<>(Set.of(LEADER)), 8, 9, null, List.of(new byte[] {7
                                }))
                                .bytes(),
                        "00000000000000020000000000000005000000000000000601000000000000000000000000000000010000000000000003"
                                + "00000001000000000000000000000000000000010000000000000008000000000000000900000000010000000107",
                        update));
        return samples;
    }

    static Set<String> kinds() {
        return samples().keySet();
    }

    private static Sample sample(String kind) {
        return Objects.requireNonNull(samples().get(kind));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void bytesAreTheGoldenOnesAndReadAgain(String kind) {
        Sample sample = sample(kind);
        assertThat(HexFormat.of().formatHex(sample.bytes())).isEqualTo(sample.golden());
        assertThat(sample.again().apply(sample.bytes())).isEqualTo(sample.bytes());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void damagedBytesAreReadOrRefused(String kind) {
        Sample sample = sample(kind);
        Random random = new Random(SEED + kind.hashCode());
        for (int round = 0; round < 2000; round++) {
            byte[] damaged = Arrays.copyOf(sample.bytes(), random.nextInt(sample.bytes().length + 4));
            for (int change = random.nextInt(3); change > 0 && damaged.length > 0; change--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try {
                assertThat(sample.again().apply(damaged)).isNotNull();
            } catch (MalformedException refused) {
                assertThat(refused).hasMessageNotContaining("null");
            }
        }
    }

    @Test
    void anUpdateWithAStateReadsAgain() {
        byte[] state = "state".getBytes(StandardCharsets.UTF_8);
        Update update = new Update(FOUNDING, null, 3, new TreeSet<>(), -1, 9, state, List.of());
        assertThat(Update.read(update.bytes()).state()).isEqualTo(state);
        assertThat(Update.read(update.bytes()).leader()).isNull();
    }

    @Test
    void aRequestOfAnotherVersionIsRefused() {
        assertThatThrownBy(() -> Request.read(new byte[] {2, 16})).isInstanceOf(MalformedException.class);
    }

    @Test
    void aLongReasonIsCut() {
        Answer.Failed read = (Answer.Failed) Answer.read(new Answer.Failed("x".repeat(5000)).bytes());
        assertThat(read.reason()).hasSize(256);
    }
}
