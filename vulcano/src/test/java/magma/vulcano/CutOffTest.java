package magma.vulcano;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import magma.dht.slice.SliceMap;
import magma.dht.transport.netty.RemoteSettings;
import magma.dht.transport.netty.RemoteVolume;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Lock;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.testkit.storage.MemoryStorage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client that was cut off from the network for longer than its locks are kept. */
class CutOffTest {
    private static final int MIB = 1 << 20;
    private static final Duration GRACE = Duration.ofSeconds(1);
    private static final Set<OpenOption> BOTH = FileSystem.options(OpenOption.READ, OpenOption.WRITE);

    @TempDir
    Path directory;

    @Test
    void itIsToldThatItsLocksAreLostAndWritesNothingOverWhatTheNextHolderWrote() throws Exception {
        try (TestNetwork network =
                new TestNetwork(directory, SliceMap.even(16), () -> new MemoryStorage(1L << 30, MIB), GRACE)) {
            List<LavaNode> nodes = network.of(3);
            Networks.awaitSpread(nodes);
            for (LavaNode node : nodes) {
                node.settled().get(Networks.PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
            try (Cable cable = new Cable(nodes.get(0).address());
                    RemoteVolume volume = new RemoteVolume(RemoteSettings.of(cable.address()));
                    RemoteVolume elsewhere =
                            new RemoteVolume(RemoteSettings.of(nodes.get(1).address()));
                    FileSystem session = volume.openSession("client", ChangeListener.NONE);
                    FileSystem other = elsewhere.openSession("other", ChangeListener.NONE)) {
                cutOff(session, other, cable);
            }
            assertThat(network.failures()).isEmpty();
        }
    }

    private static void cutOff(FileSystem session, FileSystem other, Cable cable) throws Exception {
        OpenFile file = session.create(Caller.ROOT, session.root(), Name.of("file"), 0644, true, BOTH)
                .file();
        session.lock(file.flare(), lock(1), false).get(60, TimeUnit.SECONDS);
        write(file, "1111");
        cable.cut();
        other.lock(file.flare(), lock(2), true).get(120, TimeUnit.SECONDS);
        OpenFile theirs = other.open(Caller.ROOT, file.flare(), BOTH);
        write(theirs, "2222");
        cable.mend();

        assertThatThrownBy(() -> write(file, "3333"))
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EIO));
        assertThatThrownBy(() -> file.sync(true)).isInstanceOf(FsException.class);
        assertThat(read(theirs)).isEqualTo("2222");
        session.unlock(file.flare(), Lock.Family.POSIX, new Lock.Owner(1), Lock.Range.ALL);
        assertThatThrownBy(file::close).isInstanceOf(FsException.class);
        other.unlock(file.flare(), Lock.Family.POSIX, new Lock.Owner(2), Lock.Range.ALL);
        session.lock(theirs.flare(), lock(1), false).get(60, TimeUnit.SECONDS);
        try (OpenFile anew = session.open(Caller.ROOT, theirs.flare(), BOTH)) {
            assertThat(read(anew)).isEqualTo("2222");
            write(anew, "4444");
        }
        assertThat(read(theirs)).isEqualTo("4444");
        theirs.close();
    }

    private static Lock lock(long owner) {
        return new Lock(Lock.Family.POSIX, new Lock.Owner(owner), true, Lock.Range.ALL, 1);
    }

    private static void write(OpenFile file, String text) throws FsException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        assertThat(file.write(Caller.ROOT, ByteBuffer.wrap(bytes), 0)).isEqualTo(bytes.length);
    }

    private static String read(OpenFile file) throws FsException {
        ByteBuffer content = ByteBuffer.allocate(100);
        int unused = file.read(content, 0);
        return StandardCharsets.UTF_8.decode(content.flip()).toString();
    }
}
