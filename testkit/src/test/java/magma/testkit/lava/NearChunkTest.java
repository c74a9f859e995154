package magma.testkit.lava;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import magma.dht.batch.Batch;
import magma.dht.batch.Command;
import magma.dht.batch.Operation;
import magma.dht.record.FeatureLevel;
import magma.dht.record.RecordKind;
import magma.dht.record.Records;
import magma.fs.AttributeChanges;
import magma.fs.Attributes;
import magma.fs.Errno;
import magma.fs.FsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The first chunk lies beside its flare: both are stored in one step. */
class NearChunkTest extends OneFile {
    private final List<Batch> batches = new ArrayList<>();

    private static byte[] bytes(int length, int fill) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) fill);
        return bytes;
    }

    private void write(int length, int fill, long offset) throws Exception {
        assertThat(file.write(ROOT, ByteBuffer.wrap(bytes(length, fill)), offset))
                .isEqualTo(length);
    }

    private byte[] read(int length, long offset) throws Exception {
        ByteBuffer to = ByteBuffer.allocate(length);
        assertThat(file.read(to, offset)).isEqualTo(length);
        return to.array();
    }

    private Attributes stat() throws Exception {
        return fs.getAttributes(file.flare());
    }

    private void countBatches() {
        slices.hook = command -> {
            if (command instanceof Command.Apply apply) {
                batches.add(apply.batch());
            }
        };
    }

    @ParameterizedTest
    @ValueSource(ints = {20_000, 60_000, 200_000, 1 << 20})
    void aFileOfOneChunkIsStoredInOneStep(int length) throws Exception {
        countBatches();
        write(length, 'a', 0);
        file.flush();
        boolean isDirect = length >= 64 << 10;
        assertThat(batches).hasSizeLessThanOrEqualTo(isDirect ? 2 : 1);
        assertThat(batches.get(0).operations()).anyMatch(operation -> operation instanceof Operation.ChangeFlare);
        assertThat(batches.get(0).operations()).anyMatch(operation -> operation instanceof Operation.WriteChunk);
        assertThat(all(RecordKind.CHUNK))
                .hasSize(1)
                .allMatch(chunk -> chunk.id().key().equals(file.flare()));
        assertThat(stat().allocated()).isBetween((long) length, length + 4_096L);
        restart(FeatureLevel.LATEST);
        assertThat(read(length, 0)).isEqualTo(bytes(length, 'a'));
        assertThat(stat().size()).isEqualTo(length);
        assertThat(stat().allocated()).isBetween((long) length, length + 4_096L);
    }

    @Test
    void whatIsWrittenOverAndCutIsCountedOnce() throws Exception {
        write(30_000, 'a', 0);
        file.sync(true);
        write(30_000, 'b', 20_000);
        file.sync(true);
        assertThat(stat().allocated()).isBetween(50_000L, 54_096L);
        write(100, 'c', 1_000);
        file.flush();
        assertThat(stat().allocated()).isBetween(50_000L, 54_096L);
        fs.setAttributes(ROOT, file.flare(), AttributeChanges.size(25_000), file);
        assertThat(stat().allocated()).isBetween(25_000L, 29_096L);
        restart(FeatureLevel.LATEST);
        assertThat(read(1_000, 0)).isEqualTo(bytes(1_000, 'a'));
        assertThat(read(100, 1_000)).isEqualTo(bytes(100, 'c'));
        assertThat(read(5_000, 20_000)).isEqualTo(bytes(5_000, 'b'));
    }

    @Test
    void itGoesWithItsFlare() throws Exception {
        write(50_000, 'a', 0);
        file.flush();
        remove();
        assertThat(all(RecordKind.CHUNK)).isEmpty();
        assertThat(all(RecordKind.CLEANING)).isEmpty();
    }

    @Test
    void itGoesWhenTheFileIsWrittenAnew() throws Exception {
        write(50_000, 'a', 0);
        file.flush();
        fs.setAttributes(ROOT, file.flare(), AttributeChanges.size(0), file);
        awaitCleaned();
        assertThat(all(RecordKind.CHUNK)).isEmpty();
        write(40_000, 'b', 0);
        file.flush();
        restart(FeatureLevel.LATEST);
        assertThat(read(40_000, 0)).isEqualTo(bytes(40_000, 'b'));
        assertThat(all(RecordKind.CHUNK)).hasSize(1);
    }

    @Test
    void aFileThatGrowsHasItsOtherChunksElsewhere() throws Exception {
        for (int i = 0; i < 70; i++) {
            write(50_000, i, i * 50_000L);
        }
        file.sync(true);
        restart(FeatureLevel.LATEST);
        assertThat(all(RecordKind.CHUNK)).hasSize(4);
        for (int i = 0; i < 70; i++) {
            assertThat(read(50_000, i * 50_000L)).isEqualTo(bytes(50_000, i));
        }
        assertThat(file.seekData(0)).isZero();
        file.punch(ROOT, 0, 1 << 20);
        assertThat(file.seekData(0)).isEqualTo(1 << 20);
        remove();
        awaitCleaned();
        assertThat(all(RecordKind.CHUNK)).isEmpty();
    }

    @Test
    void aFileOfAnEarlierBuildKeepsItsChunksWhereTheyAre() throws Exception {
        slices.featureLevel = FeatureLevel.FIRST;
        write(50_000, 'a', 0);
        file.flush();
        restart(FeatureLevel.LATEST);
        write(50_000, 'b', 25_000);
        file.flush();
        assertThat(read(25_000, 0)).isEqualTo(bytes(25_000, 'a'));
        assertThat(read(50_000, 25_000)).isEqualTo(bytes(50_000, 'b'));
        assertThat(all(RecordKind.CHUNK))
                .hasSize(1)
                .noneMatch(chunk -> chunk.id().key().equals(file.flare()));
        fs.setAttributes(ROOT, file.flare(), AttributeChanges.size(0), file);
        awaitCleaned();
        write(50_000, 'c', 0);
        file.flush();
        assertThat(all(RecordKind.CHUNK))
                .hasSize(1)
                .allMatch(chunk -> chunk.id().equals(Records.firstChunk(file.flare())));
        restart(FeatureLevel.LATEST);
        assertThat(read(50_000, 0)).isEqualTo(bytes(50_000, 'c'));
    }

    /** The entry is in the log, and its answer does not come in time. */
    @Test
    void whereNobodyKnowsWhetherItWasStoredTheRecordIsReadAgain() throws Exception {
        slices.afterHook = command -> {
            slices.afterHook = other -> {};
            throw new FsException(Errno.EREMOTE, "no answer in time");
        };
        write(50_000, 'a', 0);
        assertThat(catchThrowableOfType(FsException.class, file::flush).errno()).isEqualTo(Errno.EREMOTE);
        assertThat(catchThrowableOfType(FsException.class, file::flush).errno()).isEqualTo(Errno.EREMOTE);
        assertThat(catchThrowableOfType(FsException.class, file::close).errno()).isEqualTo(Errno.EREMOTE);
        openFile();
        fs.setAttributes(ROOT, file.flare(), AttributeChanges.size(0), file);
        write(100, 'b', 500_000);
        file.flush();
        assertThat(read(50_000, 0)).isEqualTo(bytes(50_000, 0));
        awaitCleaned();
        assertThat(stat().allocated()).isBetween(100L, 4_196L);
        remove();
        assertThat(all(RecordKind.CHUNK)).isEmpty();
    }

    /** A home that is lost had written bytes of which no record says that they count. */
    @Test
    void whatALostHomeHadWrittenAfterACutDoesNotStay() throws Exception {
        write(100_000, 'a', 100 << 20);
        file.flush();
        slices.hook = command -> {
            if (command instanceof Command.Apply apply
                    && apply.batch().operations().stream()
                            .anyMatch(operation -> operation instanceof Operation.Remove
                                    && operation.id().kind() == RecordKind.CLEANING.code())) {
                throw new FsException(Errno.EIO, "not now");
            }
        };
        fs.setAttributes(ROOT, file.flare(), AttributeChanges.size(0), file);
        write(200_000, 'b', 0);
        write(200_000, 'b', 3 << 20);
        restart(FeatureLevel.LATEST);
        awaitCleaned();
        assertThat(all(RecordKind.CHUNK)).isEmpty();
        write(100, 'c', 4 << 20);
        file.flush();
        assertThat(read(200_000, 0)).isEqualTo(bytes(200_000, 0));
        assertThat(read(200_000, 3 << 20)).isEqualTo(bytes(200_000, 0));
    }

    @Test
    void whatCouldNotBeStoredWaitsAndIsStoredLater() throws Exception {
        slices.hook = command -> {
            if (command instanceof Command.Apply) {
                throw new FsException(Errno.ENOSPC, "full");
            }
        };
        write(50_000, 'a', 0);
        assertThat(catchThrowableOfType(FsException.class, file::flush).errno()).isEqualTo(Errno.ENOSPC);
        slices.hook = command -> {};
        assertThat(read(50_000, 0)).isEqualTo(bytes(50_000, 'a'));
        file.flush();
        assertThat(stat().allocated()).isBetween(50_000L, 54_096L);
        restart(FeatureLevel.LATEST);
        assertThat(read(50_000, 0)).isEqualTo(bytes(50_000, 'a'));
    }
}
