package magma.dht.council;

import static magma.dht.council.States.id;
import static magma.dht.council.States.ids;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
import magma.dht.codec.MalformedException;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.storage.Version;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Commands and results rest in the council's log and the state in its snapshots: golden.properties holds a sample of each, and a change there is a change of the format. */
class CouncilCodecTest {
    private static final long SEED = 20261127;
    private static final CommandId ID = new CommandId(new UUID(0x0102030405060708L, 0x090a0b0c0d0e0f10L));
    private static final UUID SESSION = new UUID(3, 4);
    private static final byte[] BYTES = {1, 2, 3};

    /** One that can be written and read again. */
    private record Sample(Object value, byte[] bytes, Function<byte[], byte[]> again) {}

    private static Map<String, Sample> samples() {
        Map<String, Sample> samples = new LinkedHashMap<>();
        for (CouncilCommand command : commands()) {
            samples.put(
                    command.getClass().getSimpleName(),
                    new Sample(
                            command,
                            command.encode(),
                            bytes -> CouncilCommand.decode(bytes).encode()));
        }
        for (Result result : results()) {
            samples.put(
                    "result." + result.getClass().getSimpleName(),
                    new Sample(
                            result,
                            result.encode(),
                            bytes -> Result.decode(bytes).encode()));
        }
        CouncilState state = state();
        samples.put(
                "state",
                new Sample(
                        state,
                        state.encode(),
                        bytes -> CouncilState.decode(bytes).encode()));
        return samples;
    }

    private static SliceConfig config() {
        SortedMap<VulcanoId, Version> unclean = new TreeMap<>();
        unclean.put(id(2), new Version(3, 9));
        return new SliceConfig(5, id(1), 7, ids(1, 2), ids(1, 2, 3), unclean, 1, 2, true);
    }

    private static List<CouncilCommand> commands() {
        SortedMap<Long, SliceConfig> next = new TreeMap<>(Map.of(4L, config()));
        SortedMap<Long, SortedSet<VulcanoId>> places = new TreeMap<>(Map.of(4L, ids(1, 3)));
        return List.of(
                new CouncilCommand.ChangeSlices(ID, next),
                new CouncilCommand.AddMember(ID, States.member(2, MemberKind.WITNESS)),
                new CouncilCommand.ExpelMember(ID, id(2), MemberState.EXPELLED, new TreeSet<>(List.of("a1"))),
                new CouncilCommand.MemberStarted(ID, id(2), 8, "host2:7000", "1.2", 3),
                new CouncilCommand.MemberDied(ID, id(2), 8),
                new CouncilCommand.ReportSpace(ID, id(2), 1000, 400),
                new CouncilCommand.Place(ID, places),
                new CouncilCommand.SetVoters(ID, ids(1, 2, 3)),
                new CouncilCommand.OpenSession(ID, SESSION, id(2), 8),
                new CouncilCommand.AttachSession(ID, SESSION, id(2), 1),
                new CouncilCommand.EndSessions(ID, List.of(SESSION)),
                new CouncilCommand.IssueToken(ID, "t1", BYTES, "vulcano", BYTES, 1000, 500),
                new CouncilCommand.RedeemToken(ID, "t1", BYTES, 600, "host3"),
                new CouncilCommand.Certified(ID, "a1", new CertificateRecord("client", "alice", 1000), 500),
                new CouncilCommand.Revoke(ID, "a1"),
                new CouncilCommand.RaiseFeatureLevel(ID, 2),
                new CouncilCommand.SetReplicasWanted(ID, 2),
                new CouncilCommand.SetAuthority(ID, BYTES),
                new CouncilCommand.Rename(ID, "ätna"));
    }

    private static List<Result> results() {
        return List.of(
                new Result.Accepted(9),
                new Result.Conflict("no"),
                new Result.SlicesChanged(9, new TreeSet<>(List.of(1L)), new TreeMap<>(Map.of(2L, "no"))),
                new Result.Attached(9, new SessionRecord(SESSION, id(2), 0, 2)),
                new Result.Redeemed(9, new TokenRecord(BYTES, "vulcano", BYTES, 1000, "host3")));
    }

    private static CouncilState state() {
        States states = new States();
        CouncilState state = states.joined(states.of(2, 2), 3, MemberKind.WITNESS);
        state = States.accepted(state, states.placing(1, ids(1, 2)));
        for (CouncilCommand command : List.of(
                new CouncilCommand.OpenSession(states.next(), SESSION, id(2), 0),
                new CouncilCommand.IssueToken(states.next(), "t1", BYTES, "vulcano", BYTES, 1000, 500),
                new CouncilCommand.RedeemToken(states.next(), "t1", BYTES, 600, "host3"),
                new CouncilCommand.Certified(states.next(), "a1", new CertificateRecord("client", "alice", 1000), 500),
                new CouncilCommand.Revoke(states.next(), "a1"),
                new CouncilCommand.SetAuthority(states.next(), BYTES),
                new CouncilCommand.SetReplicasWanted(states.next(), 2))) {
            state = States.accepted(state, command);
        }
        return state;
    }

    static Set<String> kinds() {
        return samples().keySet();
    }

    private static Sample sample(String kind) {
        return Objects.requireNonNull(samples().get(kind));
    }

    @Test
    void everyCommandAndResultHasASample() {
        Set<Class<?>> sampled = new LinkedHashSet<>();
        samples().values().forEach(sample -> sampled.add(sample.value().getClass()));
        Set<Class<?>> known = new LinkedHashSet<>(Arrays.asList(CouncilCommand.class.getPermittedSubclasses()));
        known.addAll(Arrays.asList(Result.class.getPermittedSubclasses()));
        known.add(CouncilState.class);
        assertThat(sampled).containsExactlyInAnyOrderElementsOf(known);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void bytesAreTheGoldenOnes(String kind) throws IOException {
        Properties golden = new Properties();
        try (InputStream in = CouncilCodecTest.class.getResourceAsStream("golden.properties")) {
            golden.load(in);
        }
        assertThat(HexFormat.of().formatHex(sample(kind).bytes())).isEqualTo(golden.getProperty(kind));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void whatIsReadIsWrittenTheSame(String kind) {
        Sample sample = sample(kind);
        assertThat(sample.again().apply(sample.bytes())).isEqualTo(sample.bytes());
    }

    @Test
    void aStateThatIsReadIsEqual() {
        CouncilState state = state();
        CouncilState read = CouncilState.decode(state.encode());
        assertThat(read.members()).isEqualTo(state.members());
        assertThat(read.slices()).isEqualTo(state.slices());
        assertThat(read.map()).isEqualTo(state.map());
        assertThat(read.sessions()).isEqualTo(state.sessions());
        assertThat(read.tokens()).isEqualTo(state.tokens());
        assertThat(read.remembered()).isEqualTo(state.remembered());
        assertThat(read.founding()).isEqualTo(state.founding());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void anyCutOrTailIsRefused(String kind) {
        Sample sample = sample(kind);
        for (int length = 0; length < sample.bytes().length; length++) {
            byte[] cut = Arrays.copyOf(sample.bytes(), length);
            assertThatThrownBy(() -> sample.again().apply(cut)).isInstanceOf(MalformedException.class);
        }
        byte[] tail = Arrays.copyOf(sample.bytes(), sample.bytes().length + 1);
        assertThatThrownBy(() -> sample.again().apply(tail)).isInstanceOf(MalformedException.class);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void damagedBytesAreReadOrRefused(String kind) {
        Sample sample = sample(kind);
        Random random = new Random(SEED + kind.hashCode());
        for (int round = 0; round < 1000; round++) {
            byte[] damaged = Arrays.copyOf(sample.bytes(), sample.bytes().length + random.nextInt(3));
            for (int change = random.nextInt(4); change >= 0; change--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            readOrRefuse(sample.again(), damaged);
        }
    }

    @Test
    void randomBytesAreReadOrRefused() {
        Random random = new Random(SEED);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(64)];
            random.nextBytes(bytes);
            readOrRefuse(read -> CouncilCommand.decode(read).encode(), bytes);
            readOrRefuse(read -> Result.decode(read).encode(), bytes);
            readOrRefuse(read -> CouncilState.decode(read).encode(), bytes);
        }
    }

    private static void readOrRefuse(Function<byte[], byte[]> again, byte[] bytes) {
        try {
            assertThat(again.apply(bytes)).isNotEmpty();
        } catch (MalformedException refused) {
            assertThat(refused).hasMessageNotContaining("null");
        }
    }

    @Test
    void aStateOfTheFirstFormatIsReadAndHasNoCertificates() throws IOException {
        Properties golden = new Properties();
        try (InputStream in = CouncilCodecTest.class.getResourceAsStream("golden.properties")) {
            golden.load(in);
        }
        CouncilState old = CouncilState.decode(HexFormat.of().parseHex(golden.getProperty("state-of-format-1")));
        assertThat(old.certificates()).isEmpty();
        assertThat(old.revoked()).containsExactly("a1");
        assertThat(CouncilState.decode(old.encode()).members()).isEqualTo(old.members());
    }

    @Test
    void aStateOfAnotherFormatIsNamed() {
        byte[] bytes = state().encode();
        bytes[0] = 9;
        assertThatThrownBy(() -> CouncilState.decode(bytes)).hasMessageContaining("format 9");
    }
}
