package magma.dht.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.dht.record.Content;
import magma.dht.record.Flare;
import magma.dht.record.RecordKind;
import magma.dht.record.Rights;
import magma.dht.record.Shard;
import magma.dht.record.Times;
import magma.dht.record.TransactionId;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.Version;
import magma.fs.AttributeChanges.TimeChange;
import magma.fs.FlareType;
import magma.fs.Key;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each command, with each condition and operation in it, against the bytes in golden.properties; a change there is a change of the protocol. */
class RequestCodecTest {
    private static final long SEED = 20261128;
    private static final Key KEY = new Key(0x0102030405060708L, 0x090a0b0c0d0e0f10L, 0x11121314);
    private static final Key OTHER = new Key(-2, -3, -4);
    private static final UUID SESSION = new UUID(0x2122232425262728L, 0x292a2b2c2d2e2f30L);
    private static final TransactionId TRANSACTION = new TransactionId(0x31, 0x32);
    private static final RequestId ID = new RequestId(SESSION, 0x4142, 0x43);
    private static final RecordId FLARE = RecordId.of(KEY, RecordKind.FLARE.code());
    private static final RecordId NAMED = RecordId.of(KEY, RecordKind.ENTRY.code(), new byte[] {0x6e, 0x6f});
    private static final RecordId CHUNK = RecordId.of(OTHER, RecordKind.CHUNK.code(), new byte[8]);
    private static final Rights RIGHTS = new Rights(0751, 7, 8, null, null, 9);

    private static Map<String, Request> samples() {
        Map<String, Request> samples = new LinkedHashMap<>();
        for (Condition condition : conditions()) {
            samples.put(name(condition), of(new Batch(List.of(condition), List.of(), Purpose.GROW)));
        }
        for (Operation operation : operations()) {
            samples.put(name(operation), of(new Batch(List.of(), List.of(operation), Purpose.RELEASE)));
        }
        for (Command command : commands()) {
            samples.put(name(command), new Request(command, ID));
        }
        return samples;
    }

    private static Request of(Batch batch) {
        return new Request(new Command.Apply(batch), null);
    }

    private static String name(Object sample) {
        return sample.getClass().getSimpleName();
    }

    private static List<Condition> conditions() {
        return List.of(
                new Condition.Absent(FLARE),
                new Condition.Exists(NAMED),
                new Condition.AtVersion(FLARE, new Version(3, 44)),
                new Condition.RightsAt(NAMED, 5),
                new Condition.Empty(FLARE));
    }

    private static List<Operation> operations() {
        Content content = Content.EMPTY.cut(5).withChunkLimit(6);
        Times times = Times.allAt(Instant.ofEpochSecond(1, 2));
        Flare flare = new Flare(FlareType.FILE, RIGHTS, 1, times, 2, 3, 4, new Flare.Special.File(content));
        TimeChange at = new TimeChange.At(Instant.ofEpochSecond(-5, 6));
        FlareChange change =
                new FlareChange(-1, RIGHTS, true, content, 77L, -78, at, new TimeChange.Now(), true, OTHER);
        return List.of(
                new Operation.Put(NAMED, new byte[] {1, 2}),
                new Operation.Remove(NAMED),
                new Operation.NewFlare(FLARE, flare),
                new Operation.ChangeFlare(FLARE, change),
                new Operation.DropLink(FLARE),
                new Operation.NewShard(NAMED, Shard.empty(RIGHTS, Instant.ofEpochSecond(1, 2))),
                new Operation.ChangeShard(NAMED, new ShardChange(-2, 3, RIGHTS, at, true)),
                new Operation.WriteChunk(CHUNK, 512, 3, ByteBuffer.wrap(new byte[] {5, 6, 7})),
                new Operation.PunchChunk(CHUNK, 512, 1024));
    }

    private static List<Command> commands() {
        Batch batch = new Batch(
                List.of(new Condition.Exists(FLARE)),
                List.of(new Operation.DropLink(FLARE)),
                Purpose.RELEASE,
                new ClientRequest(SESSION, 0x5152, 0x53, List.of(KEY, OTHER)));
        return List.of(
                new Command.Apply(batch),
                new Command.Prepare(TRANSACTION, KEY, batch),
                new Command.Decide(TRANSACTION, KEY, List.of(OTHER), batch),
                new Command.Finish(TRANSACTION, true),
                new Command.Abandon(TRANSACTION, KEY),
                new Command.Forget(TRANSACTION, KEY),
                new Command.Hold(KEY, SESSION),
                new Command.Release(KEY, SESSION),
                new Command.Declare(SESSION, List.of(KEY, OTHER)),
                new Command.EndReclaim(),
                new Command.EndSessions(List.of(SESSION)),
                new Command.ForgetOrigins(List.of(SESSION)));
    }

    static Set<String> kinds() {
        return samples().keySet();
    }

    private static Request sample(String kind) {
        return Objects.requireNonNull(samples().get(kind), kind);
    }

    private static byte[] bytes(Request request) {
        Encoder to = new Encoder();
        RequestCodec.write(to, request);
        return to.toBytes();
    }

    private static Request read(byte[] bytes) {
        return Decoder.decode("request", bytes, RequestCodec::read);
    }

    private static String golden(String kind) throws IOException {
        Properties golden = new Properties();
        try (InputStream in = RequestCodecTest.class.getResourceAsStream("golden.properties")) {
            golden.load(Objects.requireNonNull(in, "golden.properties"));
        }
        return golden.getProperty(kind, "none");
    }

    @Test
    void everyKindOfCommandConditionAndOperationHasASample() {
        Set<String> known = new HashSet<>();
        for (Class<?> type : List.of(Command.class, Condition.class, Operation.class)) {
            Arrays.stream(type.getPermittedSubclasses()).forEach(kind -> known.add(kind.getSimpleName()));
        }
        assertThat(kinds()).containsExactlyInAnyOrderElementsOf(known);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void requestsAreTheGoldenBytes(String kind) throws IOException {
        assertThat(HexFormat.of().formatHex(bytes(sample(kind)))).isEqualTo(golden(kind));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void whatIsReadIsWhatWasWritten(String kind) {
        Request request = sample(kind);
        Request again = read(bytes(request));
        assertThat(again.id()).isEqualTo(request.id());
        assertThat(again.command()).usingRecursiveComparison().isEqualTo(request.command());
        assertThat(bytes(again)).isEqualTo(bytes(request));
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

    /** Requests with random bytes changed: read as some request, which is written and read again the same, or refused; never anything else. */
    @ParameterizedTest
    @MethodSource("kinds")
    void damagedRequestsAreReadOrRefused(String kind) {
        Random random = new Random(SEED);
        byte[] whole = bytes(sample(kind));
        for (int round = 0; round < 3_000; round++) {
            byte[] damaged = Arrays.copyOf(whole, whole.length + random.nextInt(3));
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
            byte[] bytes = new byte[2 + random.nextInt(200)];
            random.nextBytes(bytes);
            bytes[0] = 0;
            bytes[1] = (byte) random.nextInt(14);
            readOrRefuse(bytes);
        }
    }

    private static void readOrRefuse(byte[] bytes) {
        try {
            byte[] written = bytes(read(bytes));
            assertThat(bytes(read(written))).isEqualTo(written);
        } catch (MalformedException refused) {
            assertThat(refused).hasMessageNotContaining("null");
        }
    }

    @Test
    void requestsOfAllKindsComeThroughWhole() {
        RandomRequests requests = new RandomRequests(new Random(SEED), new CommittedRecords());
        for (int round = 0; round < 5_000; round++) {
            Request request = requests.next();
            byte[] bytes = bytes(request);
            Request again = read(bytes);
            assertThat(again.id()).isEqualTo(request.id());
            assertThat(again.command()).hasSameClassAs(request.command());
            assertThat(bytes(again)).isEqualTo(bytes);
        }
    }
}
