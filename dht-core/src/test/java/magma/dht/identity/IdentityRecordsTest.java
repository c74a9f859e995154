package magma.dht.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.dht.replication.VulcanoId;
import magma.fs.Caller;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The bytes of all records of this package, and what they refuse. */
class IdentityRecordsTest {
    private static final Claims SOME = Claims.of(Set.of(1001), Set.of(100, 1001));

    private record Sample<T>(T value, BiConsumer<T, Encoder> write, Function<Decoder, T> read, String golden) {
        byte[] bytes() {
            return bytes(value);
        }

        byte[] bytes(T of) {
            Encoder to = new Encoder();
            write.accept(of, to);
            return to.toBytes();
        }

        byte[] again(byte[] from) {
            return bytes(Decoder.decode("sample", from, read));
        }
    }

    private static final Map<String, Sample<?>> SAMPLES = new LinkedHashMap<>();

    static {
        UUID one = new UUID(1, 2);
        byte[] two = {7, 8};
        SAMPLES.put(
                "claims",
                new Sample<>(SOME, Claims::write, Claims::read, "0000000001000003e90000000200000064000003e9"));
        SAMPLES.put(
                "principal",
                new Sample<>(
                        new Principal(one, Role.CLIENT, "ann", SOME, "1f"),
                        Principal::write,
                        Principal::read,
                        "000000000000000100000000000000020200000003616e6e"
                                + "0000000001000003e90000000200000064000003e9000000023166"));
        SAMPLES.put(
                "invitation",
                new Sample<>(
                        new Invitation(Role.READ_ONLY, Claims.ANY, "ann"),
                        Invitation::write,
                        Invitation::read,
                        "03010000000000000000" + "00000003616e6e"));
        SAMPLES.put(
                "join request",
                new Sample<>(
                        new JoinRequest(one, new byte[16], "ann", two),
                        JoinRequest::write,
                        JoinRequest::read,
                        "00000000000000010000000000000002" + "00".repeat(16) + "00000003616e6e" + "000000020708"));
        SAMPLES.put(
                "join reply",
                new Sample<>(
                        new JoinReply(List.of(two), two, null),
                        JoinReply::write,
                        JoinReply::read,
                        "00000001000000020708" + "000000020708" + "00"));
        SAMPLES.put(
                "join reply for a vulcano",
                new Sample<>(
                        new JoinReply(List.of(two), two, new JoinReply.ForVulcano(new byte[32], two)),
                        JoinReply::write,
                        JoinReply::read,
                        "00000001000000020708" + "000000020708" + "01" + "00".repeat(32) + "000000020708"));
        SAMPLES.put(
                "renew request",
                new Sample<>(new RenewRequest(two), RenewRequest::write, RenewRequest::read, "000000020708"));
        SAMPLES.put(
                "renew reply",
                new Sample<>(
                        new RenewReply(List.of(two)), RenewReply::write, RenewReply::read, "00000001000000020708"));
    }

    static Stream<String> samples() {
        return SAMPLES.keySet().stream();
    }

    private static Sample<?> sample(String name) {
        Sample<?> sample = SAMPLES.get(name);
        if (sample == null) {
            throw new IllegalArgumentException(name);
        }
        return sample;
    }

    @ParameterizedTest
    @MethodSource("samples")
    void theBytesAreAsTheyWereAndAreReadAgain(String name) {
        Sample<?> sample = sample(name);
        assertThat(HexFormat.of().formatHex(sample.bytes())).isEqualTo(sample.golden());
        assertThat(sample.again(sample.bytes())).isEqualTo(sample.bytes());
    }

    @ParameterizedTest
    @MethodSource("samples")
    void damagedBytesAreReadOrRefused(String name) {
        Sample<?> sample = sample(name);
        Random random = new Random(5);
        for (int round = 0; round < 2_000; round++) {
            byte[] bytes = java.util.Arrays.copyOf(sample.bytes(), sample.bytes().length + random.nextInt(5) - 2);
            for (int change = random.nextInt(3); change >= 0; change--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                assertThat(sample.again(bytes)).isNotEmpty();
            } catch (MalformedException refused) {
                assertThat(refused).hasMessageNotContaining("null");
            }
        }
    }

    @Test
    void claimsHoldForAllOfACaller() {
        assertThat(SOME.allows(Caller.of(1001, 1001, Set.of(), 0))).isTrue();
        assertThat(SOME.allows(Caller.of(1001, 100, Set.of(100, 1001), 0))).isTrue();
        assertThat(SOME.allows(Caller.of(1002, 1001, Set.of(), 0))).isFalse();
        assertThat(SOME.allows(Caller.of(1001, 1002, Set.of(), 0))).isFalse();
        assertThat(SOME.allows(Caller.of(1001, 1001, Set.of(27), 0))).isFalse();
        assertThat(SOME.allows(Caller.ROOT)).isFalse();
        assertThat(Claims.ANY.allows(Caller.ROOT)).isTrue();
        assertThat(Claims.of(Set.of(), Set.of()).allows(Caller.ROOT)).isFalse();
    }

    @Test
    void aVulcanoIsNamedByItsIdAndMayClaimAll() {
        VulcanoId id = new VulcanoId(new UUID(5, 6));
        Principal vulcano = Principal.ofVulcano(new UUID(1, 2), id);
        assertThat(vulcano.vulcano()).isEqualTo(id);
        assertThat(vulcano.claims().allows(Caller.ROOT)).isTrue();
        assertThatThrownBy(() -> new Principal(new UUID(1, 2), Role.VULCANO, "etna", Claims.ANY, ""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("etna");
        assertThatThrownBy(() -> new Principal(new UUID(1, 2), Role.VULCANO, id.toString(), SOME, ""))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Principal(new UUID(1, 2), Role.CLIENT, "ann", SOME, "").vulcano())
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void namesAreOneLine() {
        for (String name : List.of("", " ", " ann", "ann\n", "a\u0000b", "a".repeat(65))) {
            assertThatThrownBy(() -> new Principal(new UUID(1, 2), Role.CLIENT, name, SOME, ""))
                    .as(name)
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void rolesAreReadByTheirTexts() {
        for (Role role : Role.values()) {
            assertThat(Role.ofText(role.text())).contains(role);
        }
        assertThat(Role.ofText("root")).isEmpty();
    }

    @Test
    void secretsAreNotInTexts() {
        byte[] secret = new byte[16];
        JoinRequest request = new JoinRequest(new UUID(1, 2), secret, "ann", secret);
        assertThat(request.toString()).doesNotContain("[B").contains("ann");
        assertThat(new JoinReply.ForVulcano(new byte[32], secret).toString()).doesNotContain("[B");
    }
}
