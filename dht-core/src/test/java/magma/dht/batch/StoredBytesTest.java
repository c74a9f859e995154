package magma.dht.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import magma.dht.codec.MalformedException;
import magma.dht.record.ClientReply;
import magma.dht.record.LockList;
import magma.dht.record.Orphan;
import magma.dht.record.RecordKind;
import magma.dht.record.TransactionId;
import magma.dht.storage.RecordId;
import magma.fs.Key;
import magma.fs.Lock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The bytes of replies, intents, orphans and locks, as docs/layout.md promises them. A change here is a change of what is on disks. */
class StoredBytesTest {
    private static final Key KEY = new Key(0x0102030405060708L, 0x090a0b0c0d0e0f10L, 0x11121314);
    private static final UUID SESSION = new UUID(0x2122232425262728L, 0x292a2b2c2d2e2f30L);
    private static final String KEY_HEX = "0102030405060708090a0b0c0d0e0f1011121314";
    private static final String SESSION_HEX = "2122232425262728292a2b2c2d2e2f30";
    private static final String REPLY = "01" + "0000000000000007";

    /** A value with its bytes and how it is read. */
    private record Sample(byte[] bytes, String golden, Function<byte[], byte[]> again) {}

    private static Sample reply(Outcome outcome, String golden) {
        return new Sample(
                new StoredReply(7, outcome).encode(),
                REPLY + golden,
                bytes -> StoredReply.decode(bytes).encode());
    }

    private static Sample intent(@Nullable Instant at, String golden) {
        RecordId flare = RecordId.of(KEY, RecordKind.FLARE.code());
        return new Sample(
                new Intent(KEY, List.of(flare), List.of(new Operation.Remove(flare)), at).encode(),
                golden,
                bytes -> Intent.decode(bytes).encode());
    }

    private static Sample decision(Decision decision, String golden) {
        return new Sample(
                decision.encode(), golden, bytes -> Decision.decode(bytes).encode());
    }

    private static final Map<String, Sample> SAMPLES = samples();

    private static Map<String, Sample> samples() {
        RecordId flare = RecordId.of(KEY, RecordKind.FLARE.code());
        String id = "00000015" + "02" + KEY_HEX;
        Outcome.Done done = new Outcome.Done(Map.of(flare, new byte[] {5, 6}), -3);
        String doneHex = "fffffffffffffffd" + "00000001" + id + "00000002" + "0506";
        Map<String, Sample> samples = new LinkedHashMap<>();
        samples.put("done", reply(done, "01" + doneHex));
        samples.put("stale", reply(new Outcome.Stale(flare), "02" + id));
        samples.put(
                "blocked",
                reply(
                        new Outcome.Blocked(new TransactionId(1, 2), KEY),
                        "03" + "00000000000000010000000000000002" + KEY_HEX));
        samples.put("ended", reply(new Outcome.Ended(true, false), "04" + "0100"));
        samples.put("not prepared", reply(new Outcome.NotPrepared(), "05"));
        samples.put("abandoned", reply(new Outcome.Abandoned(), "06"));
        samples.put("superseded", reply(new Outcome.Superseded(), "07"));
        samples.put("already done", reply(new Outcome.AlreadyDone(List.of(KEY)), "08" + "00000001" + KEY_HEX));
        samples.put("more", reply(new Outcome.More(done), "09" + doneHex));
        samples.put("full", reply(new Outcome.Full(), "0a"));
        String intentHex = KEY_HEX + "00000001" + id + "00000001" + "02" + id;
        samples.put("intent", intent(Instant.ofEpochSecond(3, 4), "02" + intentHex + "0000000000000003" + "00000004"));
        samples.put("intent of format 1", intent(null, "01" + intentHex));
        samples.put("committed", decision(new Decision(true, List.of(KEY)), "0101" + "00000001" + KEY_HEX));
        samples.put("abandoned by one", decision(Decision.abandoned(), "0100" + "00000000"));
        samples.put("abandoned by many", decision(Decision.abandonedByMany(KEY), "0100" + "00000001" + KEY_HEX));
        samples.put(
                "client reply",
                new Sample(
                        new ClientReply(9, List.of(KEY)).encode(),
                        "01" + "0000000000000009" + "00000001" + KEY_HEX,
                        bytes -> ClientReply.decode(bytes).encode()));
        samples.put(
                "orphan",
                new Sample(
                        new Orphan(List.of(SESSION), false).encode(),
                        "01" + "00" + "00000001" + SESSION_HEX,
                        bytes -> Orphan.decode(bytes).encode()));
        Lock lock = new Lock(Lock.Family.FLOCK, new Lock.Owner(3), true, new Lock.Range(4, 5), 6);
        samples.put(
                "locks",
                new Sample(
                        new LockList(List.of(new LockList.Held(SESSION, lock))).encode(),
                        "01" + "00000001" + SESSION_HEX + "01" + "0000000000000003" + "01" + "0000000000000004"
                                + "0000000000000005" + "00000006",
                        bytes -> LockList.decode(bytes).encode()));
        return samples;
    }

    static Set<String> names() {
        return SAMPLES.keySet();
    }

    private static Sample sample(String name) {
        Sample sample = SAMPLES.get(name);
        if (sample == null) {
            throw new IllegalArgumentException(name);
        }
        return sample;
    }

    @Test
    void everyOutcomeHasASample() {
        Set<String> codes = SAMPLES.values().stream()
                .map(Sample::golden)
                .filter(golden -> golden.startsWith(REPLY))
                .map(golden -> golden.substring(REPLY.length(), REPLY.length() + 2))
                .collect(Collectors.toSet());
        assertThat(codes).hasSize(Outcome.class.getPermittedSubclasses().length);
    }

    @ParameterizedTest
    @MethodSource("names")
    void bytesAreTheGoldenBytes(String name) {
        assertThat(HexFormat.of().formatHex(sample(name).bytes()))
                .isEqualTo(sample(name).golden());
    }

    @ParameterizedTest
    @MethodSource("names")
    void whatIsReadIsWrittenTheSame(String name) {
        assertThat(sample(name).again().apply(sample(name).bytes()))
                .isEqualTo(sample(name).bytes());
    }

    @ParameterizedTest
    @MethodSource("names")
    void anyCutOrTailIsRefused(String name) {
        byte[] bytes = sample(name).bytes();
        IntStream.range(1, bytes.length + 2)
                .filter(length -> length != bytes.length)
                .forEach(length -> assertThatThrownBy(() -> sample(name).again().apply(Arrays.copyOf(bytes, length)))
                        .as("%d bytes", length)
                        .isInstanceOf(MalformedException.class));
    }

    @ParameterizedTest
    @MethodSource("names")
    void damagedBytesAreReadOrRefused(String name) {
        Random random = new Random(name.hashCode());
        for (int round = 0; round < 2000; round++) {
            byte[] bytes = Arrays.copyOf(sample(name).bytes(), sample(name).bytes().length + random.nextInt(3));
            for (int change = random.nextInt(4); change >= 0; change--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                byte[] again = sample(name).again().apply(bytes);
                assertThat(again.length).as("read, and written again").isPositive();
            } catch (MalformedException e) {
                assertThat(e).hasMessageMatching("(?s).+");
            }
        }
    }

    @Test
    void anOrphanWithoutBytesSaysNothingOfItsHolders() {
        assertThat(Orphan.decode(new byte[0])).isEqualTo(new Orphan(List.of(), true));
    }

    @Test
    void moreHoldersThanAreListedAreOthers() {
        List<UUID> many = IntStream.range(0, Orphan.MAX_SESSIONS + 1)
                .mapToObj(i -> new UUID(0, i))
                .toList();
        Orphan orphan = Orphan.decode(new Orphan(many, false).encode());
        assertThat(orphan.sessions()).hasSize(Orphan.MAX_SESSIONS);
        assertThat(orphan.others()).isTrue();
    }
}
