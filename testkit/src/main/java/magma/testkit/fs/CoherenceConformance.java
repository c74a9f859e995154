package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import magma.fs.AttributeChanges;
import magma.fs.ChangeListener.Change;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FileSystem.RenameMode;
import magma.fs.FileSystem.XattrMode;
import magma.fs.FlareType;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.XattrName;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What one session does, the others see, and hear of before it is done. */
public abstract class CoherenceConformance extends FileSystemConformance {
    private final List<Change> heard = new CopyOnWriteArrayList<>();

    private FileSystem other;

    @SuppressWarnings("NullAway.Init")
    protected CoherenceConformance() {}

    @BeforeEach
    void openOther() throws FsException {
        other = session(heard::add);
    }

    @AfterEach
    void closeOther() {
        other.close();
    }

    /** What the other session hears while this one acts, having looked at what it asks about. */
    private List<Change> hearing(ThrowingCallable act) throws Exception {
        heard.clear();
        try {
            act.call();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
        return List.copyOf(heard);
    }

    private static boolean concerns(Change change, Key flare, boolean content) {
        return change instanceof Change.OfEverything
                || change instanceof Change.OfFlare of && of.flare().equals(flare) && (of.content() || !content);
    }

    private static boolean concerns(Change change, Key directory, Name name) {
        return change instanceof Change.OfEverything || change.equals(new Change.OfEntry(directory, name));
    }

    private void assertHeard(List<Change> changes, Key flare, boolean content) {
        assertThat(changes).as("change of " + flare).anyMatch(change -> concerns(change, flare, content));
    }

    private void assertHeard(List<Change> changes, Key directory, String name) {
        assertThat(changes).as("change of " + name).anyMatch(change -> concerns(change, directory, name(name)));
    }

    @Test
    void writtenContentIsSeenAtOnce() throws FsException {
        Key key = file("f", "old");
        try (OpenFile reading = other.open(ROOT, key, READ);
                OpenFile writing = fs.open(ROOT, key, WRITE)) {
            assertThat(read(reading, 0, 10)).isEqualTo("old");
            writing.write(ROOT, ByteBuffer.wrap(bytes("newer")), 0);
            assertThat(read(reading, 0, 10)).isEqualTo("newer");
            assertThat(other.getAttributes(key).size()).isEqualTo(5);
            fs.setAttributes(ROOT, key, AttributeChanges.size(2), writing);
            assertThat(read(reading, 0, 10)).isEqualTo("ne");
        }
    }

    @Test
    void appendsOfSessionsInterleave() throws FsException {
        Key key = file("f", "");
        try (OpenFile mine = fs.open(ROOT, key, BOTH);
                OpenFile theirs = other.open(ROOT, key, BOTH)) {
            for (int i = 0; i < 10; i++) {
                mine.append(ROOT, ByteBuffer.wrap(bytes("m")));
                theirs.append(ROOT, ByteBuffer.wrap(bytes("t")));
            }
            assertThat(read(mine, 0, 100)).isEqualTo("mt".repeat(10));
        }
    }

    @Test
    void namesComeAndGoForAllAtOnce() throws FsException {
        Key key = file("f", "x");
        assertThat(other.lookup(ROOT, top, name("f")).key()).isEqualTo(key);
        rename(top, "f", top, "g");
        assertThat(other.lookup(ROOT, top, name("g")).key()).isEqualTo(key);
        refused(Errno.ENOENT, () -> other.lookup(ROOT, top, name("f")));
        other.unlink(ROOT, top, name("g"));
        assertAbsent(top, "g");
    }

    @Test
    void permissionsAreSeenAtOnce() throws FsException {
        Key key = file(ALICE, "f", 0644);
        other.open(MALLORY, key, READ).close();
        chmod(key, 0600);
        refused(Errno.EACCES, () -> other.open(MALLORY, key, READ));
    }

    @Test
    void comingAndGoingNamesAreHeard() throws Exception {
        other.lookup(ROOT, fs.root(), name("top"));
        List<Change> made = hearing(() -> file(ROOT, "f", 0644));
        assertHeard(made, top, "f");
        assertHeard(made, top, false);
        Key key = lookup("f");
        other.lookup(ROOT, top, name("f"));
        List<Change> linked = hearing(() -> fs.link(ROOT, key, top, name("g")));
        assertHeard(linked, top, "g");
        assertHeard(linked, key, false);
        other.lookup(ROOT, top, name("g"));
        List<Change> unlinked = hearing(() -> fs.unlink(ROOT, top, name("g")));
        assertHeard(unlinked, top, "g");
        assertHeard(unlinked, key, false);
        Key directory = other.makeDirectory(ROOT, top, name("d"), 0755).key();
        List<Change> removed = hearing(() -> fs.removeDirectory(ROOT, top, name("d")));
        assertHeard(removed, top, "d");
        assertThat(directory).isNotEqualTo(key);
    }

    @Test
    void renameIsHeardAtBothEnds() throws Exception {
        Key from = directory(ROOT, "from", 0755);
        Key to = directory(ROOT, "to", 0755);
        for (RenameMode mode : RenameMode.values()) {
            fs.makeNode(ROOT, from, name("x"), FlareType.FILE, 0644, 0);
            if (mode == RenameMode.EXCHANGE) {
                other.lookup(ROOT, to, name("y"));
            }
            other.lookup(ROOT, from, name("x"));
            List<Change> renamed = hearing(() -> fs.rename(ROOT, from, name("x"), to, name("y"), mode));
            assertHeard(renamed, from, "x");
            assertHeard(renamed, to, "y");
            assertHeard(renamed, from, false);
            assertHeard(renamed, to, false);
            if (mode == RenameMode.REPLACE) {
                fs.unlink(ROOT, to, name("y"));
            }
        }
    }

    @Test
    void changesOfAFlareAreHeard() throws Exception {
        Key key = file("f", "content");
        try (OpenFile held = other.open(ROOT, key, READ);
                OpenFile file = fs.open(ROOT, key, WRITE)) {
            read(held, 0, 10);
            assertHeard(hearing(() -> chmod(key, 0600)), key, false);
            other.getAttributes(key);
            assertHeard(hearing(() -> chown(key, 1, 1)), key, false);
            other.getAttributes(key);
            XattrName name = XattrName.of("user.x");
            assertHeard(hearing(() -> fs.setXattr(ROOT, key, name, bytes("x"), XattrMode.CREATE)), key, false);
            other.getXattr(ROOT, key, name);
            assertHeard(hearing(() -> fs.removeXattr(ROOT, key, name)), key, false);
            read(held, 0, 10);
            assertHeard(
                    hearing(() -> {
                        file.write(ROOT, ByteBuffer.wrap(bytes("CON")), 0);
                        file.flush();
                    }),
                    key,
                    true);
            read(held, 0, 10);
            assertHeard(hearing(() -> fs.setAttributes(ROOT, key, AttributeChanges.size(1), file)), key, true);
            read(held, 0, 10);
            assertHeard(hearing(() -> file.punch(ROOT, 0, 1)), key, true);
        }
    }

    @Test
    void onesOwnChangesAndFailuresAreNotHeard() throws Exception {
        Key key = file("f", "content");
        assertThat(hearing(() -> {
                    other.setAttributes(ROOT, key, AttributeChanges.mode(0600), null);
                    other.makeDirectory(ROOT, top, name("d"), 0755);
                    refused(Errno.EEXIST, () -> directory(ROOT, "d", 0755));
                    fs.getAttributes(key);
                    lookup("f");
                }))
                .isEmpty();
    }
}
