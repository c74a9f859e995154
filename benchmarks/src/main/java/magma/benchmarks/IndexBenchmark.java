package magma.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.RecordId;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.StoredRecord;
import magma.dht.storage.Version;
import magma.fs.Key;
import magma.storage.xodus.StorageSettings;
import magma.storage.xodus.XodusStorage;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Reads of the index: {@value #RECORDS} records that a restart left in Xodus only, read by one thread without storage's own cache of rows.
 */
@Fork(1)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class IndexBenchmark {
    private static final int RECORDS = 200_000;
    private static final int BATCH = 500;
    private static final int PAGE = 128;
    private static final int KIND = 2;

    private final SplittableRandom random = new SplittableRandom(1);
    private final Path path = Scratch.make();
    private final XodusStorage storage = filled(path);

    @TearDown
    public void close() throws IOException {
        storage.close();
        Scratch.remove(path);
    }

    @Benchmark
    public @Nullable StoredRecord get() throws StorageException {
        return storage.get(id(random.nextInt(RECORDS)));
    }

    @Benchmark
    public @Nullable StoredRecord getWhatIsNotThere() throws StorageException {
        return storage.get(id(random.nextInt(RECORDS)).successor());
    }

    /** Rows per second, in pages as readdir takes them. */
    @Benchmark
    @OperationsPerInvocation(PAGE)
    public List<StoredRecord> scan() throws StorageException {
        return storage.scan(id(random.nextInt(RECORDS - PAGE)), RecordId.of(Key.MAX, KIND), PAGE);
    }

    private static XodusStorage filled(Path path) {
        try {
            try (XodusStorage made = XodusStorage.create(path, withoutCache())) {
                fill(made);
            }
            return XodusStorage.open(path, withoutCache());
        } catch (StorageException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void fill(XodusStorage to) throws StorageException {
        byte[] value = new byte[120];
        new SplittableRandom(2).nextBytes(value);
        Version version = new Version(1, 0);
        for (int first = 0; first < RECORDS; first += BATCH) {
            List<Mutation> mutations = new ArrayList<>();
            for (int i = first; i < first + BATCH; i++) {
                mutations.add(new Mutation.Put(id(i), value));
            }
            version = version.next();
            to.append(new LogRecord(1, version, mutations), Purpose.GROW);
            to.commit(1, version);
        }
    }

    /** Ids ascend with their number and lie evenly in the key space. */
    private static RecordId id(int number) {
        return RecordId.of(new Key(Long.MAX_VALUE / RECORDS * number, number, 0), KIND);
    }

    private static StorageSettings withoutCache() {
        StorageSettings usual = StorageSettings.DEFAULT;
        return new StorageSettings(
                usual.segmentBytes(),
                usual.capacityBytes(),
                usual.reserveBytes(),
                usual.syncInterval(),
                usual.tableBytes(),
                usual.replayBytes(),
                0,
                usual.indexBytes(),
                usual.cleanerBytesPerSecond());
    }
}
