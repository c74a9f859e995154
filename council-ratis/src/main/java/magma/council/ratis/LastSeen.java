package magma.council.ratis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.zip.CRC32C;
import magma.dht.codec.Decoder;
import magma.dht.codec.Encoder;
import magma.dht.codec.MalformedException;
import magma.dht.council.CouncilState;
import org.jspecify.annotations.Nullable;

/**
 * The file in which each member keeps the last state of the council that it has seen. From it the member goes on when it starts, and a lost council is founded again.
 *
 * <p>Bytes: format (1), index of the entry (8), length and state, CRC32C of all before (4).
 */
final class LastSeen {
    private static final String NAME = "last-seen";
    private static final int FORMAT = 1;
    private static final int CHECKSUM_BYTES = 4;
    private static final long LEAST_PAUSE_NANOS = 1_000_000_000L;

    private final Path directory;
    private final Seen seen;
    private long savedVersion = -1;
    private long savedAt = System.nanoTime() - LEAST_PAUSE_NANOS;

    LastSeen(Path directory, Seen seen) {
        this.directory = directory;
        this.seen = seen;
    }

    /** Whether there is something new to write, and the last time was a second ago. */
    synchronized boolean isDue() {
        Seen.Held held = seen.held();
        return held != null
                && held.state().version() != savedVersion
                && System.nanoTime() - savedAt >= LEAST_PAUSE_NANOS;
    }

    /** Writes what was seen last, if that is new. */
    synchronized void save() throws IOException {
        Seen.Held held = seen.held();
        if (held == null || held.state().version() == savedVersion) {
            return;
        }
        savedAt = System.nanoTime();
        write(directory, held);
        savedVersion = held.state().version();
    }

    static boolean isIn(Path directory) {
        return Files.exists(directory.resolve(NAME));
    }

    /** @return null when there is none */
    static @Nullable Instant writtenAt(Path directory) throws IOException {
        return isIn(directory)
                ? Files.getLastModifiedTime(directory.resolve(NAME)).toInstant()
                : null;
    }

    static void write(Path directory, Seen.Held held) throws IOException {
        byte[] content = new Encoder()
                .u8(FORMAT)
                .i64(held.index())
                .bytes(held.state().encode())
                .toBytes();
        byte[] whole = new Encoder(content.length + CHECKSUM_BYTES)
                .raw(content)
                .i32(checksum(content))
                .toBytes();
        WholeFile.write(directory.resolve(NAME), whole);
    }

    /**
     * @return null when there is none
     * @throws IOException when it cannot be read or is damaged
     */
    static Seen.@Nullable Held read(Path directory) throws IOException {
        Path file = directory.resolve(NAME);
        if (!Files.exists(file)) {
            return null;
        }
        byte[] whole = Files.readAllBytes(file);
        int length = Math.max(0, whole.length - CHECKSUM_BYTES);
        byte[] content = Arrays.copyOf(whole, length);
        byte[] checksum = Arrays.copyOfRange(whole, length, whole.length);
        if (!Arrays.equals(checksum, new Encoder().i32(checksum(content)).toBytes())) {
            throw new IOException(file + " is damaged");
        }
        try {
            return Decoder.decode("last seen state", content, LastSeen::read);
        } catch (MalformedException e) {
            throw new IOException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static Seen.Held read(Decoder from) {
        int format = from.u8();
        if (format != FORMAT) {
            throw new MalformedException("format " + format + "; this release knows " + FORMAT);
        }
        long index = from.i64();
        return new Seen.Held(CouncilState.decode(from.bytes(Integer.MAX_VALUE)), index);
    }

    private static int checksum(byte[] content) {
        CRC32C checksum = new CRC32C();
        checksum.update(content);
        return (int) checksum.getValue();
    }
}
