package magma.testkit.lava;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import magma.dht.batch.Command;
import magma.dht.record.RecordKind;
import magma.dht.record.Shard;
import magma.dht.routing.LocalSlices;
import magma.dht.slice.Slice;
import magma.dht.storage.RecordId;
import magma.dht.volume.LavaVolume;
import magma.fs.AttributeChanges;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenOption;
import magma.testkit.storage.MemoryStorage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How transactions ended is not remembered for longer than somebody may ask, whoever ended them: nothing gathers while a vulcano runs. */
class AbortMarkTest {
    private static final Caller ROOT = Caller.ROOT;
    private static final int ROUNDS = 20;

    private final Lava lava = Lava.splitRoot();
    private final MemoryStorage storage = new MemoryStorage();
    private HookedSlices slices;
    private LavaVolume volume;
    private FileSystem fs;
    private int files;

    @BeforeEach
    void open() throws Exception {
        slices = new HookedSlices(new LocalSlices(lava.map(), storage, Instant::now));
        LavaVolume.Parts parts =
                new LavaVolume.Parts(lava.keys(), Lava.NETWORK, Lava.entropy(42), attempt -> {}, Instant::now);
        volume = LavaVolume.open(slices, parts);
        fs = volume.openSession("test", ChangeListener.NONE);
    }

    @AfterEach
    void close() throws Exception {
        slices.hook = command -> {};
        volume.close();
        lava.assertClean(storage);
    }

    /** Changes the root's rights, which takes both slices that hold a part of it. */
    private void changeRoot(int round) throws FsException {
        fs.setAttributes(ROOT, fs.root(), AttributeChanges.mode(0700 | round & 077), null);
    }

    /** Files in both parts of the root; whoever has prepared to change its rights is in the way. */
    private void createFiles() throws FsException {
        for (int i = 0; i < 8; i++) {
            fs.create(ROOT, fs.root(), Name.of("f" + files++), 0600, true, FileSystem.options(OpenOption.WRITE))
                    .file()
                    .close();
        }
    }

    private int remembered() throws Exception {
        // What goes on in the background is over then.
        fs.syncAll();
        return storage.scan(
                        RecordId.of(Key.MIN, RecordKind.TRANSACTION.code()),
                        RecordId.of(Key.MIN, RecordKind.TRANSACTION.code() + 1),
                        1000)
                .size();
    }

    @Test
    void aTransactionThatOthersAbandonedIsForgottenByItsCoordinator() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            AtomicBoolean stalled = new AtomicBoolean();
            AtomicBoolean abandoned = new AtomicBoolean();
            slices.hook = command -> {
                abandoned.compareAndSet(false, command instanceof Command.Abandon);
                if (command instanceof Command.Decide && stalled.compareAndSet(false, true)) {
                    createFiles();
                }
            };
            changeRoot(round);
            assertThat(abandoned).as("somebody lost patience").isTrue();
            assertThat(fs.getAttributes(fs.root()).mode()).isEqualTo(0700 | round & 077);
            assertThat(remembered()).as("after %d rounds", round + 1).isZero();
        }
    }

    /** Who wrote the mark finds nothing prepared any more, since another has settled it meanwhile: the coordinator may decide still. */
    @Test
    void aMarkIsThereForTheCoordinatorHoweverManySettle() throws Exception {
        AtomicBoolean another = new AtomicBoolean();
        List<Command.Decide> late = new CopyOnWriteArrayList<>();
        slices.hook = command -> {
            if (command instanceof Command.Decide decide && late.isEmpty()) {
                late.add(decide);
                createFileIn(decide.participants().get(0));
            } else if (command instanceof Command.Finish finish
                    && finish.transaction().equals(late.get(0).transaction())
                    && another.compareAndSet(false, true)) {
                createFileIn(late.get(0).participants().get(0));
            }
        };
        changeRoot(1);
        assertThat(another).as("somebody lost patience").isTrue();
        assertThat(shards()).isNotEmpty().allMatch(shard -> shard.rights().mode() == 0701);
        assertThat(remembered()).isZero();
    }

    /** A file of the root whose entry is in the slice of that key: the other part of the root stays as it is. */
    private void createFileIn(Key key) throws FsException {
        Slice slice = lava.map().of(key);
        Name name = Name.of("f" + files++);
        while (!slice.contains(lava.keys().entry(fs.root(), name))) {
            name = Name.of("f" + files++);
        }
        fs.create(ROOT, fs.root(), name, 0600, true, FileSystem.options(OpenOption.WRITE))
                .file()
                .close();
    }

    private List<Shard> shards() throws Exception {
        RecordId from = RecordId.of(Key.MIN, RecordKind.SHARD.code());
        return storage.scan(from, RecordId.of(Key.MIN, RecordKind.SHARD.code() + 1), 1000).stream()
                .map(record -> Shard.decode(record.value()))
                .toList();
    }

    @Test
    void aTransactionThatFailedIsForgotten() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            int step = round % 2;
            AtomicBoolean failed = new AtomicBoolean();
            slices.hook = command -> {
                boolean here = step == 0 ? command instanceof Command.Decide : command instanceof Command.Prepare;
                if (here && failed.compareAndSet(false, true)) {
                    if (step == 1) {
                        throw new IllegalStateException("a defect, for the test");
                    }
                    throw new FsException(Errno.EIO, "for the test");
                }
            };
            int mode = round;
            assertThatThrownBy(() -> changeRoot(mode)).hasMessageContaining("for the test");
            assertThat(remembered()).as("after %d rounds", round + 1).isZero();
            createFiles();
        }
    }

    @Test
    void whoAbandonsWhatHadEndedBeforeLeavesNothing() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            CountDownLatch prepared = new CountDownLatch(1);
            CountDownLatch lostPatience = new CountDownLatch(1);
            int mode = round;
            AtomicBoolean first = new AtomicBoolean(true);
            CompletableFuture<Void> coordinator = new CompletableFuture<>();
            slices.hook = command -> {
                if (command instanceof Command.Decide && first.compareAndSet(true, false)) {
                    prepared.countDown();
                    await(lostPatience);
                } else if (command instanceof Command.Abandon) {
                    lostPatience.countDown();
                    coordinator.join();
                }
            };
            Thread thread = new Thread(() -> {
                try {
                    changeRoot(mode);
                    coordinator.complete(null);
                } catch (FsException | RuntimeException | Error e) {
                    coordinator.completeExceptionally(e);
                }
            });
            thread.start();
            await(prepared);
            createFiles();
            coordinator.get(60, TimeUnit.SECONDS);
            thread.join();
            assertThat(lostPatience.getCount()).as("somebody lost patience").isZero();
            assertThat(fs.getAttributes(fs.root()).mode()).isEqualTo(0700 | round & 077);
            assertThat(remembered()).as("after %d rounds", round + 1).isZero();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
