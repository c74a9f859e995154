package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import magma.fs.AttributeChanges;
import magma.fs.Attributes;
import magma.fs.FileSystem;
import magma.fs.FileSystem.RenameMode;
import magma.fs.FlareType;
import magma.fs.Key;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is there after the volume crashed and came back: all that was acknowledged. */
public abstract class DurabilityConformance extends FileSystemConformance {

    @ParameterizedTest
    @EnumSource
    void flaresComeBackAsTheyWere(FlareType type) throws Exception {
        Key key = make(ALICE, type, "x", 0640);
        Attributes before = stat(key);
        Attributes directory = stat(top);
        crash();
        assertThat(stat(key)).isEqualTo(before);
        assertThat(stat(top)).isEqualTo(directory);
        assertThat(fs.lookup(ROOT, top, name("x")).key()).isEqualTo(key);
        if (type == FlareType.SYMLINK) {
            assertThat(fs.readLink(key)).isEqualTo(bytes("target"));
        }
    }

    @Test
    void changesOfTheTreeComeBack() throws Exception {
        Key a = directory(ROOT, "a", 0755);
        Key b = directory(ROOT, "b", 0755);
        Key file = file("f", "content");
        fs.link(ROOT, file, a, name("link"));
        rename(top, "f", b, "moved");
        make(ROOT, FlareType.DIRECTORY, a, "sub", 0755);
        rename(a, "sub", b, "sub");
        file(ROOT, "gone", 0644);
        fs.unlink(ROOT, top, name("gone"));
        directory(ROOT, "goneToo", 0755);
        fs.removeDirectory(ROOT, top, name("goneToo"));
        fs.rename(ROOT, top, name("a"), top, name("b"), RenameMode.EXCHANGE);
        crash();
        assertThat(list(top)).containsExactlyInAnyOrder("a", "b");
        assertThat(lookup("a")).isEqualTo(b);
        assertThat(list(b)).containsExactlyInAnyOrder("moved", "sub");
        assertThat(list(a)).containsExactly("link");
        assertThat(stat(file).links()).isEqualTo(2);
        assertThat(stat(b).links()).isEqualTo(3);
        assertThat(stat(a).links()).isEqualTo(2);
        assertThat(fs.parent(lookup(b, "sub"))).isEqualTo(b);
        assertThat(read(file)).isEqualTo("content");
    }

    @Test
    void contentThatWasFlushedSyncedOrClosedComesBack() throws Exception {
        OpenFile flushed =
                fs.create(ROOT, top, name("flushed"), 0644, true, BOTH).file();
        OpenFile synced = fs.create(ROOT, top, name("synced"), 0644, true, BOTH).file();
        OpenFile data = fs.create(ROOT, top, name("data"), 0644, true, BOTH).file();
        OpenFile direct = fs.create(
                        ROOT, top, name("direct"), 0644, true, FileSystem.options(OpenOption.WRITE, OpenOption.SYNC))
                .file();
        for (OpenFile file : List.of(flushed, synced, data, direct)) {
            file.write(ROOT, ByteBuffer.wrap(bytes("x".repeat(10_000))), 0);
        }
        flushed.flush();
        synced.sync(true);
        data.sync(false);
        file("closed", "x".repeat(10_000));
        crash();
        for (String name : List.of("flushed", "synced", "data", "direct", "closed")) {
            assertThat(read(lookup(name))).as(name).isEqualTo("x".repeat(10_000));
        }
    }

    @Test
    void syncAllMakesEveryWriteDurable() throws Exception {
        List<OpenFile> files = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            OpenFile file =
                    fs.create(ROOT, top, name("f" + i), 0644, true, BOTH).file();
            file.write(ROOT, ByteBuffer.wrap(bytes("content" + i)), 0);
            files.add(file);
        }
        fs.syncAll();
        crash();
        for (int i = 0; i < 5; i++) {
            assertThat(read(files.get(i).flare())).isEqualTo("content" + i);
        }
    }

    @Test
    void truncationAndPunchComeBack() throws Exception {
        Key key = file("f", "x".repeat(100_000));
        try (OpenFile file = fs.open(ROOT, key, BOTH)) {
            file.punch(ROOT, 10, 50_000);
            fs.setAttributes(ROOT, key, AttributeChanges.size(60_000), file);
            fs.setAttributes(ROOT, key, AttributeChanges.size(70_000), file);
        }
        crash();
        assertThat(read(key)).isEqualTo("x".repeat(10) + "\0".repeat(50_000) + "x".repeat(9_990) + "\0".repeat(10_000));
    }

    @Test
    void everyStepOfALongHistoryComesBack() throws Exception {
        List<String> expected = new ArrayList<>();
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < 40; i++) {
                String name = "r" + round + "-" + i;
                write(file(ROOT, name, 0644), 0, name);
                expected.add(name);
            }
            for (int i = 0; i < 10; i++) {
                String name = "r" + round + "-" + i;
                fs.unlink(ROOT, top, name(name));
                expected.remove(name);
            }
            crash();
            assertThat(list(top)).containsExactlyInAnyOrderElementsOf(expected);
        }
        for (String name : expected) {
            assertThat(read(lookup(name))).isEqualTo(name);
        }
    }

    @Test
    void timesGoOnAfterACrash() throws Exception {
        Key key = file(ROOT, "f", 0644);
        Attributes before = stat(key);
        crash();
        Attributes after = fs.setAttributes(ROOT, key, AttributeChanges.mode(0600), null);
        assertThat(after.changed()).isAfterOrEqualTo(before.changed());
        assertThat(after.change()).isGreaterThan(before.change());
    }

    @Test
    void newFlaresAreNoOldOnes() throws Exception {
        Key old = file(ROOT, "f", 0644);
        fs.unlink(ROOT, top, name("f"));
        crash();
        assertThat(file(ROOT, "f", 0644)).isNotEqualTo(old);
        assertGone(old);
    }
}
