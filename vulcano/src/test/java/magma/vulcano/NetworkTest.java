package magma.vulcano;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import magma.dht.council.CouncilState;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.SliceMap;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.testkit.storage.MemoryStorage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three vulcanos of one network: council, replicas and sessions at all of them, over loopback. */
class NetworkTest {
    private static final int SLICES = 16;
    private static final int MIB = 1 << 20;

    @TempDir
    Path directory;

    private TestNetwork network;

    @BeforeEach
    void make() {
        network = new TestNetwork(directory, SliceMap.even(SLICES), () -> new MemoryStorage(1L << 30, MIB));
    }

    @AfterEach
    void close() {
        network.close();
    }

    @Test
    void aNetworkGrowsToThreeReplicasOfEverySliceInSync() throws Exception {
        LavaNode first = network.add();
        CouncilState alone = first.council().state();
        assertThat(alone.slices().values())
                .allSatisfy(config -> assertThat(config.inSync()).containsExactly(first.id()));
        LavaNode second = network.add();
        LavaNode third = network.add();
        CouncilState grown = Networks.when(second, Networks::isWhole);
        assertThat(grown.slices().values())
                .hasSize(SLICES)
                .allSatisfy(config ->
                        assertThat(config.inSync()).containsExactlyInAnyOrder(first.id(), second.id(), third.id()));
        assertThat(network.failures()).isEmpty();
    }

    @Test
    void everyVulcanoLeadsItsShareOfTheSlices() throws Exception {
        List<LavaNode> nodes = network.of(3);
        CouncilState spread =
                Networks.when(nodes.get(0), state -> Networks.isWhole(state) && Networks.isSpread(state, nodes));
        assertThat(spread.slices().values())
                .allSatisfy(config -> assertThat(config.minInSync()).isEqualTo(2));
        assertThat(network.failures()).isEmpty();
    }

    @Test
    void whatIsWrittenThroughOneVulcanoIsReadThroughTheOthers() throws Exception {
        LavaNode first = network.add();
        FileSystem early = first.front().openSession("early", ChangeListener.NONE);
        write(early, "early", 100);
        LavaNode second = network.add();
        LavaNode third = network.add();
        Networks.when(
                first, state -> Networks.isWhole(state) && Networks.isSpread(state, List.of(first, second, third)));
        FileSystem one = second.front().openSession("one", ChangeListener.NONE);
        FileSystem other = third.front().openSession("other", ChangeListener.NONE);
        for (int file = 0; file < 40; file++) {
            write(one, "file" + file, 3000 + file);
        }
        write(one, "long", 5 * MIB + 17);
        for (FileSystem reader : List.of(early, one, other)) {
            assertHolds(reader, "early", 100);
            for (int file = 0; file < 40; file++) {
                assertHolds(reader, "file" + file, 3000 + file);
            }
            assertHolds(reader, "long", 5 * MIB + 17);
        }
        assertThat(network.failures()).isEmpty();
    }

    @Test
    void theOthersGoOnWhenTheVulcanoThatFoundedTheNetworkIsGoneWithoutAWord() throws Exception {
        List<LavaNode> nodes = network.of(3);
        LavaNode gone = nodes.get(0);
        List<LavaNode> others = nodes.subList(1, 3);
        Networks.when(others.get(0), state -> Networks.isWhole(state) && Networks.isSpread(state, nodes));
        FileSystem one = others.get(0).front().openSession("one", ChangeListener.NONE);
        FileSystem other = others.get(1).front().openSession("other", ChangeListener.NONE);
        for (int file = 0; file < 10; file++) {
            write(one, "before" + file, 20_000);
        }
        network.kill(gone);
        CouncilState after = Networks.when(others.get(0), state -> isWithout(state, gone.id()));
        assertThat(after.slices().values())
                .allSatisfy(config -> assertThat(config.inSync())
                        .contains(others.get(0).id(), others.get(1).id()));
        for (int file = 0; file < 10; file++) {
            write(other, "after" + file, 20_000);
        }
        for (FileSystem reader : List.of(one, other)) {
            for (int file = 0; file < 10; file++) {
                assertHolds(reader, "before" + file, 20_000);
                assertHolds(reader, "after" + file, 20_000);
            }
        }
    }

    private static boolean isWithout(CouncilState state, VulcanoId gone) {
        return state.slices().values().stream()
                .noneMatch(config -> config.inSync().contains(gone));
    }

    private static byte[] content(String name, int bytes) {
        byte[] content = new byte[bytes];
        new Random(name.hashCode()).nextBytes(content);
        return content;
    }

    private static void write(FileSystem through, String name, int bytes) throws FsException {
        FileSystem.Created created = through.create(
                Caller.ROOT, through.root(), Name.of(name), 0644, true, Set.of(OpenOption.READ, OpenOption.WRITE));
        ByteBuffer content = ByteBuffer.wrap(content(name, bytes));
        for (int at = 0; at < bytes; at += MIB) {
            ByteBuffer piece = content.slice(at, Math.min(MIB, bytes - at));
            assertThat(created.file().write(Caller.ROOT, piece, at)).isEqualTo(Math.min(MIB, bytes - at));
        }
        created.file().close();
    }

    private static void assertHolds(FileSystem through, String name, int bytes) throws FsException {
        Attributes found = through.lookup(Caller.ROOT, through.root(), Name.of(name));
        assertThat(found.size()).as(name).isEqualTo(bytes);
        ByteBuffer read = ByteBuffer.allocate(bytes);
        OpenFile file = through.open(Caller.ROOT, found.key(), Set.of(OpenOption.READ));
        while (read.hasRemaining()) {
            ByteBuffer piece = read.slice(read.position(), Math.min(MIB, read.remaining()));
            int count = file.read(piece, read.position());
            assertThat(count).as("%s from %d", name, read.position()).isPositive();
            read.position(read.position() + count);
        }
        file.close();
        assertThat(read.array()).as(name).isEqualTo(content(name, bytes));
    }
}
