package magma.testkit.fs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import magma.fs.AttributeChanges;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FileSystem.RenameMode;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.fs.Volume;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * What the suites of fs-api share: a fresh volume for each test, people, and short words for what is done to it. A suite is an
 * abstract class for one area; each implementation extends it and says what its volume is.
 *
 * <p>Expectations come from the javadoc of fs-api, and for what that leaves to it from POSIX.1-2017 and Linux's manual pages.
 */
public abstract class FileSystemConformance {
    /** Owns what tests make for her. Umask 0, as all of these. */
    protected static final Caller ALICE = Caller.of(1001, 2001, Set.of(2001, 3000), 0);

    /** Shares the supplementary group 3000 with Alice. */
    protected static final Caller BOB = Caller.of(1002, 2002, Set.of(3000), 0);

    /** Has Alice's group for her effective one. */
    protected static final Caller CAROL = Caller.of(1003, 2001, Set.of(), 0);

    /** Shares nothing with anybody. */
    protected static final Caller MALLORY = Caller.of(1004, 2004, Set.of(), 0);

    protected static final Caller ROOT = Caller.ROOT;

    protected static final Set<OpenOption> READ = FileSystem.options(OpenOption.READ);
    protected static final Set<OpenOption> WRITE = FileSystem.options(OpenOption.WRITE);
    protected static final Set<OpenOption> BOTH = FileSystem.options(OpenOption.READ, OpenOption.WRITE);

    private Volume volume;
    private Key probe;

    /** The session that a test speaks through. */
    protected FileSystem fs;

    /** A directory that everybody may write to; what a test makes is made in it. */
    protected Key top;

    /** Fields are set before each test. */
    @SuppressWarnings("NullAway.Init")
    protected FileSystemConformance() {}

    /** A fresh and empty volume; asked for once in a test. */
    protected abstract Volume newVolume() throws Exception;

    /** Ends the volume after a test; the place to check what it left behind. */
    protected void end(Volume ended) throws Exception {}

    /** Ends the volume as a crash would, and brings it back; all sessions are lost. One that keeps nothing stays as it is. */
    protected Volume restart(Volume running) throws Exception {
        return running;
    }

    /** Called before each call of a session: the place to move slices, clean or flush. */
    protected void betweenOperations() {}

    @BeforeEach
    void openVolume() throws Exception {
        volume = newVolume();
        fs = session();
        top = fs.makeDirectory(ROOT, fs.root(), name("top"), 0777).key();
        probe = fs.makeNode(ROOT, fs.root(), name("probe"), FlareType.FILE, 0600, 0)
                .key();
    }

    @AfterEach
    void endVolume() throws Exception {
        fs.close();
        end(volume);
    }

    /** Crashes and comes back; {@link #fs} is a new session, keys stay good. */
    protected final void crash() throws Exception {
        Volume before = volume;
        volume = restart(before);
        if (volume == before) {
            fs.close();
        }
        fs = session();
    }

    /** Another session. */
    protected final FileSystem session() throws FsException {
        return session(ChangeListener.NONE);
    }

    protected final FileSystem session(ChangeListener listener) throws FsException {
        FileSystem session = volume.openSession("test", listener);
        return (FileSystem) Proxy.newProxyInstance(
                FileSystem.class.getClassLoader(), new Class<?>[] {FileSystem.class}, (proxy, method, arguments) -> {
                    betweenOperations();
                    try {
                        return method.invoke(session, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    protected static Name name(String text) {
        try {
            return Name.of(text);
        } catch (FsException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** A flare of any type in {@link #top}. */
    protected final Key make(Caller caller, FlareType type, String name, int mode) throws FsException {
        return make(caller, type, top, name, mode);
    }

    protected final Key make(Caller caller, FlareType type, Key directory, String name, int mode) throws FsException {
        return switch (type) {
            case DIRECTORY ->
                fs.makeDirectory(caller, directory, name(name), mode).key();
            case SYMLINK ->
                fs.symlink(caller, directory, name(name), bytes("target")).key();
            case CHARACTER_DEVICE, BLOCK_DEVICE -> device(caller, type, directory, name, mode);
            default -> fs.makeNode(caller, directory, name(name), type, mode, 0).key();
        };
    }

    private Key device(Caller caller, FlareType type, Key directory, String name, int mode) throws FsException {
        Key key = fs.makeNode(ROOT, directory, name(name), type, mode, 0x103).key();
        return fs.setAttributes(ROOT, key, AttributeChanges.owner(caller.uid(), caller.gid()), null)
                .key();
    }

    /** An empty file in {@link #top}. */
    protected final Key file(Caller caller, String name, int mode) throws FsException {
        return make(caller, FlareType.FILE, name, mode);
    }

    /** A file with content in {@link #top}. */
    protected final Key file(String name, String content) throws FsException {
        Key key = file(ROOT, name, 0644);
        write(key, 0, content);
        return key;
    }

    /** A directory in {@link #top}. */
    protected final Key directory(Caller caller, String name, int mode) throws FsException {
        return make(caller, FlareType.DIRECTORY, name, mode);
    }

    protected final Attributes stat(Key key) throws FsException {
        return fs.getAttributes(key);
    }

    protected final Key lookup(String name) throws FsException {
        return lookup(top, name);
    }

    protected final Key lookup(Key directory, String name) throws FsException {
        return fs.lookup(ROOT, directory, name(name)).key();
    }

    protected final void assertAbsent(Key directory, String name) {
        refused(Errno.ENOENT, () -> lookup(directory, name));
    }

    /** The flare is gone for good. */
    protected final void assertGone(Key key) {
        assertThat(errnoOf(catchThrowable(() -> fs.getAttributes(key)))).isIn(Errno.ENOENT, Errno.ESTALE);
    }

    protected final void chmod(Key key, int mode) throws FsException {
        fs.setAttributes(ROOT, key, AttributeChanges.mode(mode), null);
    }

    protected final void chown(Key key, int uid, int gid) throws FsException {
        fs.setAttributes(ROOT, key, AttributeChanges.owner(uid, gid), null);
    }

    protected final void rename(Key from, String oldName, Key to, String newName) throws FsException {
        fs.rename(ROOT, from, name(oldName), to, name(newName), RenameMode.REPLACE);
    }

    protected final void write(Key key, long offset, String content) throws FsException {
        try (OpenFile file = fs.open(ROOT, key, WRITE)) {
            file.write(ROOT, ByteBuffer.wrap(bytes(content)), offset);
        }
    }

    /** All of a file, as text. */
    protected final String read(Key key) throws FsException {
        try (OpenFile file = fs.open(ROOT, key, READ)) {
            return read(file, 0, Math.toIntExact(stat(key).size()));
        }
    }

    protected static String read(OpenFile file, long offset, int length) throws FsException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        int count = file.read(buffer, offset);
        assertThat(buffer.position()).isEqualTo(count);
        return new String(buffer.array(), 0, count, UTF_8);
    }

    protected static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    /** All names of a directory, in the order of the listing. */
    protected final List<String> list(Key directory) throws FsException {
        List<String> names = new ArrayList<>();
        try (OpenDirectory opened = fs.openDirectory(ROOT, directory)) {
            long cookie = OpenDirectory.START;
            while (true) {
                OpenDirectory.Page page = opened.list(cookie, 100, false);
                for (OpenDirectory.Entry entry : page.entries()) {
                    names.add(entry.name().toString());
                    cookie = entry.cookie();
                }
                if (page.end()) {
                    return names;
                }
            }
        }
    }

    /** Asserts that {@code act} is refused with {@code errno}. */
    protected static void refused(Errno errno, ThrowingCallable act) {
        Throwable thrown = catchThrowable(act);
        assertThat(thrown).as("refused with " + errno).isNotNull();
        assertThat(errnoOf(thrown)).as(thrown.getMessage()).isEqualTo(errno);
    }

    /** Why the call that ended with {@code thrown} was refused. */
    protected static Errno errnoOf(@Nullable Throwable thrown) {
        if (thrown instanceof FsException refusal) {
            return refusal.errno();
        }
        throw new AssertionError("expected a refusal", thrown);
    }

    /** Lets the volume's clock go on: what changes afterwards bears a later time than all that changed before. */
    protected final Instant tick() throws FsException {
        Instant before =
                fs.setAttributes(ROOT, probe, AttributeChanges.mode(0600), null).changed();
        Instant now = before;
        while (!now.isAfter(before)) {
            now = fs.setAttributes(ROOT, probe, AttributeChanges.mode(0600), null)
                    .changed();
        }
        return now;
    }
}
