package magma.testkit.lava;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import magma.dht.batch.Command;
import magma.dht.namespace.ClientCall;
import magma.dht.namespace.Namespace;
import magma.dht.record.RecordKind;
import magma.dht.routing.LocalSlices;
import magma.dht.slice.Slice;
import magma.dht.storage.RecordId;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem.RenameMode;
import magma.fs.FileSystem.XattrMode;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.XattrName;
import magma.testkit.storage.MemoryStorage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** An operation that a client asks for again is carried out once, whenever the second attempt comes, and answered as the first. */
class ClientCallTest {
    private static final Caller ROOT = Caller.ROOT;
    private static final UUID SESSION = new UUID(3, 4);

    private final Lava lava = Lava.splitRoot();
    private final MemoryStorage storage = new MemoryStorage();
    private HookedSlices slices;
    private Namespace namespace;

    @FunctionalInterface
    interface Operation {
        Object run(Namespace namespace) throws FsException;
    }

    private record Named(String name, Operation operation) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Named> operations() {
        return Stream.of(
                new Named("create", n -> n.createFile(ROOT, n.root(), name("new"), 0644)),
                new Named("mkdir", n -> n.makeDirectory(ROOT, n.root(), name("new"), 0755)),
                new Named("symlink", n -> n.symlink(ROOT, n.root(), name("new"), text("to"))),
                new Named("link", n -> n.link(ROOT, at(n, "file"), n.root(), name("new"))),
                new Named("unlink", n -> n.unlink(ROOT, n.root(), name("file"))),
                new Named("rmdir", n -> n.removeDirectory(ROOT, n.root(), name("directory"))),
                new Named(
                        "rename",
                        n -> n.rename(ROOT, n.root(), name("file"), n.root(), name("other"), RenameMode.REPLACE)),
                new Named(
                        "exchange",
                        n -> n.rename(ROOT, n.root(), name("file"), n.root(), name("other"), RenameMode.EXCHANGE)),
                new Named("setXattr", n -> {
                    n.setXattr(ROOT, at(n, "keep"), new XattrName("user.a"), text("v"), XattrMode.CREATE);
                    return "";
                }),
                new Named("removeXattr", n -> {
                    n.removeXattr(ROOT, at(n, "keep"), new XattrName("user.b"));
                    return "";
                }));
    }

    @BeforeEach
    void open() throws Exception {
        slices = new HookedSlices(new LocalSlices(lava.map(), storage, Instant::now));
        Random random = new Random(42);
        namespace = new Namespace(
                slices,
                lava.keys(),
                Lava.NETWORK,
                count -> {
                    byte[] bytes = new byte[count];
                    random.nextBytes(bytes);
                    return bytes;
                },
                attempt -> {});
        namespace.createRoot();
        for (Slice slice : lava.map().slices()) {
            namespace.endReclaim(slice, slices.term(slice));
        }
        namespace.createFile(ROOT, namespace.root(), name("file"), 0644);
        namespace.createFile(ROOT, namespace.root(), name("other"), 0644);
        namespace.makeDirectory(ROOT, namespace.root(), name("directory"), 0755);
        Key keep =
                namespace.createFile(ROOT, namespace.root(), name("keep"), 0644).key();
        namespace.setXattr(ROOT, keep, new XattrName("user.b"), text("v"), XattrMode.CREATE);
    }

    @AfterEach
    void isClean() throws Exception {
        lava.assertClean(storage);
    }

    private static Name name(String text) throws FsException {
        return Name.of(text);
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Key at(Namespace namespace, String name) throws FsException {
        return namespace.lookup(ROOT, namespace.root(), name(name)).key();
    }

    private static ClientCall call(long sequence, boolean retry) {
        return new ClientCall(SESSION, 1, sequence, retry);
    }

    /** What an operation answers, without the times that it may see moved. */
    private static Object answer(Object result) {
        return result instanceof Attributes attributes ? attributes.key() : result;
    }

    @ParameterizedTest
    @MethodSource("operations")
    void aRetryAfterwardsIsAnsweredAsTheFirst(Named operation) throws Exception {
        Object first = operation.operation().run(namespace.under(call(1, false)));
        String picture = picture();
        Object second = operation.operation().run(namespace.under(call(1, true)));
        assertThat(answer(second)).isEqualTo(answer(first));
        assertThat(picture()).isEqualTo(picture);
    }

    @ParameterizedTest
    @MethodSource("operations")
    void aRetryThatOverlapsIsAnsweredAsTheFirst(Named operation) throws Exception {
        Object[] first = new Object[1];
        AtomicBoolean done = new AtomicBoolean();
        slices.hook = command -> {
            boolean decides = command instanceof Command.Apply || command instanceof Command.Decide;
            if (decides && done.compareAndSet(false, true)) {
                first[0] = operation.operation().run(namespace.under(call(1, false)));
            }
        };
        Object second = operation.operation().run(namespace.under(call(1, true)));
        assertThat(done).isTrue();
        assertThat(answer(second)).isEqualTo(answer(first[0]));
    }

    @ParameterizedTest
    @MethodSource("operations")
    void aRetryThatLookedTooEarlyIsAnsweredAsTheFirst(Named operation) throws Exception {
        Object[] first = new Object[1];
        AtomicBoolean done = new AtomicBoolean();
        slices.readHook = id -> {
            if (id.kind() == RecordKind.CLIENT_REPLY.code() && done.compareAndSet(false, true)) {
                first[0] = operation.operation().run(namespace.under(call(1, false)));
            }
        };
        Object second = operation.operation().run(namespace.under(call(1, true)));
        assertThat(done).isTrue();
        assertThat(answer(second)).isEqualTo(answer(first[0]));
    }

    @Test
    void aRetryOfABirthIsAnsweredThoughOthersHaveRemovedWhatWasBorn() throws Exception {
        Key file = namespace
                .under(call(1, false))
                .createFile(ROOT, namespace.root(), name("new"), 0644)
                .key();
        namespace.unlink(ROOT, namespace.root(), name("new"));
        Attributes again = namespace.under(call(1, true)).createFile(ROOT, namespace.root(), name("new"), 0644);
        assertThat(again.key()).isEqualTo(file);
        assertThat(again.mode()).isEqualTo(0644);
        namespace.under(call(2, false)).makeDirectory(ROOT, namespace.root(), name("made"), 0750);
        namespace.removeDirectory(ROOT, namespace.root(), name("made"));
        assertThat(namespace
                        .under(call(2, true))
                        .makeDirectory(ROOT, namespace.root(), name("made"), 0750)
                        .mode())
                .isEqualTo(0750);
    }

    @Test
    void whatIsNoRetryIsDecidedAnew() throws Exception {
        namespace.under(call(1, false)).createFile(ROOT, namespace.root(), name("new"), 0644);
        assertThatThrownBy(() -> namespace.under(call(2, false)).createFile(ROOT, namespace.root(), name("new"), 0644))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EEXIST));
    }

    @Test
    void aRetryOfWhatWasRefusedIsDecidedAnew() throws Exception {
        assertThatThrownBy(() -> namespace.under(call(1, false)).unlink(ROOT, namespace.root(), name("new")))
                .isInstanceOf(FsException.class);
        Key key =
                namespace.createFile(ROOT, namespace.root(), name("new"), 0644).key();
        assertThat(namespace.under(call(1, true)).unlink(ROOT, namespace.root(), name("new")))
                .isEqualTo(key);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCopyThatComesTooLateIsRefused(boolean retry) throws Exception {
        namespace.under(call(1, false)).unlink(ROOT, namespace.root(), name("file"));
        namespace.under(call(2, false)).createFile(ROOT, namespace.root(), name("file"), 0644);
        assertThatThrownBy(() -> namespace.under(call(1, retry)).unlink(ROOT, namespace.root(), name("file")))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ESTALE));
        assertThat(at(namespace, "file")).isNotNull();
    }

    private String picture() throws FsException {
        return namespace.list(namespace.root(), 2, 100, false).entries().toString()
                + namespace.flare(namespace.root()).change();
    }

    @Test
    void whatIsLeftOfSessionsThatEndedIsCleared() throws Exception {
        namespace.under(call(1, false)).createFile(ROOT, namespace.root(), name("new"), 0644);
        assertThat(replies()).isEqualTo(1);
        for (Slice slice : lava.map().slices()) {
            slices.submit(slice, new Command.ForgetOrigins(List.of(SESSION)));
        }
        assertThat(replies()).isZero();
    }

    private long replies() throws Exception {
        int kind = RecordKind.CLIENT_REPLY.code();
        return storage.scan(RecordId.of(Key.MIN, kind), RecordId.of(Key.MIN, kind + 1), 100)
                .size();
    }
}
