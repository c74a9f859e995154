package magma.benchmarks;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import magma.dht.record.ChunkLayout;
import magma.dht.record.Content;
import magma.dht.record.Flare;
import magma.dht.record.Rights;
import magma.dht.record.Times;
import magma.dht.wire.Codecs;
import magma.dht.wire.FileRequest;
import magma.dht.wire.Frame;
import magma.dht.wire.MalformedFrameException;
import magma.dht.wire.Message;
import magma.dht.wire.Reply;
import magma.fs.Caller;
import magma.fs.FlareType;
import magma.fs.Key;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Between objects and bytes: a file's record as it is on disk, and two messages as they are on the wire, a write of 4 KiB and attributes. */
@Fork(1)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Thread)
public class CodecBenchmark {
    private final Flare flare = new Flare(
            FlareType.FILE,
            new Rights(0644, 1000, 1000, null, null, 1),
            1,
            Times.allAt(Instant.ofEpochSecond(1_700_000_000, 123_456_789)),
            7,
            3 << 20,
            3 << 20,
            new Flare.Special.File(
                    new Content(false, ChunkLayout.FIRST_NEAR, 2, List.of(new Content.Cut(2, 4096)), 3)));
    private final byte[] flareBytes = flare.encode();
    private final Message write = new FileRequest.Write(
            5, Caller.of(1000, 1000, java.util.Set.of(1000, 27), 022), 8192, ByteBuffer.allocate(4096));
    private final int writeType = Codecs.type(write);
    private final ByteBuffer writeBody = body(write);
    private final Message attributes = new Reply.AttributesOf(flare.attributes(new Key(1, 2, 3)));
    private final int attributesType = Codecs.type(attributes);
    private final ByteBuffer attributesBody = body(attributes);

    @Benchmark
    public byte[] encodeFlare() {
        return flare.encode();
    }

    @Benchmark
    public Flare decodeFlare() {
        return Flare.decode(flareBytes);
    }

    @Benchmark
    public Codecs.Encoded encodeWrite() {
        return Codecs.encode(write, 9);
    }

    @Benchmark
    public Message decodeWrite() throws MalformedFrameException {
        return Codecs.decode(writeType, writeBody.duplicate());
    }

    @Benchmark
    public Codecs.Encoded encodeAttributes() {
        return Codecs.encode(attributes, 9);
    }

    @Benchmark
    public Message decodeAttributes() throws MalformedFrameException {
        return Codecs.decode(attributesType, attributesBody.duplicate());
    }

    private static ByteBuffer body(Message message) {
        Codecs.Encoded encoded = Codecs.encode(message, 9);
        ByteBuffer frame = ByteBuffer.allocate(encoded.bytes()).put(encoded.head());
        if (encoded.content() != null) {
            frame.put(encoded.content());
        }
        return frame.flip().position(Frame.HEAD_BYTES).slice();
    }
}
