package magma.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import magma.fs.AttributeChanges;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.XattrName;
import magma.fuse.protocol.MessageReader;
import magma.fuse.protocol.Negotiation;
import magma.fuse.protocol.Opcode;
import magma.fuse.protocol.Requests;
import magma.testkit.fs.MemoryVolume;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A mount's session with a kernel that the test plays. */
class SessionTest {
    private static final long ROOT = NodeTable.ROOT;

    private final MemoryVolume memory = new MemoryVolume();
    private final BreakableVolume volume = new BreakableVolume(memory);
    private final ScriptedChannel kernel = new ScriptedChannel();
    private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
    private final Logger dispatcherLog = (Logger) LoggerFactory.getLogger(Dispatcher.class);
    private MountedSession mounted;

    SessionTest() throws Exception {
        mounted = MountedSession.start(volume, kernel, "fuse test", FuseSettings.DEFAULT.withMaxThreads(4));
    }

    @BeforeEach
    void negotiate() throws Exception {
        logged.start();
        dispatcherLog.addAppender(logged);
        dispatcherLog.setAdditive(false);
        assertThat(init(7, 45, -1L).code()).isZero();
    }

    @AfterEach
    void end() throws Exception {
        kernel.end();
        mounted.awaitEnd();
        dispatcherLog.detachAppender(logged);
        dispatcherLog.setAdditive(true);
    }

    private ScriptedChannel.Answer init(int major, int minor, long flags) throws InterruptedException {
        return kernel.call(
                Opcode.INIT,
                0,
                out -> out.putInt(major)
                        .putInt(minor)
                        .putInt(131072)
                        .putInt((int) flags)
                        .putInt((int) (flags >>> 32))
                        .put(new byte[44]));
    }

    private static Consumer<ByteBuffer> text(String... texts) {
        return out -> {
            for (String text : texts) {
                out.put(text.getBytes(StandardCharsets.UTF_8)).put((byte) 0);
            }
        };
    }

    private static Consumer<ByteBuffer> longs(long... values) {
        return out -> {
            for (long value : values) {
                out.putLong(value);
            }
        };
    }

    private static Consumer<ByteBuffer> create(String name) {
        return out -> {
            out.putInt(0102).putInt(0100644).putInt(0).putInt(0);
            text(name).accept(out);
        };
    }

    private static Consumer<ByteBuffer> lock(long handle, long owner, int type) {
        return out -> out.putLong(handle)
                .putLong(owner)
                .putLong(0)
                .putLong(Long.MAX_VALUE)
                .putInt(type)
                .putInt(1)
                .putInt(0)
                .putInt(0);
    }

    private record Opened(long node, long handle) {}

    private Opened createFile(String name) throws InterruptedException {
        ByteBuffer body = kernel.call(Opcode.CREATE, ROOT, create(name)).body();
        return new Opened(body.getLong(0), body.getLong(128));
    }

    @Test
    void initTakesOfTheOfferedWhatIsUseful() throws Exception {
        ByteBuffer body = init(7, 31, Negotiation.ASYNC_READ | Negotiation.POSIX_ACL | 1L << 16)
                .body();
        assertThat(body.getInt(0)).isEqualTo(7);
        assertThat(body.getInt(12)).isEqualTo((int) (Negotiation.ASYNC_READ | Negotiation.POSIX_ACL));
        assertThat(body.getInt(20)).isEqualTo(1 << 20);
    }

    @Test
    void initRefusesAKernelThatIsTooOldAndAsksANewerOneToStepBack() throws Exception {
        assertThat(init(7, 30, 0).code()).isEqualTo(-Errno.EPROTO.number());
        assertThat(init(6, 45, 0).code()).isEqualTo(-Errno.EPROTO.number());
        assertThat(init(8, 1, 0).body().getInt(0)).isEqualTo(7);
    }

    private int capability(long node) throws InterruptedException {
        return kernel.call(
                        Opcode.GETXATTR,
                        node,
                        out -> text("security.capability").accept(out.putLong(0)))
                .code();
    }

    private static final XattrName CAPABILITY = XattrName.CAPABILITY;

    @Test
    void thatAFileHasNoCapabilityIsAskedForOnceUntilSomebodyMayHaveGivenIt() throws Exception {
        int absent = -Errno.ENODATA.number();
        int asked = -Errno.EIO.number();
        Opened file = createFile("born");
        volume.breakAll();
        assertThat(capability(file.node())).isEqualTo(absent);
        volume.mend();
        try (FileSystem other = memory.openSession("other", ChangeListener.NONE)) {
            Key key = other.lookup(Caller.ROOT, other.root(), Name.of("born")).key();
            byte[] value = new byte[20];
            other.setXattr(Caller.ROOT, key, CAPABILITY, value, FileSystem.XattrMode.CREATE);
            assertThat(capability(file.node())).isZero();
            other.removeXattr(Caller.ROOT, key, CAPABILITY);
            volume.breakAll();
            assertThat(capability(file.node())).isEqualTo(asked);
            volume.mend();
            assertThat(capability(file.node())).isEqualTo(absent);
            volume.breakAll();
            assertThat(capability(file.node())).isEqualTo(absent);
            volume.mend();
        }
        Consumer<ByteBuffer> set = out -> text("security.capability", "12345678901234567890")
                .accept(out.putInt(20).putInt(0));
        assertThat(kernel.call(Opcode.SETXATTR, file.node(), set).code()).isZero();
        assertThat(capability(file.node())).isZero();
    }

    @Test
    void nameThatIsNotThereIsAnsweredSoThatTheKernelCanKeepIt() throws Exception {
        ScriptedChannel.Answer answer = kernel.call(Opcode.LOOKUP, ROOT, text("nothing"));
        assertThat(answer.code()).isZero();
        assertThat(answer.body().getLong(0)).isZero();
        assertThat(answer.body().getLong(16)).isEqualTo(3600);
    }

    @Test
    void entriesLastNoLongerThanALeaseWhereTheKernelCannotBeToldToForgetAll() throws Exception {
        init(7, 43, -1L);
        ByteBuffer body = kernel.call(Opcode.LOOKUP, ROOT, text("nothing")).body();
        assertThat(body.getLong(16)).isEqualTo(5);
        assertThat(body.getLong(24)).isEqualTo(3600);
    }

    @Test
    void unknownAndUnsupportedRequestsAreAnsweredWithEnosys() throws Exception {
        for (int opcode : new int[] {7, 19, 37, 39, 40, 48, 49, 51, 54, 4096, -5}) {
            assertThat(kernel.answer(kernel.ask(opcode, ROOT, longs(0, 0, 0, 0)))
                            .code())
                    .isEqualTo(-Errno.ENOSYS.number());
        }
    }

    @Test
    void requestsForNodesAndHandlesThatAreNotKnownAreRefused() throws Exception {
        assertThat(kernel.call(Opcode.GETATTR, 12345, longs(0, 0)).code()).isEqualTo(-Errno.ESTALE.number());
        assertThat(kernel.call(Opcode.READ, ROOT, longs(99, 0, 10, 0, 0)).code())
                .isEqualTo(-Errno.EBADF.number());
        assertThat(kernel.call(Opcode.RELEASE, ROOT, longs(99, 0, 0)).code()).isEqualTo(-Errno.EBADF.number());
    }

    @Test
    void renameWithFlagsThatAreNotKeptIsRefused() throws Exception {
        createFile("a");
        for (int flags : new int[] {4, 3, 8}) {
            Consumer<ByteBuffer> body = out -> {
                out.putLong(ROOT).putInt(flags).putInt(0);
                text("a", "b").accept(out);
            };
            assertThat(kernel.call(Opcode.RENAME2, ROOT, body).code()).isEqualTo(-Errno.EINVAL.number());
        }
    }

    /** A request of each kind that reaches the volume. */
    private Map<Opcode, Consumer<ByteBuffer>> requests(Opened file, long directory) {
        long fh = file.handle();
        Map<Opcode, Consumer<ByteBuffer>> bodies = new EnumMap<>(Opcode.class);
        bodies.put(Opcode.LOOKUP, text("x"));
        bodies.put(Opcode.GETATTR, longs(0, 0));
        bodies.put(Opcode.STATX, longs(0, 0, 0xfff));
        bodies.put(
                Opcode.SETATTR, out -> out.putInt(Requests.SetAttributes.MODE).put(new byte[84]));
        bodies.put(Opcode.READLINK, longs());
        bodies.put(Opcode.SYMLINK, text("s", "t"));
        bodies.put(Opcode.MKNOD, out -> out.putInt(0100644).putInt(0).putLong(0).put(new byte[] {'n', 0}));
        bodies.put(Opcode.MKDIR, out -> out.putLong(0755).put(new byte[] {'d', 0}));
        bodies.put(Opcode.UNLINK, text("x"));
        bodies.put(Opcode.RMDIR, text("x"));
        bodies.put(Opcode.RENAME, out -> text("a", "b").accept(out.putLong(ROOT)));
        bodies.put(
                Opcode.RENAME2, out -> text("a", "b").accept(out.putLong(ROOT).putLong(0)));
        bodies.put(Opcode.LINK, out -> text("l").accept(out.putLong(file.node())));
        bodies.put(Opcode.OPEN, longs(0));
        bodies.put(Opcode.CREATE, create("c"));
        bodies.put(Opcode.READ, longs(fh, 0, 10, 0, 0));
        bodies.put(
                Opcode.WRITE,
                out -> out.putLong(fh)
                        .putLong(0)
                        .putLong(3)
                        .putLong(0)
                        .putLong(0)
                        .put(new byte[3]));
        bodies.put(Opcode.STATFS, longs());
        bodies.put(Opcode.FSYNC, longs(fh, 0));
        bodies.put(
                Opcode.SETXATTR, out -> text("user.a", "v").accept(out.putInt(2).putInt(0)));
        bodies.put(Opcode.GETXATTR, out -> text("user.a").accept(out.putLong(0)));
        bodies.put(Opcode.LISTXATTR, longs(0));
        bodies.put(Opcode.REMOVEXATTR, text("user.a"));
        bodies.put(Opcode.FLUSH, longs(fh, 0, 1));
        bodies.put(Opcode.OPENDIR, longs(0));
        bodies.put(Opcode.READDIR, longs(directory, 3, 4096, 0, 0));
        bodies.put(Opcode.READDIRPLUS, longs(directory, 3, 4096, 0, 0));
        bodies.put(Opcode.FSYNCDIR, longs(directory, 0));
        bodies.put(Opcode.GETLK, lock(fh, 1, Requests.LockRange.WRITE_LOCK));
        bodies.put(Opcode.SETLK, lock(fh, 1, Requests.LockRange.UNLOCK));
        bodies.put(Opcode.SETLKW, lock(fh, 1, Requests.LockRange.WRITE_LOCK));
        bodies.put(Opcode.ACCESS, longs(4));
        bodies.put(Opcode.FALLOCATE, longs(fh, 0, 10, 0));
        bodies.put(Opcode.LSEEK, longs(fh, 0, Requests.Seek.DATA));
        bodies.put(Opcode.COPY_FILE_RANGE, longs(fh, 0, ROOT, fh, 100, 10, 0));
        bodies.put(Opcode.COPY_FILE_RANGE_64, longs(fh, 0, ROOT, fh, 100, 10, 0));
        bodies.put(Opcode.SYNCFS, longs(0));
        return bodies;
    }

    @Test
    void faultInEachHandlerIsLoggedAndAnsweredWithEio() throws Exception {
        Opened file = createFile("a");
        long directory = kernel.call(Opcode.OPENDIR, ROOT, longs(0)).body().getLong(0);
        Map<Opcode, Consumer<ByteBuffer>> requests = requests(file, directory);
        volume.breakAll();
        for (Map.Entry<Opcode, Consumer<ByteBuffer>> request : requests.entrySet()) {
            logged.list.clear();
            // FLUSH asks the volume for nothing but to flush; the lock of SETLKW fails in its future or at once.
            assertThat(kernel.call(request.getKey(), ROOT, request.getValue()).code())
                    .as("%s", request.getKey())
                    .isEqualTo(-Errno.EIO.number());
            assertThat(logged.list).as("%s", request.getKey()).singleElement().satisfies(event -> {
                assertThat(event.getLevel()).isEqualTo(Level.ERROR);
                assertThat(event.getFormattedMessage()).contains(request.getKey() + " of node 1");
                assertThat(event.getThrowableProxy().getMessage()).startsWith("injected");
            });
        }
        volume.mend();
        assertThat(kernel.call(Opcode.GETATTR, ROOT, longs(0, 0)).code()).isZero();
        Set<Opcode> withoutVolume = EnumSet.of(
                Opcode.FORGET,
                Opcode.BATCH_FORGET,
                Opcode.INIT,
                Opcode.DESTROY,
                Opcode.INTERRUPT,
                Opcode.NOTIFY_REPLY,
                Opcode.BMAP,
                Opcode.IOCTL,
                Opcode.POLL,
                Opcode.SETUPMAPPING,
                Opcode.REMOVEMAPPING,
                Opcode.TMPFILE,
                Opcode.RELEASE,
                Opcode.RELEASEDIR);
        assertThat(EnumSet.complementOf(EnumSet.copyOf(withoutVolume))).isEqualTo(requests.keySet());
    }

    @Test
    void malformedRequestsAreRefusedAndLoggedAndDoNoHarm() throws Exception {
        Opened file = createFile("a");
        long directory = kernel.call(Opcode.OPENDIR, ROOT, longs(0)).body().getLong(0);
        Map<Opcode, Consumer<ByteBuffer>> requests = requests(file, directory);
        requests.keySet()
                .removeAll(EnumSet.of(Opcode.GETATTR, Opcode.STATX, Opcode.READLINK, Opcode.STATFS, Opcode.SYNCFS));
        for (Opcode opcode : requests.keySet()) {
            logged.list.clear();
            assertThat(kernel.call(opcode, ROOT, out -> out.put((byte) 1)).code())
                    .as("%s", opcode)
                    .isEqualTo(-Errno.EINVAL.number());
            assertThat(logged.list)
                    .singleElement()
                    .satisfies(event -> assertThat(event.getLevel()).isEqualTo(Level.WARN));
        }
        assertThat(kernel.call(Opcode.GETATTR, ROOT, longs(0, 0)).code()).isZero();
    }

    @Test
    void randomRequestsDoNoHarm() throws Exception {
        long seed = 20261123;
        Random random = new Random(seed);
        dispatcherLog.setLevel(Level.ERROR);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            if (bytes.length >= 40) {
                ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
                int opcode = random.nextInt(56);
                out.putInt(0, random.nextInt(10) == 0 ? random.nextInt() : bytes.length);
                out.putInt(4, opcode == Opcode.DESTROY.number() ? 1 : opcode);
                out.putLong(16, random.nextInt(3));
            }
            if (bytes.length > 0) {
                kernel.askRaw(bytes);
            }
        }
        assertThat(kernel.call(Opcode.STATFS, ROOT, longs()).code())
                .as("seed %s", seed)
                .isZero();
        dispatcherLog.setLevel(null);
        assertThat(logged.list)
                .as("seed %s", seed)
                .noneMatch(event -> event.getLevel().isGreaterOrEqual(Level.ERROR));
    }

    @Test
    void sixtyFourRequestsWaitForALockAndHoldNoThread() throws Exception {
        Opened file = createFile("a");
        int type = Requests.LockRange.WRITE_LOCK;
        assertThat(kernel.call(Opcode.SETLK, file.node(), lock(file.handle(), 1, type))
                        .code())
                .isZero();
        List<Long> waiting = new ArrayList<>();
        for (int owner = 2; owner < 66; owner++) {
            waiting.add(kernel.ask(Opcode.SETLKW, file.node(), lock(file.handle(), owner, type)));
        }
        assertThat(kernel.call(Opcode.SETLK, file.node(), lock(file.handle(), 99, type))
                        .code())
                .isEqualTo(-Errno.EAGAIN.number());
        assertThat(waiting).allMatch(kernel::isUnanswered);
        // Half of them are interrupted, the others get it one after the other.
        for (int i = 0; i < 64; i += 2) {
            kernel.ask(Opcode.INTERRUPT, 0, longs(waiting.get(i)));
            assertThat(kernel.answer(waiting.get(i)).code()).isEqualTo(-Errno.EINTR.number());
        }
        Map<Long, Long> owners = new HashMap<>();
        for (int i = 1; i < 64; i += 2) {
            owners.put(waiting.get(i), i + 2L);
        }
        long holder = 1;
        while (!owners.isEmpty()) {
            // Closing releases it.
            assertThat(kernel.call(Opcode.FLUSH, file.node(), longs(file.handle(), 0, holder))
                            .code())
                    .isZero();
            long granted = kernel.firstAnswered(owners.keySet());
            assertThat(kernel.answer(granted).code()).isZero();
            holder = Objects.requireNonNull(owners.remove(granted));
        }
    }

    /** As when another thread of the process closes another descriptor of the file while one waits. */
    @Test
    void lockThatIsGrantedAfterItsOwnerHasClosedTheFileOnceGoesWithTheNextClose() throws Exception {
        Opened file = createFile("a");
        int type = Requests.LockRange.WRITE_LOCK;
        kernel.call(Opcode.SETLK, file.node(), lock(file.handle(), 1, type));
        long waiting = kernel.ask(Opcode.SETLKW, file.node(), lock(file.handle(), 2, type));
        kernel.call(Opcode.FLUSH, file.node(), longs(file.handle(), 0, 2));
        kernel.call(Opcode.FLUSH, file.node(), longs(file.handle(), 0, 1));
        assertThat(kernel.answer(waiting).code()).isZero();
        kernel.call(Opcode.FLUSH, file.node(), longs(file.handle(), 0, 2));
        assertThat(kernel.call(Opcode.SETLK, file.node(), lock(file.handle(), 3, type))
                        .code())
                .isZero();
    }

    @Test
    void interruptThatComesBeforeItsLockRequestCounts() throws Exception {
        Opened file = createFile("a");
        int type = Requests.LockRange.WRITE_LOCK;
        kernel.call(Opcode.SETLK, file.node(), lock(file.handle(), 1, type));
        // The kernel of this test names its requests by every second number.
        long interrupt = kernel.ask(Opcode.INTERRUPT, 0, out -> out.putLong(kernel.nextUnique() + 4));
        kernel.answer(kernel.ask(Opcode.GETATTR, ROOT, longs(0, 0)));
        long waiting = kernel.ask(Opcode.SETLKW, file.node(), lock(file.handle(), 2, type));
        assertThat(waiting).isEqualTo(interrupt + 4);
        assertThat(kernel.answer(waiting).code()).isEqualTo(-Errno.EINTR.number());
    }

    @Test
    void changesOfOthersAreToldToTheKernel() throws Exception {
        Opened file = createFile("a");
        try (FileSystem other = memory.openSession("other", ChangeListener.NONE)) {
            Key key = other.lookup(Caller.ROOT, other.root(), Name.of("a")).key();
            other.setAttributes(Caller.ROOT, key, AttributeChanges.mode(0600), null);
            ByteBuffer attributes = notificationFor(file.node());
            assertThat(attributes.getLong(8)).isEqualTo(-1);
            other.setAttributes(Caller.ROOT, key, AttributeChanges.size(5), null);
            assertThat(isContentTold(file.node())).isTrue();
            other.unlink(Caller.ROOT, other.root(), Name.of("a"));
            assertThat(entryTold()).isEqualTo("a");
        }
    }

    private ByteBuffer notificationFor(long node) throws InterruptedException {
        while (true) {
            ScriptedChannel.Answer notification = kernel.notification();
            if (notification.code() == 2 && notification.body().getLong(0) == node) {
                return notification.body();
            }
        }
    }

    private boolean isContentTold(long node) throws InterruptedException {
        while (notificationFor(node).getLong(8) != 0) {
            // Attributes are told on their own as well.
        }
        return true;
    }

    private String entryTold() throws Exception {
        while (true) {
            ScriptedChannel.Answer notification = kernel.notification();
            if (notification.code() == 3) {
                MessageReader in = new MessageReader(notification.body());
                in.skip(16);
                return new String(in.text(), StandardCharsets.UTF_8);
            }
        }
    }
}
