package magma.testkit.lava;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import magma.dht.batch.Command;
import magma.dht.batch.Operation;
import magma.dht.record.FeatureLevel;
import magma.dht.record.RecordKind;
import magma.fs.AttributeChanges;
import magma.fs.Errno;
import magma.fs.FsException;
import magma.fs.OpenFile;
import org.junit.jupiter.api.Test;

/** A content that was given up, since nobody knew what its file's record was, changes nothing any more: another one has read the record. */
class GivenUpContentTest extends OneFile {
    private static final int LENGTH = 3 << 20;

    /** Where a test waits for a thread, or has it wait. */
    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void giveUp() throws Exception {
        slices.hook = command -> {
            slices.hook = other -> {};
            throw new FsException(Errno.EREMOTE, "a handover that comes to nothing");
        };
        file.write(ROOT, ByteBuffer.wrap(new byte[1]), 0);
        assertThat(catchThrowableOfType(FsException.class, file::flush).errno()).isEqualTo(Errno.EREMOTE);
        assertThat(catchThrowableOfType(FsException.class, file::close).errno()).isEqualTo(Errno.EREMOTE);
        openFile();
    }

    @Test
    void whoCleansItFindsThatItWasGivenUp() throws Exception {
        slices.hook = command -> {
            if (command instanceof Command.Apply apply
                    && apply.batch().operations().stream().anyMatch(Operation.WriteChunk.class::isInstance)) {
                throw new FsException(Errno.ENOSPC, "full");
            }
        };
        // There may be a chunk now as far as the record says, and there is none.
        assertThatThrownBy(() -> file.write(ROOT, ByteBuffer.wrap(new byte[100_000]), 100L << 20))
                .hasMessageContaining("full");
        slices.hook = command -> {};
        CountDownLatch cleans = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        CountDownLatch cleaned = new CountDownLatch(1);
        slices.findHook = () -> {
            if (Thread.currentThread().getName().equals("magma-cleaner")) {
                slices.findHook = () -> {};
                cleans.countDown();
                await(goesOn);
            }
        };
        fs.setAttributes(ROOT, file.flare(), AttributeChanges.size(0), file);
        await(cleans);
        giveUp();
        byte[] bytes = new byte[LENGTH];
        Arrays.fill(bytes, (byte) 'a');
        file.write(ROOT, ByteBuffer.wrap(bytes), 0);
        file.sync(true);
        // The next cleaning waits behind this one, and is to change nothing.
        slices.readHook = id -> {
            if (id.kind() == RecordKind.CLEANING.code()) {
                cleaned.countDown();
                throw new FsException(Errno.EIO, "not now");
            }
        };
        goesOn.countDown();
        await(cleaned);
        restart(FeatureLevel.LATEST);
        ByteBuffer to = ByteBuffer.allocate(LENGTH);
        assertThat(file.read(to, 0)).isEqualTo(LENGTH);
        assertThat(Arrays.equals(to.array(), bytes)).isTrue();
    }

    @Test
    void theRecordIsReadWhenNothingIsUnderWayAnyMore() throws Exception {
        CountDownLatch stores = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        AtomicBoolean isStored = new AtomicBoolean();
        AtomicBoolean isReadBefore = new AtomicBoolean();
        slices.hook = command -> {
            if (command instanceof Command.Apply && stores.getCount() > 0) {
                stores.countDown();
                await(goesOn);
                isStored.set(true);
            } else if (command instanceof Command.Hold && !isStored.get()) {
                isReadBefore.set(true);
            }
        };
        OpenFile before = file;
        before.write(ROOT, ByteBuffer.wrap(new byte[100]), 0);
        CompletableFuture<Void> storing = CompletableFuture.runAsync(() -> run(before::flush));
        await(stores);
        volume.slicesLost(lava.map().of(before.flare()).number());
        CompletableFuture<Void> opening = new CompletableFuture<>();
        Thread opener = new Thread(() -> {
            run(this::openFile);
            opening.complete(null);
        });
        opener.start();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (opener.getState() != Thread.State.WAITING && !isReadBefore.get()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
        goesOn.countDown();
        storing.get(60, TimeUnit.SECONDS);
        opening.get(60, TimeUnit.SECONDS);
        assertThat(isReadBefore).isFalse();
        assertThat(fs.getAttributes(file.flare()).size()).isEqualTo(100);
        assertThat(catchThrowableOfType(FsException.class, before::close).errno())
                .isEqualTo(Errno.EREMOTE);
    }

    /** What may fail. */
    private interface Step {
        void run() throws Exception;
    }

    private static void run(Step step) {
        try {
            step.run();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
