package magma.testkit.lava;

import static magma.testkit.lava.TwoHomes.BOTH;
import static magma.testkit.lava.TwoHomes.GRACE;
import static magma.testkit.lava.TwoHomes.ONE;
import static magma.testkit.lava.TwoHomes.TWO;
import static magma.testkit.lava.TwoHomes.bytes;
import static magma.testkit.lava.TwoHomes.name;
import static magma.testkit.lava.TwoHomes.read;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import magma.dht.front.HomeSession;
import magma.dht.front.Homes.SessionName;
import magma.fs.AttributeChanges;
import magma.fs.Caller;
import magma.fs.ChangeListener.Change;
import magma.fs.Key;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which sessions are told of writes: whoever may know something of the file that is not so any more. */
class OnlookersTest {
    private static final Caller ROOT = Caller.ROOT;

    private TwoHomes homes;
    private HomeSession writer;
    private HomeSession other;
    private Key root;
    private Key file;
    private OpenFile open;
    private final List<Change> told = new ArrayList<>();

    @BeforeEach
    void open() throws Exception {
        homes = new TwoHomes(Lava.usual());
        writer = homes.first().open(ONE, 1);
        TwoHomes.OpenedFile created = TwoHomes.create(writer);
        root = created.root();
        file = created.key();
        open = created.open();
        other = openOther(homes.first(), 1);
    }

    private HomeSession openOther(TwoHomes.Home home, long generation) throws Exception {
        return home.volume().openHome(new SessionName(TWO, generation, "other"), told::add);
    }

    @AfterEach
    void close() throws Exception {
        homes.end(writer, other);
    }

    private boolean isToldOfWrite() throws Exception {
        told.clear();
        open.write(ROOT, bytes("x"), 0);
        return told.contains(new Change.OfFlare(file, true));
    }

    @Test
    void whoWasToldOfAWriteAndDidNotLookIsNotToldOfTheNext() throws Exception {
        assertThat(isToldOfWrite()).isTrue();
        assertThat(isToldOfWrite()).isFalse();
        open.sync(true);
        assertThat(isToldOfWrite()).isFalse();
    }

    /** A way to learn something of the file, or to leave something of it in one's own cache. */
    private record Look(String how, Step step) {
        @Override
        public String toString() {
            return how;
        }
    }

    private interface Step {
        void by(HomeSession session, Key root, Key file) throws Exception;
    }

    private static OpenFile opened(HomeSession session, Key file) throws Exception {
        return session.plain().open(ROOT, file, BOTH);
    }

    static Stream<Look> looks() {
        return Stream.of(
                new Look("attributes", (on, root, file) -> on.plain().getAttributes(file)),
                new Look("lookup", (on, root, file) -> on.plain().lookup(ROOT, root, name("file"))),
                new Look("list", (on, root, file) -> {
                    OpenDirectory directory = on.plain().openDirectory(ROOT, root);
                    directory.list(OpenDirectory.START, 10, true);
                    directory.close();
                }),
                new Look(
                        "mode",
                        (on, root, file) -> on.plain().setAttributes(ROOT, file, AttributeChanges.mode(0600), null)),
                new Look("link", (on, root, file) -> on.plain().link(ROOT, file, root, name("link"))),
                new Look("open", (on, root, file) -> opened(on, file).close()),
                new Look("open again", (on, root, file) -> on.reopen(file, BOTH).close()),
                new Look(
                        "create",
                        (on, root, file) -> on.plain()
                                .create(ROOT, root, name("file"), 0644, false, BOTH)
                                .file()
                                .close()));
    }

    @ParameterizedTest
    @MethodSource("looks")
    void whoLooksIsToldAgain(Look look) throws Exception {
        assertThat(isToldOfWrite()).isTrue();
        look.step().by(other, root, file);
        assertThat(isToldOfWrite()).isTrue();
        assertThat(isToldOfWrite()).isFalse();
    }

    @Test
    void whoReadsOrWritesThroughAnOpenFileIsToldAgain() throws Exception {
        OpenFile theirs = opened(other, file);
        assertThat(isToldOfWrite()).isTrue();
        assertThat(read(theirs)).isEqualTo("x");
        assertThat(isToldOfWrite()).isTrue();
        theirs.write(ROOT, bytes("y"), 0);
        assertThat(isToldOfWrite()).isTrue();
        theirs.append(ROOT, bytes("z"));
        assertThat(isToldOfWrite()).isTrue();
        theirs.allocate(ROOT, 0, 100, false);
        assertThat(isToldOfWrite()).isTrue();
        theirs.close();
    }

    @Test
    void otherChangesAreToldEachTime() throws Exception {
        assertThat(isToldOfWrite()).isTrue();
        for (long size = 3; size > 0; size--) {
            told.clear();
            var unused = writer.plain()
                    .setAttributes(ROOT, file, new AttributeChanges(null, null, null, size, null, null), open);
            assertThat(told).contains(new Change.OfFlare(file, true));
        }
    }

    @Test
    void aSessionThatComesAgainIsToldAnew() throws Exception {
        assertThat(isToldOfWrite()).isTrue();
        other.abort();
        other = openOther(homes.first(), 2);
        assertThat(isToldOfWrite()).isTrue();
    }

    @Test
    void afterTheHomeHasChangedEveryWriteIsToldUntilAllKnow() throws Exception {
        assertThat(isToldOfWrite()).isTrue();
        homes.handOver(file);
        HomeSession there = homes.second().open(ONE, 1);
        HomeSession otherThere = openOther(homes.second(), 1);
        open = there.reopen(file, BOTH);
        assertThat(isToldOfWrite()).isTrue();
        assertThat(isToldOfWrite()).isTrue();
        homes.time.pass(GRACE);
        assertThat(isToldOfWrite()).isTrue();
        assertThat(isToldOfWrite()).isFalse();
        homes.end(there, otherThere);
    }
}
