package magma.vulcano;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import magma.dht.council.CouncilState;
import magma.dht.host.ReplicaComparison;
import magma.dht.record.RecordKind;
import magma.dht.replication.VulcanoId;
import magma.dht.slice.SliceMap;
import magma.dht.storage.Mutation;
import magma.dht.wire.Reply;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Name;
import magma.fs.OpenOption;
import magma.testkit.storage.FaultyStorage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The replicas of a network's slices are compared while they are in use. */
class ReplicaComparisonTest {
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
    private int follower;

    @BeforeEach
    void make() throws Exception {
        network = TestNetwork.onFaultyDisks(directory, SliceMap.even(SLICES), storages);
        nodes = network.of(3);
        session = nodes.get(0).front().openSession("test", ChangeListener.NONE);
        follower = nodes.indexOf(followerOfTheRoot());
    }

    /** One that has the slice of the root and does not lead it. Slices are led by whoever shall lead them: none is handed over any more. */
    private LavaNode followerOfTheRoot() throws Exception {
        CouncilState settled = Networks.when(nodes.get(0), state -> Networks.isWhole(state) && isEven(state));
        VulcanoId leader = Objects.requireNonNull(
                        settled.slices().get(settled.map().of(session.root()).number()))
                .primary();
        return nodes.stream()
                .filter(node -> !node.id().equals(leader))
                .findFirst()
                .orElseThrow();
    }

    private boolean isEven(CouncilState state) {
        List<Long> led = nodes.stream()
                .map(node -> state.slices().values().stream()
                        .filter(config ->
                                config.incarnation() != 0 && config.primary().equals(node.id()))
                        .count())
                .sorted()
                .toList();
        return led.stream().mapToLong(Long::longValue).sum() == SLICES && led.get(2) - led.get(0) <= 1;
    }

    private void awaitWhole() throws Exception {
        CouncilState unused = Networks.when(nodes.get(0), Networks::isWhole);
    }

    @AfterEach
    void close() {
        network.close();
    }

    @Test
    void replicasAreEqualAfterWritingAndADifferenceIsNamedWithItsRecordAndVulcano() throws Exception {
        write("short", 100);
        write("long", 2 * MIB + 17);
        assertThat(compare().total()).isZero();

        String odd = nodes.get(follower).id().toString().substring(0, 8);
        storages.get(follower).alterAppends(contentBecomes(List.of()));
        write("lost", 100);
        assertThat(compare().problems())
                .singleElement()
                .asString()
                .contains("INLINE")
                .contains(odd + " has none");

        storages.get(follower).alterAppends(contentBecomes(List.of(new byte[] {1, 2, 3})));
        write("changed", 100);
        assertThat(compare().problems()).hasSize(2).allMatch(problem -> problem.contains("INLINE"));
    }

    @Test
    void nothingThatOnlyLagsIsTakenForADifferenceWhileFilesAreWrittenAndRemoved() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        List<CompletableFuture<Integer>> writers = new ArrayList<>();
        for (int writer = 0; writer < 2; writer++) {
            String own = "writer" + writer;
            FileSystem through = nodes.get(writer).front().openSession(own, ChangeListener.NONE);
            writers.add(CompletableFuture.supplyAsync(() -> load(through, own, over)));
        }
        try {
            for (int time = 0; time < 3; time++) {
                Reply.Findings found = compare();
                assertThat(found.problems()).isEmpty();
                assertThat(found.checked()).contains(SLICES + " slices");
            }
        } finally {
            over.set(true);
        }
        for (CompletableFuture<Integer> writer : writers) {
            assertThat(writer.get(120, TimeUnit.SECONDS)).isPositive();
        }
        assertThat(compare().total()).isZero();
        assertThat(network.failures()).isEmpty();
    }

    @Test
    void aReplicaWhoseDiskTookNothingForAWhileCatchesUpWhenThereIsRoomAgain() throws Exception {
        storages.get(follower).setWhollyFull(true);
        CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
            try {
                for (int file = 0; file < 30; file++) {
                    write("while-full-" + file, 100);
                }
            } catch (FsException e) {
                throw new AssertionError(e);
            }
        });
        writing.get(120, TimeUnit.SECONDS);
        storages.get(follower).setWhollyFull(false);
        awaitWhole();
        assertThat(compare().total()).isZero();
        assertThat(network.failures()).isEmpty();
    }

    private Reply.Findings compare() throws FsException {
        return nodes.get(1).compareReplicas(TIMES);
    }

    private void write(String name, int bytes) throws FsException {
        write(session, name, bytes);
    }

    private static void write(FileSystem through, String name, int bytes) throws FsException {
        FileSystem.Created created = through.create(
                Caller.ROOT, through.root(), Name.of(name), 0644, false, Set.of(OpenOption.READ, OpenOption.WRITE));
        for (int at = 0; at < bytes; at += MIB) {
            int wrote = created.file().write(Caller.ROOT, ByteBuffer.allocate(Math.min(MIB, bytes - at)), at);
            assertThat(wrote).isPositive();
        }
        created.file().sync(true);
        created.file().close();
    }

    /** Writes, writes over and removes files. @return how many times */
    private static int load(FileSystem through, String own, AtomicBoolean over) {
        int rounds = 0;
        try {
            while (!over.get()) {
                String name = own + "-" + rounds % 7;
                write(through, name, rounds % 5 == 0 ? 30_000 : 100);
                if (rounds % 3 == 0) {
                    through.unlink(Caller.ROOT, through.root(), Name.of(name));
                }
                rounds++;
            }
        } catch (FsException e) {
            throw new AssertionError(own + " after " + rounds + " rounds", e);
        }
        return rounds;
    }

    /** Has short files' content replaced; by nothing for an empty list. */
    private static UnaryOperator<List<Mutation>> contentBecomes(List<byte[]> other) {
        return mutations -> {
            List<Mutation> altered = new ArrayList<>();
            for (Mutation mutation : mutations) {
                if (mutation instanceof Mutation.Put put && put.id().kind() == RecordKind.INLINE.code()) {
                    other.forEach(bytes -> altered.add(new Mutation.Put(put.id(), bytes)));
                } else {
                    altered.add(mutation);
                }
            }
            return altered;
        };
    }
}
