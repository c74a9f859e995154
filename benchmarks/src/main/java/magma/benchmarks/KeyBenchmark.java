package magma.benchmarks;

import java.util.UUID;
import java.util.concurrent.TimeUnit;
import magma.dht.key.KeyFunction;
import magma.dht.key.KeyScheme;
import magma.dht.record.Records;
import magma.dht.storage.RecordId;
import magma.fs.FsException;
import magma.fs.Key;
import magma.fs.Name;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Making keys: one SHA-1 for an entry or a new flare, two for a chunk. */
@Fork(1)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class KeyBenchmark {
    private final KeyScheme keys = new KeyScheme(KeyFunction.SHA1);
    private final Records records = new Records(keys);
    private final Key root = keys.root(new UUID(1, 2));
    private final byte[] nonce = new byte[KeyScheme.NONCE_BYTES];
    private final Name name = name("a-name-of-usual-length.txt");
    private long index;

    @Benchmark
    public Key entry() {
        return keys.entry(root, name);
    }

    @Benchmark
    public RecordId entryRecordId() {
        return records.entry(root, name);
    }

    @Benchmark
    public Key flare() {
        return keys.flare(root, name, nonce);
    }

    @Benchmark
    public Key chunk() {
        return keys.chunk(root, index++);
    }

    private static Name name(String text) {
        try {
            return Name.of(text);
        } catch (FsException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
