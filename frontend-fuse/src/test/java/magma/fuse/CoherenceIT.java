package magma.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import magma.fs.AttributeChanges;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a mount shows of changes that another session of its volume makes, though the kernel may keep all it knows for an hour. */
class CoherenceIT {
    private MountedVolume mounted;
    private FileSystem other;

    @BeforeEach
    void mount() throws Exception {
        mounted = new MountedVolume();
        other = mounted.volume().openSession("other", ChangeListener.NONE);
        mounted.sh("mkdir d; printf 'first words' > d/f; ln d/f hard; ls -l d . > /dev/null; cat d/f > /dev/null;"
                + " test ! -e d/new; stat d/f > /dev/null");
    }

    @AfterEach
    void unmount() throws Exception {
        other.close();
        mounted.close();
    }

    private Key key(String... path) throws Exception {
        Key key = other.root();
        for (String name : path) {
            key = other.lookup(Caller.ROOT, key, Name.of(name)).key();
        }
        return key;
    }

    private void write(Key file, String text, OpenOption... options) throws Exception {
        try (OpenFile open = other.open(Caller.ROOT, file, FileSystem.options(options))) {
            open.write(Caller.ROOT, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
        }
    }

    /** Entries and mapped pages are told by a thread of their own, soon after: the script is repeated for a while. */
    private String eventually(String expected, String script) throws Exception {
        return mounted.sh("for i in $(seq 100); do got=$(" + script + "); test \"$got\" = '" + expected
                + "' && break; sleep 0.05; done; echo \"$got\"");
    }

    @Test
    void attributesThatOthersChangedAreShownAtOnce() throws Exception {
        Key file = key("d", "f");
        for (int mode = 0600; mode < 0700; mode++) {
            other.setAttributes(Caller.ROOT, file, AttributeChanges.mode(mode), null);
            assertThat(mounted.sh("stat -c %a d/f")).isEqualTo(Integer.toOctalString(mode));
        }
    }

    @Test
    void contentThatOthersWroteIsReadAtTheNextOpen() throws Exception {
        Key file = key("d", "f");
        write(file, "other words", OpenOption.WRITE);
        assertThat(mounted.sh("cat d/f hard")).isEqualTo("other wordsother words");
        write(file, "short", OpenOption.WRITE, OpenOption.TRUNCATE);
        assertThat(mounted.sh("cat hard; stat -c ' %s' d/f")).isEqualTo("short 5");
        write(file, "much longer than it was", OpenOption.WRITE);
        assertThat(mounted.sh("cat d/f")).isEqualTo("much longer than it was");
    }

    @Test
    void entriesThatOthersMadeMovedAndRemovedAreFollowed() throws Exception {
        other.create(Caller.ROOT, key("d"), Name.of("new"), 0644, true, Set.of())
                .file()
                .close();
        assertThat(eventually("there", "test -e d/new && echo there")).isEqualTo("there");
        assertThat(eventually("f new", "echo $(ls d)")).isEqualTo("f new");
        other.rename(Caller.ROOT, key("d"), Name.of("f"), key("d"), Name.of("g"), FileSystem.RenameMode.REPLACE);
        assertThat(eventually("gone", "test -e d/f || echo gone")).isEqualTo("gone");
        assertThat(mounted.sh("cat d/g")).isEqualTo("first words");
        other.unlink(Caller.ROOT, key("d"), Name.of("g"));
        assertThat(eventually("gone", "test -e d/g || echo gone")).isEqualTo("gone");
        assertThat(mounted.sh("stat -c %h hard")).isEqualTo("1");
        assertThat(eventually("new", "echo $(ls d)")).isEqualTo("new");
    }

    @Test
    void appendsOfTwoSessionsAreNotMixedUp() throws Exception {
        Key file = key("d", "f");
        mounted.sh("exec 3>> d/f; echo one >&3");
        try (OpenFile open = other.open(Caller.ROOT, file, Set.of(OpenOption.WRITE))) {
            open.append(Caller.ROOT, ByteBuffer.wrap("two\n".getBytes(StandardCharsets.UTF_8)));
        }
        mounted.sh("echo three >> d/f");
        assertThat(mounted.sh("cat d/f")).isEqualTo("first wordsone\ntwo\nthree");
    }

    @Test
    void lockOfOneSessionHoldsOffTheOther() throws Exception {
        magma.fs.Lock lock = new magma.fs.Lock(
                magma.fs.Lock.Family.FLOCK, new magma.fs.Lock.Owner(1), true, magma.fs.Lock.Range.ALL, 1);
        Key file = key("d", "f");
        other.lock(file, lock, true).get();
        assertThat(mounted.sh("flock -n d/f echo bad || echo busy")).isEqualTo("busy");
        other.unlock(file, lock.family(), lock.owner(), lock.range());
        assertThat(mounted.sh("flock -n d/f echo free")).isEqualTo("free");
    }

    @Test
    void stormOfChangesIsSurvived() throws Exception {
        Key directory = key("d");
        for (int i = 0; i < 30_000; i++) {
            other.create(Caller.ROOT, directory, Name.of("n" + i), 0644, true, Set.of())
                    .file()
                    .close();
        }
        assertThat(eventually("30001", "ls d | wc -l")).isEqualTo("30001");
    }
}
