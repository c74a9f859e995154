package magma.vulcano;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import magma.dht.council.CouncilState;
import magma.dht.host.ReplicaComparison;
import magma.dht.replication.SliceConfig;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.SliceMap;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Name;
import magma.fs.OpenOption;
import magma.testkit.storage.FaultyStorage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks of a network of three get full, and have room again. */
class FullDiskTest {
    private static final int SLICES = 8;
    private static final int MIB = 1 << 20;
    private static final ReplicaComparison.Times TIMES =
            new ReplicaComparison.Times(Duration.ofSeconds(60), Duration.ofMillis(100), Duration.ofSeconds(60));

    @TempDir
    Path directory;

    private final List<FaultyStorage> storages = new ArrayList<>();
    private TestNetwork network;
    private List<LavaNode> nodes;
    private FileSystem session;

    @BeforeEach
    void make() throws Exception {
        network = TestNetwork.onFaultyDisks(directory, SliceMap.even(SLICES), storages);
        nodes = network.of(3);
        session = nodes.get(0).front().openSession("test", ChangeListener.NONE);
        awaitWhole();
    }

    @AfterEach
    void close() {
        network.close();
        storages.clear();
    }

    @Test
    void theOthersGoOnWhereTheDiskOfOneTakesNothingAtAll() throws Exception {
        Networks.awaitSpread(nodes);
        VulcanoId full = nodes.get(1).id();
        storages.get(1).setWhollyFull(true);
        for (int file = 0; file < 4; file++) {
            write("while-full-" + file, 3 * MIB);
        }
        CouncilState without = Networks.when(
                nodes.get(0),
                state -> state.slices().values().stream()
                        .noneMatch(config -> config.inSync().contains(full)));
        assertThat(without.slices().values()).allMatch(config -> config.inSync().size() == 2);
        write("after", 2 * MIB);
        session.unlink(Caller.ROOT, session.root(), Name.of("while-full-0"));
        storages.get(1).setWhollyFull(false);
        awaitWhole();
        Networks.awaitSpread(nodes);
        assertThat(nodes.get(0).compareReplicas(TIMES).problems()).isEmpty();
        assertThat(network.failures()).isEmpty();
    }

    @Test
    void whereAllAreFullThereIsNoSpaceUntilSomethingIsDeleted() throws Exception {
        write("large", 2 * MIB);
        storages.forEach(storage -> storage.setFull(true));
        assertThatThrownBy(() -> {
                    for (long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(Networks.PATIENCE_SECONDS);
                            System.nanoTime() < until; ) {
                        // What was known of the room a moment ago may still let something in.
                        write("more", 2 * MIB);
                        session.unlink(Caller.ROOT, session.root(), Name.of("more"));
                    }
                })
                .isInstanceOfSatisfying(
                        FsException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOSPC));
        session.unlink(Caller.ROOT, session.root(), Name.of("large"));
        assertThat(nodes.get(0).council().state().slices().values())
                .allMatch(config -> config.inSync().size() >= config.minInSync());
        storages.forEach(storage -> storage.setFull(false));
        awaitWhole();
        for (SliceConfig config : nodes.get(0).council().state().slices().values()) {
            assertThat(config.tailLosses()).isZero();
        }
        Networks.awaitSpread(nodes);
        writeWhenThereIsRoom("again");
        assertThat(nodes.get(0).compareReplicas(TIMES).problems()).isEmpty();
        assertThat(network.failures()).isEmpty();
    }

    /** That disks have room again is known a moment later. */
    private void writeWhenThereIsRoom(String name) throws FsException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(Networks.PATIENCE_SECONDS);
        while (true) {
            try {
                write(name + System.nanoTime(), 2 * MIB);
                return;
            } catch (FsException e) {
                if (e.errno() != Errno.ENOSPC || System.nanoTime() > until) {
                    throw e;
                }
            }
        }
    }

    private void awaitWhole() throws Exception {
        CouncilState unused = Networks.when(nodes.get(0), Networks::isWhole);
    }

    private void write(String name, int bytes) throws FsException {
        FileSystem.Created created = session.create(
                Caller.ROOT, session.root(), Name.of(name), 0644, false, Set.of(OpenOption.READ, OpenOption.WRITE));
        for (int at = 0; at < bytes; at += MIB) {
            int wrote = created.file().write(Caller.ROOT, ByteBuffer.allocate(MIB), at);
            assertThat(wrote).isPositive();
        }
        created.file().close();
    }
}
