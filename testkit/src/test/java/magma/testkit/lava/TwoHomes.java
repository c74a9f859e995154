package magma.testkit.lava;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import magma.dht.front.HomeSession;
import magma.dht.front.Homes.SessionName;
import magma.dht.key.KeyScheme;
import magma.dht.slice.Slice;
import magma.dht.volume.LavaVolume;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.testkit.storage.MemoryStorage;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Two vulcanos of one network for tests: all slices are led by the first until they are handed over. */
final class TwoHomes implements AutoCloseable {
    static final Duration GRACE = Duration.ofSeconds(30);
    static final Set<OpenOption> BOTH = FileSystem.options(OpenOption.READ, OpenOption.WRITE);
    static final UUID ONE = new UUID(1, 1);
    static final UUID TWO = new UUID(2, 2);

    private final Lava lava;
    final MemoryStorage storage = new MemoryStorage();
    private final HandedSlices slices;
    final List<Home> homes = new ArrayList<>();
    final ManualLater time = new ManualLater();

    /** One vulcano. */
    record Home(HandedSlices.View slices, LavaVolume volume) {
        HomeSession open(UUID session, long generation) throws FsException {
            return volume.openHome(new SessionName(session, generation, "client"), ChangeListener.NONE);
        }
    }

    /** A file of the root directory, open for reading and writing. */
    record OpenedFile(Key root, Key key, OpenFile open) {}

    TwoHomes(Lava lava) throws Exception {
        this.lava = lava;
        this.slices = new HandedSlices(lava.map(), storage);
        for (int i = 0; i < 2; i++) {
            HandedSlices.View view = slices.new View(i);
            LavaVolume.Parts parts = new LavaVolume.Parts(
                    lava.keys(), Lava.NETWORK, Lava.entropy(i), attempt -> {}, Instant::now, time, GRACE);
            homes.add(new Home(view, LavaVolume.openHomeVolume(view, parts)));
        }
        first().volume().createRoot();
        for (Slice slice : lava.map().slices()) {
            first().volume().slicesGained(slice.number());
        }
        time.pass(GRACE);
    }

    Home first() {
        return homes.get(0);
    }

    Home second() {
        return homes.get(1);
    }

    /** Makes the file "file". */
    static OpenedFile create(HomeSession session) throws FsException {
        Key root = session.plain().root();
        FileSystem.Created created = session.plain().create(Caller.ROOT, root, name("file"), 0644, true, BOTH);
        return new OpenedFile(root, created.attributes().key(), created.file());
    }

    Slice slice(Key key) {
        return lava.map().of(key);
    }

    /** A key of another slice than the directory's that holds a part of its window too. */
    Key otherHalf(Key directory) {
        return lava.map().within(KeyScheme.windowFirst(directory), KeyScheme.windowLast(directory)).stream()
                .filter(slice -> !slice.contains(directory))
                .findFirst()
                .orElseThrow()
                .first();
    }

    /** The second leads the slice of that key from now on, and the first has heard of it. */
    void handOver(Key key) throws Exception {
        hand(slice(key), 0, 1);
    }

    void handBack(Key key) throws Exception {
        hand(slice(key), 1, 0);
    }

    private void hand(Slice slice, int from, int to) throws Exception {
        slices.hand(slice, to);
        homes.get(from).volume().slicesLost(slice.number());
        homes.get(to).volume().slicesGained(slice.number());
        time.pass(Duration.ZERO);
    }

    /** The same, but the first hears nothing. */
    void takeAway(Key key) throws Exception {
        first().slices().hearNothing();
        slices.hand(slice(key), 1);
        second().volume().slicesGained(slice(key).number());
        time.pass(Duration.ZERO);
    }

    static Name name(String text) {
        try {
            return Name.of(text);
        } catch (FsException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    static String read(OpenFile file) throws FsException {
        ByteBuffer to = ByteBuffer.allocate(1000);
        file.read(to, 0);
        return StandardCharsets.UTF_8.decode(to.flip()).toString();
    }

    static void assertFails(Errno errno, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FsException.class,
                        e -> org.assertj.core.api.Assertions.assertThat(e.errno())
                                .isEqualTo(errno));
    }

    /** Ends the sessions and the vulcanos; nothing may be wrong in the storage then. */
    void end(HomeSession... sessions) throws Exception {
        for (HomeSession session : sessions) {
            session.close();
        }
        close();
        lava.assertClean(storage);
    }

    @Override
    public void close() {
        homes.forEach(home -> home.volume().close());
    }
}
