package magma.testkit.lava;

import static magma.testkit.lava.TwoHomes.BOTH;
import static magma.testkit.lava.TwoHomes.GRACE;
import static magma.testkit.lava.TwoHomes.ONE;
import static magma.testkit.lava.TwoHomes.TWO;
import static magma.testkit.lava.TwoHomes.assertFails;
import static magma.testkit.lava.TwoHomes.bytes;
import static magma.testkit.lava.TwoHomes.name;
import static magma.testkit.lava.TwoHomes.read;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import magma.dht.batch.Batch;
import magma.dht.batch.Command;
import magma.dht.batch.Condition;
import magma.dht.batch.FlareChange;
import magma.dht.batch.Operation;
import magma.dht.batch.Outcome;
import magma.dht.front.HomeSession;
import magma.dht.record.Flare;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.dht.record.TransactionId;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StoredRecord;
import magma.fs.AttributeChanges;
import magma.fs.Caller;
import magma.fs.Errno;
import magma.fs.FileSystem;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import magma.fs.OpenDirectory;
import magma.fs.OpenFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A file's slice gets another leader while the file is in use: what the earlier one has in memory counts no more, and the next one has all that was stored. */
class HandoverTest {
    private static final Caller ROOT = Caller.ROOT;

    private TwoHomes homes;
    private HomeSession here;
    private HomeSession there;
    private Key root;
    private Key file;
    private OpenFile open;

    @BeforeEach
    void open() throws Exception {
        homes = new TwoHomes(Lava.usual());
        here = homes.first().open(ONE, 1);
        there = homes.second().open(ONE, 1);
        TwoHomes.OpenedFile created = TwoHomes.create(here);
        root = created.root();
        file = created.key();
        open = created.open();
    }

    @AfterEach
    void close() throws Exception {
        homes.end(here, there);
    }

    @Test
    void whoDoesNotLeadRefusesBeforeAnythingIsDone() throws Exception {
        FileSystem second = there.plain();
        assertFails(Errno.EREMOTE, () -> second.getAttributes(file));
        assertFails(Errno.EREMOTE, () -> second.lookup(ROOT, root, name("file")));
        assertFails(Errno.EREMOTE, () -> second.create(ROOT, root, name("x"), 0644, true, BOTH));
        assertFails(Errno.EREMOTE, () -> second.unlink(ROOT, root, name("file")));
        assertFails(Errno.EREMOTE, () -> second.open(ROOT, file, BOTH));
        assertFails(Errno.EREMOTE, () -> second.openDirectory(ROOT, root));
        assertFails(Errno.EREMOTE, () -> there.reopen(file, BOTH));
        assertFails(Errno.EREMOTE, () -> second.setAttributes(ROOT, file, AttributeChanges.mode(0600), null));
        assertThat(here.plain().lookup(ROOT, root, name("file")).mode()).isEqualTo(0644);
    }

    @Test
    void whatWasFlushedIsReadAtTheNextHome() throws Exception {
        open.write(ROOT, bytes("flushed"), 0);
        open.flush();
        homes.handOver(file);
        assertThat(read(there.reopen(file, BOTH))).isEqualTo("flushed");
    }

    @Test
    void aHandleOfAnEarlierTermFailsForGood() throws Exception {
        OpenDirectory directory = here.plain().openDirectory(ROOT, root);
        open.write(ROOT, bytes("waits"), 0);
        homes.handOver(file);
        assertFails(Errno.EREMOTE, () -> open.flush());
        assertFails(Errno.EREMOTE, () -> read(open));
        homes.handBack(file);
        assertFails(Errno.EREMOTE, () -> open.flush());
        assertFails(Errno.EREMOTE, () -> open.write(ROOT, bytes("x"), 0));
        assertFails(Errno.EREMOTE, () -> read(open));
        assertFails(Errno.EREMOTE, () -> directory.list(0, 10, true));
        here.reopen(file, BOTH).write(ROOT, bytes("again"), 0);
        assertThat(here.plain().getAttributes(file).size()).isEqualTo(5);
        directory.close();
    }

    @Test
    void whoHasNotHeardThatItLeadsNoMoreStoresNothing() throws Exception {
        homes.takeAway(file);
        open.write(ROOT, bytes("late"), 0);
        OpenFile next = there.reopen(file, BOTH);
        next.write(ROOT, bytes("next home"), 0);
        next.flush();
        assertFails(Errno.EREMOTE, () -> open.flush());
        assertFails(Errno.EREMOTE, () -> here.plain().setAttributes(ROOT, file, AttributeChanges.size(0), null));
        assertThat(read(next)).isEqualTo("next home");
        assertThat(there.plain().getAttributes(file).size()).isEqualTo(9);
    }

    @Test
    void aLateChunkWriteOfAnEarlierHomeCoversNothingOfTheNext() throws Exception {
        open.write(ROOT, filled((byte) 1, 200_000), 0);
        open.flush();
        AtomicBoolean overtaken = new AtomicBoolean();
        homes.first().slices().hook = command -> {
            if (isChunkWrite(command) && overtaken.compareAndSet(false, true)) {
                takeAndWrite(filled((byte) 3, 100_000), 50_000);
            }
        };
        try {
            open.write(ROOT, filled((byte) 2, 200_000), 0);
        } catch (FsException e) {
            assertThat(e.errno()).isEqualTo(Errno.EREMOTE);
        }
        assertThat(overtaken).isTrue();
        assertFails(Errno.EREMOTE, () -> open.flush());
        ByteBuffer to = ByteBuffer.allocate(100_000);
        there.reopen(file, BOTH).read(to, 50_000);
        assertThat(to.array()).containsOnly(3);
    }

    private static final int LATE_BYTES = 200_000;
    private static final long LATE_OFFSET = 5 << 20;

    /** What the next home does before a chunk write of the first gets to its slice, which is another than the file's. */
    @FunctionalInterface
    private interface Overtaking {
        void carryOut(OpenFile next) throws FsException;
    }

    private void aLateChunkWriteFillsNoHole(Overtaking overtaking) throws Exception {
        List<OpenFile> next = new ArrayList<>();
        homes.first().slices().hook = command -> {
            if (isChunkWrite(command) && next.isEmpty()) {
                takeAway();
                next.add(there.reopen(file, BOTH));
                overtaking.carryOut(next.get(0));
            }
        };
        assertFails(Errno.EREMOTE, () -> {
            open.write(ROOT, filled((byte) 1, LATE_BYTES), LATE_OFFSET);
            open.flush();
        });
        assertThat(next).hasSize(1);
        next.get(0).write(ROOT, filled((byte) 3, 1), LATE_OFFSET + LATE_BYTES);
        next.get(0).flush();
        ByteBuffer to = ByteBuffer.allocate(LATE_BYTES);
        assertThat(next.get(0).read(to, LATE_OFFSET)).isEqualTo(LATE_BYTES);
        assertThat(to.array()).containsOnly(0);
        assertThat(next.get(0).seekData(0)).isEqualTo(LATE_OFFSET + LATE_BYTES);
    }

    private static void writeAgain(OpenFile next) throws FsException {
        next.write(ROOT, filled((byte) 2, LATE_BYTES), LATE_OFFSET);
        next.flush();
    }

    @Test
    void aLateChunkWriteOfAnEarlierHomeFillsNoHoleThatWasPunched() throws Exception {
        aLateChunkWriteFillsNoHole(next -> {
            writeAgain(next);
            next.punch(ROOT, LATE_OFFSET, LATE_BYTES);
        });
    }

    @Test
    void aLateChunkWriteOfAnEarlierHomeDoesNotComeBackBehindACut() throws Exception {
        aLateChunkWriteFillsNoHole(next -> {
            writeAgain(next);
            there.plain().setAttributes(ROOT, file, AttributeChanges.size(LATE_OFFSET - 100), next);
        });
    }

    @Test
    void aLateChunkWriteOfAnEarlierHomeFillsNoGapThatTheFileGrewOver() throws Exception {
        open.write(ROOT, filled((byte) 0, 100_000), LATE_OFFSET - 1_000_000);
        open.flush();
        open.punch(ROOT, 0, LATE_OFFSET);
        aLateChunkWriteFillsNoHole(
                next -> there.plain().setAttributes(ROOT, file, AttributeChanges.size(LATE_OFFSET + LATE_BYTES), next));
    }

    /** As when all replicas of a slice lose their power. */
    @Test
    void aFenceThatWasLostIsRaisedAgain() throws Exception {
        writeAgain(open);
        int kind = RecordKind.FENCE.code();
        List<StoredRecord> fences = homes.storage.scan(RecordId.of(Key.MIN, kind), RecordId.of(Key.MIN, kind + 1), 10);
        assertThat(fences).hasSize(1);
        RecordId fence = fences.get(0).id();
        Batch loss = new Batch(List.of(), List.of(new Operation.Remove(fence)), Purpose.RELEASE);
        homes.first().slices().submit(homes.slice(fence.key()), new Command.Apply(loss));
        assertFails(Errno.EREMOTE, () -> writeAgain(open));
        OpenFile again = here.reopen(file, BOTH);
        writeAgain(again);
        assertThat(homes.storage.get(fence)).isNotNull();
        again.close();
    }

    private void takeAway() {
        try {
            homes.takeAway(file);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private void takeAndWrite(ByteBuffer data, long offset) throws FsException {
        takeAway();
        OpenFile next = there.reopen(file, BOTH);
        next.write(ROOT, data, offset);
        next.close();
    }

    private static boolean isChunkWrite(Command command) {
        return command instanceof Command.Apply apply
                && apply.batch().operations().stream().anyMatch(Operation.WriteChunk.class::isInstance);
    }

    private static ByteBuffer filled(byte with, int length) {
        ByteBuffer data = ByteBuffer.allocate(length);
        while (data.hasRemaining()) {
            data.put(with);
        }
        return data.flip();
    }

    @Test
    void generationsGrowWithTermsAndKeepWhatWasWrittenBefore() throws Exception {
        open.write(ROOT, filled((byte) 1, 100_000), 0);
        open.flush();
        long before = generation();
        homes.handOver(file);
        OpenFile next = there.reopen(file, BOTH);
        next.write(ROOT, filled((byte) 2, 70_000), 0);
        next.flush();
        assertThat(generation()).isGreaterThan(before);
        ByteBuffer to = ByteBuffer.allocate(30_000);
        next.read(to, 70_000);
        assertThat(to.array()).containsOnly(1);
    }

    private long generation() throws Exception {
        return Flare.decode(Objects.requireNonNull(homes.storage.get(Records.flare(file)))
                        .value())
                .content()
                .generation();
    }

    @Test
    void anUnlinkedFileLivesOnAtTheNextHomeIfItIsOpenedThereInTime() throws Exception {
        OpenFile other =
                here.plain().create(ROOT, root, name("other"), 0644, true, BOTH).file();
        open.write(ROOT, bytes("kept"), 0);
        open.flush();
        here.plain().unlink(ROOT, root, name("file"));
        here.plain().unlink(ROOT, root, name("other"));
        homes.handOver(file);
        OpenFile next = there.reopen(file, BOTH);
        homes.time.pass(GRACE);
        assertThat(read(next)).isEqualTo("kept");
        assertFails(Errno.ENOENT, () -> there.reopen(other.flare(), BOTH));
        next.close();
        assertFails(Errno.ENOENT, () -> there.reopen(file, BOTH));
    }

    @Test
    void anUnlinkedFileStaysUntilSessionsHaveHadTheTimeToOpenItAgain() throws Exception {
        here.plain().unlink(ROOT, root, name("file"));
        homes.handOver(file);
        homes.time.pass(GRACE.minusMillis(1));
        there.reopen(file, BOTH).close();
        homes.time.pass(Duration.ofMillis(1));
        assertFails(Errno.ENOENT, () -> there.reopen(file, BOTH));
    }

    @Test
    void aTransactionWhoseCoordinatorIsGoneIsEndedByTheNextLeader() throws Exception {
        RecordId id = Records.flare(file);
        Batch batch = new Batch(
                List.of(new Condition.Exists(id)),
                List.of(new Operation.ChangeFlare(id, FlareChange.TOUCH)),
                Purpose.RELEASE);
        TransactionId transaction = TransactionId.of(new byte[16]);
        Outcome prepared =
                homes.first().slices().submit(homes.slice(file), new Command.Prepare(transaction, root, batch));
        assertThat(prepared).isInstanceOf(Outcome.Done.class);
        homes.handOver(file);
        assertThat(homes.second().slices().pending(homes.slice(file))).hasSize(1);
        homes.time.pass(GRACE);
        assertThat(homes.second().slices().pending(homes.slice(file))).isEmpty();
        there.plain().setAttributes(ROOT, file, AttributeChanges.mode(0600), null);
        Outcome forgotten = homes.second().slices().submit(homes.slice(root), new Command.Forget(transaction, root));
        assertThat(forgotten).isInstanceOf(Outcome.Done.class);
    }

    @Test
    void aFileThatIsBornInAnotherSliceThanItsDirectoryIsNotOpenedHere() throws Exception {
        open.close();
        close();
        homes = new TwoHomes(Lava.splitRoot());
        here = homes.first().open(ONE, 1);
        there = homes.second().open(ONE, 1);
        Key otherHalf = homes.otherHalf(root);
        homes.handOver(otherHalf);
        int elsewhere = 0;
        for (int i = 0; i < 64; i++) {
            FileSystem.Created created = here.plain().create(ROOT, root, name("f" + i), 0644, true, BOTH);
            if (homes.slice(created.attributes().key()).contains(otherHalf)) {
                elsewhere++;
                checkElsewhere(created, name("f" + i));
            }
            created.file().close();
        }
        assertThat(elsewhere).isPositive();
    }

    private void checkElsewhere(FileSystem.Created created, Name name) throws FsException {
        Key born = created.attributes().key();
        assertFails(Errno.EREMOTE, () -> created.file().write(ROOT, bytes("x"), 0));
        OpenFile next = there.reopen(born, BOTH);
        next.write(ROOT, bytes("there"), 0);
        next.close();
        FileSystem.Created found = here.plain().create(ROOT, root, name, 0644, false, BOTH);
        assertThat(found.isNew()).isFalse();
        assertThat(found.attributes().size()).isEqualTo(5);
        assertFails(Errno.EREMOTE, () -> found.file().flush());
        Caller nobody = Caller.of(1000, 1000, Set.of(), 0);
        assertFails(Errno.EACCES, () -> here.plain().create(nobody, root, name, 0644, false, BOTH));
    }

    @Test
    void endedSessionsHoldNothingAnyMore() throws Exception {
        HomeSession other = homes.first().open(TWO, 1);
        OpenFile held = other.reopen(file, BOTH);
        here.plain().unlink(ROOT, root, name("file"));
        open.close();
        homes.first().volume().endSessions(List.of(TWO));
        assertFails(Errno.ENOTCONN, () -> held.flush());
        assertFails(Errno.ENOENT, () -> here.reopen(file, BOTH));
        assertThat(homes.storage.scan(
                        RecordId.of(Key.MIN, RecordKind.ORPHAN.code()),
                        RecordId.of(Key.MIN, RecordKind.ORPHAN.code() + 1),
                        10))
                .isEmpty();
    }
}
