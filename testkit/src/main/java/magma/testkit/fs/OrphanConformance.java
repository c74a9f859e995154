package magma.testkit.fs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import magma.fs.AttributeChanges;
import magma.fs.Attributes;
import magma.fs.FileSystem;
import magma.fs.FileSystem.XattrMode;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import magma.fs.XattrName;
import org.junit.jupiter.api.Test;

/** Flares that have lost their last name while somebody holds them open. */
public abstract class OrphanConformance extends FileSystemConformance {

    private OpenFile opened() throws FsException {
        OpenFile file = fs.create(ROOT, top, name("f"), 0644, true, BOTH).file();
        file.write(ROOT, ByteBuffer.wrap(bytes("content")), 0);
        return file;
    }

    @Test
    void openFileLivesOnWithoutAName() throws FsException {
        try (OpenFile file = opened()) {
            Key key = file.flare();
            fs.unlink(ROOT, top, name("f"));
            assertAbsent(top, "f");
            assertThat(stat(key).links()).isZero();
            assertThat(read(file, 0, 100)).isEqualTo("content");
            file.write(ROOT, ByteBuffer.wrap(bytes("CONT")), 0);
            file.append(ROOT, ByteBuffer.wrap(bytes("!")));
            assertThat(read(file, 0, 100)).isEqualTo("CONTent!");
            file.sync(true);
        }
    }

    @Test
    void attributesOfAnOrphanCanBeChanged() throws FsException {
        try (OpenFile file = opened()) {
            Key key = file.flare();
            fs.unlink(ROOT, top, name("f"));
            fs.setAttributes(ROOT, key, AttributeChanges.mode(0600), file);
            fs.setAttributes(ROOT, key, AttributeChanges.owner(5, 6), null);
            fs.setAttributes(ROOT, key, AttributeChanges.size(3), file);
            fs.setXattr(ROOT, key, XattrName.of("user.x"), bytes("y"), XattrMode.CREATE);
            Attributes now = stat(key);
            assertThat(now.mode()).isEqualTo(0600);
            assertThat(now.uid()).isEqualTo(5);
            assertThat(now.size()).isEqualTo(3);
            assertThat(fs.getXattr(ROOT, key, XattrName.of("user.x"))).isEqualTo(bytes("y"));
        }
    }

    @Test
    void orphanGoesWithItsLastOpenFile() throws FsException {
        OpenFile first = opened();
        Key key = first.flare();
        OpenFile second = fs.open(MALLORY, key, READ);
        fs.unlink(ROOT, top, name("f"));
        OpenFile third = fs.open(ROOT, key, BOTH);
        first.close();
        third.close();
        assertThat(read(second, 0, 100)).isEqualTo("content");
        second.close();
        assertGone(key);
    }

    @Test
    void orphanIsHeldByOtherSessionsToo() throws FsException {
        Key key = file("f", "content");
        FileSystem other = session();
        OpenFile held = other.open(ROOT, key, READ);
        fs.unlink(ROOT, top, name("f"));
        assertThat(stat(key).links()).isZero();
        assertThat(read(held, 0, 100)).isEqualTo("content");
        other.close();
        assertGone(key);
    }

    @Test
    void newFileOfTheSameNameIsAnother() throws FsException {
        try (OpenFile old = opened()) {
            fs.unlink(ROOT, top, name("f"));
            Key key = file("f", "new");
            assertThat(key).isNotEqualTo(old.flare());
            assertThat(read(old, 0, 100)).isEqualTo("content");
            assertThat(read(key)).isEqualTo("new");
        }
        assertThat(read(lookup("f"))).isEqualTo("new");
    }

    @Test
    void storageOfAnOrphanComesBack() throws FsException {
        long flares = fs.statistics().flares();
        OpenFile file = opened();
        fs.unlink(ROOT, top, name("f"));
        file.close();
        assertThat(fs.statistics().flares()).isEqualTo(flares);
    }

    @Test
    void removedDirectoryLivesOnEmpty() throws FsException {
        Key key = directory(ROOT, "d", 0755);
        try (OpenDirectory directory = fs.openDirectory(ROOT, key)) {
            fs.removeDirectory(ROOT, top, name("d"));
            assertThat(stat(key).links()).isZero();
            assertThat(directory.list(OpenDirectory.START, 10, true).entries()).isEmpty();
            assertThat(directory.list(OpenDirectory.START, 10, true).end()).isTrue();
        }
        assertGone(key);
    }

    @Test
    void replacedDirectoryLivesOnEmpty() throws FsException {
        Key key = directory(ROOT, "d", 0755);
        directory(ROOT, "e", 0755);
        try (OpenDirectory directory = fs.openDirectory(ROOT, key)) {
            rename(top, "e", top, "d");
            assertThat(stat(key).links()).isZero();
            assertThat(directory.list(OpenDirectory.START, 10, false).entries()).isEmpty();
        }
        assertGone(key);
    }

    @Test
    void orphansDoNotOutliveACrash() throws Exception {
        OpenFile file = opened();
        Key key = file.flare();
        Key kept = file("kept", "kept");
        fs.unlink(ROOT, top, name("f"));
        crash();
        assertGone(key);
        assertThat(read(kept)).isEqualTo("kept");
        assertThat(list(top)).containsExactly("kept");
    }

    @Test
    void openFileKeepsAFlareThatIsLinkedAgainNowhere() throws FsException {
        OpenFile file = opened();
        Key key = file.flare();
        fs.link(ROOT, key, top, name("g"));
        fs.unlink(ROOT, top, name("f"));
        file.close();
        assertThat(stat(key).links()).isEqualTo(1);
        assertThat(read(lookup("g"))).isEqualTo("content");
    }
}
