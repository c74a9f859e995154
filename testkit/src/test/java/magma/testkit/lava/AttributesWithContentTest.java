package magma.testkit.lava;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import magma.dht.batch.Batch;
import magma.dht.batch.Command;
import magma.dht.batch.Operation;
import magma.dht.front.HomeSession;
import magma.dht.routing.LocalSlices;
import magma.dht.volume.LavaVolume;
import magma.fs.AttributeChanges;
import magma.fs.AttributeChanges.TimeChange;
import magma.fs.Attributes;
import magma.fs.Caller;
import magma.fs.ChangeListener;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenFile;
import magma.fs.OpenOption;
import magma.testkit.storage.MemoryStorage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Attributes that change while content waits to be stored: both go in one step, and neither is lost where something is in the way. */
class AttributesWithContentTest {
    private static final Caller ROOT = Caller.ROOT;
    private static final Instant LONG_AGO = Instant.parse("2001-02-03T04:05:06.000000007Z");
    private static final AttributeChanges TIMES =
            new AttributeChanges(null, null, null, null, null, new TimeChange.At(LONG_AGO));
    private static final AttributeChanges MODE = new AttributeChanges(0640, null, null, null, null, null);

    @Nested
    class AtOneVulcano {
        private final MemoryStorage storage = new MemoryStorage();
        private final Lava lava = Lava.usual();
        private final List<Batch> batches = new ArrayList<>();
        private HookedSlices slices;
        private LavaVolume volume;
        private FileSystem fs;
        private OpenFile file;

        @BeforeEach
        void open() throws Exception {
            slices = new HookedSlices(new LocalSlices(lava.map(), storage, Instant::now));
            volume = LavaVolume.open(
                    slices,
                    new LavaVolume.Parts(
                            lava.keys(), Lava.NETWORK, Lava.entropy(42), LavaVolume.sleeping(), Instant::now));
            fs = volume.openSession("test", ChangeListener.NONE);
            file = fs.create(
                            ROOT,
                            fs.root(),
                            Name.of("file"),
                            0600,
                            true,
                            FileSystem.options(OpenOption.READ, OpenOption.WRITE))
                    .file();
        }

        @AfterEach
        void close() throws Exception {
            lava.assertClean(storage.restart());
        }

        private void write(String text) throws Exception {
            assertThat(file.write(ROOT, TwoHomes.bytes(text), 0)).isEqualTo(text.length());
        }

        private Attributes attributesAfterRestart() throws Exception {
            file.close();
            volume.close();
            try (LavaVolume again = lava.open(storage.restart())) {
                FileSystem session = again.openSession("again", ChangeListener.NONE);
                return session.lookup(ROOT, session.root(), Name.of("file"));
            }
        }

        private static long changesOfFlares(Batch batch) {
            return batch.operations().stream()
                    .filter(operation -> operation instanceof Operation.ChangeFlare)
                    .count();
        }

        @Test
        void contentAndTimesGoInOneBatch() throws Exception {
            slices.hook = command -> {
                if (command instanceof Command.Apply apply) {
                    batches.add(apply.batch());
                }
            };
            for (int attempt = 0;
                    attempt < 100 && batches.stream().noneMatch(batch -> changesOfFlares(batch) == 2);
                    attempt++) {
                // Once in a while the background is faster, and there is nothing left to go with.
                write("content " + attempt);
                fs.setAttributes(ROOT, file.flare(), TIMES, file);
            }
            slices.hook = command -> {};
            assertThat(batches).anyMatch(batch -> changesOfFlares(batch) == 2);
            assertThat(TwoHomes.read(file)).startsWith("content ");
            assertThat(attributesAfterRestart().modified()).isEqualTo(LONG_AGO);
        }

        @Test
        void whatIsSetAfterAWriteCountsAndNotTheWrite() throws Exception {
            write("first");
            fs.setAttributes(ROOT, file.flare(), TIMES, file);
            fs.setAttributes(ROOT, file.flare(), MODE, file);
            Attributes stored = attributesAfterRestart();
            assertThat(stored.modified()).isEqualTo(LONG_AGO);
            assertThat(stored.mode()).isEqualTo(0640);
            assertThat(stored.size()).isEqualTo(5);
        }

        @Test
        void aRefusedChangeLeavesTheContentToBeStored() throws Exception {
            write("kept");
            Caller other = Caller.of(1000, 1000, Set.of(), 0);
            TwoHomes.assertFails(Errno.EPERM, () -> fs.setAttributes(other, file.flare(), MODE, null));
            assertThat(fs.getAttributes(file.flare()).size()).isEqualTo(4);
            assertThat(attributesAfterRestart().size()).isEqualTo(4);
        }

        @Test
        void whatOthersChangeInBetweenStays() throws Exception {
            AtomicBoolean done = new AtomicBoolean();
            write("content");
            slices.hook = command -> {
                // The background may be faster; then there is nothing to come in between.
                if (command instanceof Command.Apply && done.compareAndSet(false, true)) {
                    fs.link(ROOT, file.flare(), fs.root(), Name.of("second"));
                }
            };
            fs.setAttributes(ROOT, file.flare(), TIMES, file);
            slices.hook = command -> {};
            Attributes stored = attributesAfterRestart();
            assertThat(stored.links()).isEqualTo(2);
            assertThat(stored.size()).isEqualTo(7);
            assertThat(stored.modified()).isEqualTo(LONG_AGO);
        }
    }

    @Nested
    class AtTwoVulcanos {
        private static final UUID CLIENT = TwoHomes.ONE;
        private TwoHomes homes;

        @BeforeEach
        void open() throws Exception {
            homes = new TwoHomes(Lava.usual());
        }

        @AfterEach
        void close() throws Exception {
            homes.close();
        }

        @Test
        void aRepeatedCallDoesNotTakeWhatWasWrittenSinceForStored() throws Exception {
            HomeSession session = homes.first().open(CLIENT, 1);
            TwoHomes.OpenedFile file = TwoHomes.create(session);
            file.open().write(ROOT, TwoHomes.bytes("before"), 0);
            magma.dht.front.Operation operation = new magma.dht.front.Operation(0, 1, false);
            session.numbered(operation).setAttributes(ROOT, file.key(), MODE, file.open());
            file.open().write(ROOT, TwoHomes.bytes("since then"), 0);
            session.numbered(operation.repeated()).setAttributes(ROOT, file.key(), MODE, file.open());
            file.open().flush();
            assertThat(storedSize(file.key())).isEqualTo(10);
        }

        @Test
        void contentOfATermThatEndsMeanwhileCoversNothingOfTheNext() throws Exception {
            HomeSession here = homes.first().open(CLIENT, 1);
            HomeSession there = homes.second().open(CLIENT, 1);
            TwoHomes.OpenedFile file = TwoHomes.create(here);
            file.open().write(ROOT, TwoHomes.bytes("of the first"), 0);
            AtomicBoolean overtaken = new AtomicBoolean();
            homes.first().slices().hook = command -> {
                if (command instanceof Command.Apply && overtaken.compareAndSet(false, true)) {
                    takeAndWrite(there, file.key());
                }
            };
            TwoHomes.assertFails(Errno.EREMOTE, () -> here.plain().setAttributes(ROOT, file.key(), MODE, file.open()));
            assertThat(overtaken).isTrue();
            assertThat(storedSize(file.key())).isEqualTo(6);
        }

        private void takeAndWrite(HomeSession there, Key file) throws FsException {
            try {
                homes.takeAway(file);
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
            OpenFile next = there.reopen(file, TwoHomes.BOTH);
            next.write(ROOT, TwoHomes.bytes("second"), 0);
            next.close();
        }

        private long storedSize(Key key) throws Exception {
            try (LavaVolume volume = Lava.usual().open(homes.storage.restart())) {
                return volume.openSession("reader", ChangeListener.NONE)
                        .getAttributes(key)
                        .size();
            }
        }
    }
}
