package magma.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;
import magma.fs.Key;
import magma.storage.xodus.StorageSettings;
import magma.storage.xodus.XodusStorage;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Appends to the log of one slice by one thread, on a real disk: a small put, as a create makes some of; a small put that is synced; and 1 MiB of content.
 * Ids come from a bounded set, so that flush and cleaner run beside as they do in life.
 */
@Fork(1)
@State(Scope.Benchmark)
public class LogBenchmark {
    private static final long SLICE = 1;
    private static final int IDS = 1 << 17;
    private static final int CHUNKS = 256;

    private final SplittableRandom random = new SplittableRandom(1);
    private final byte[] small = new byte[120];
    private final ByteBuffer chunk = ByteBuffer.allocateDirect(Mutation.CHUNK_BYTES);
    private final Path path = Scratch.make();
    private final XodusStorage storage = create(path);
    private Version version = new Version(1, 0);

    public LogBenchmark() {
        byte[] content = new byte[Mutation.CHUNK_BYTES];
        random.nextBytes(content);
        chunk.put(content).flip();
        random.nextBytes(small);
    }

    @TearDown
    public void close() throws IOException {
        storage.close();
        Scratch.remove(path);
    }

    @Benchmark
    @BenchmarkMode(Mode.Throughput)
    @OutputTimeUnit(TimeUnit.SECONDS)
    @Warmup(iterations = 3, time = 1)
    @Measurement(iterations = 5, time = 1)
    public void appendSmall() throws StorageException {
        append(smallPut());
    }

    @Benchmark
    @BenchmarkMode(Mode.Throughput)
    @OutputTimeUnit(TimeUnit.SECONDS)
    @Warmup(iterations = 2, time = 1)
    @Measurement(iterations = 5, time = 1)
    public void appendSmallAndSync() throws StorageException {
        append(smallPut());
        storage.sync();
    }

    /** A shot is 64 MiB, synced. Counted shots, not seconds, so that a fast disk is not filled. */
    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    @OutputTimeUnit(TimeUnit.MILLISECONDS)
    @Warmup(iterations = 3)
    @Measurement(iterations = 10)
    public void append64MiBAndSync() throws StorageException {
        for (int i = 0; i < 64; i++) {
            RecordId id = RecordId.of(new Key(random.nextInt(CHUNKS), 0, 0), 6);
            append(new Mutation.Write(id, 0, 1, chunk.duplicate()));
        }
        storage.sync();
    }

    private static XodusStorage create(Path path) {
        try {
            return XodusStorage.create(path, StorageSettings.DEFAULT);
        } catch (StorageException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Mutation smallPut() {
        return new Mutation.Put(RecordId.of(new Key(random.nextInt(IDS), 0, 0), 2), small);
    }

    private void append(Mutation mutation) throws StorageException {
        version = version.next();
        storage.append(new LogRecord(SLICE, version, List.of(mutation)), Purpose.GROW);
        storage.commit(SLICE, version);
    }
}
