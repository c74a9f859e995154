package magma.vulcano;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.Set;
import magma.fs.Caller;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.OpenOption;

/** Files whose content follows from their name. */
final class LavaContent {
    private static final int BYTES = 20_000;

    private LavaContent() {}

    static void write(FileSystem through, String prefix, int files) throws FsException {
        for (int file = 0; file < files; file++) {
            String name = prefix + file;
            FileSystem.Created created = through.create(
                    Caller.ROOT, through.root(), Name.of(name), 0644, true, Set.of(OpenOption.READ, OpenOption.WRITE));
            assertThat(created.file().write(Caller.ROOT, ByteBuffer.wrap(content(name)), 0))
                    .isEqualTo(BYTES);
            created.file().close();
        }
    }

    static void assertHolds(FileSystem through, String prefix, int files) throws FsException {
        for (int file = 0; file < files; file++) {
            String name = prefix + file;
            ByteBuffer read = ByteBuffer.allocate(BYTES);
            OpenFile open = through.open(
                    Caller.ROOT,
                    through.lookup(Caller.ROOT, through.root(), Name.of(name)).key(),
                    Set.of(OpenOption.READ));
            while (read.hasRemaining()) {
                int count = open.read(read.slice(read.position(), read.remaining()), read.position());
                assertThat(count).as("%s from %d", name, read.position()).isPositive();
                read.position(read.position() + count);
            }
            open.close();
            assertThat(read.array()).as(name).isEqualTo(content(name));
        }
    }

    private static byte[] content(String name) {
        byte[] content = new byte[BYTES];
        new Random(name.hashCode()).nextBytes(content);
        return content;
    }
}
