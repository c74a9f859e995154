package magma.storage.xodus;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import magma.dht.storage.LogRecord;
import magma.dht.storage.Mutation;
import magma.dht.storage.Storage.Purpose;
import magma.dht.storage.StorageException;
import magma.dht.storage.Version;

/** Directories of each format version that were made once and are kept, and what was written to them. */
final class Kept {
    private Kept() {}

    /** A copy of a directory that is kept. */
    static Path copy(String name, Path to) throws IOException, URISyntaxException {
        Path format = Path.of(Objects.requireNonNull(Kept.class.getResource("/" + name + "/format"))
                .toURI());
        return Places.copy(Objects.requireNonNull(format.getParent()), to);
    }

    static ByteBuffer content(int seed) {
        byte[] bytes = new byte[900];
        new Random(seed).nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }

    static LogRecord record(long slice, long sequence, Mutation... mutations) {
        return new LogRecord(slice, new Version(1, sequence), List.of(mutations));
    }

    static void write(XodusStorage storage, long slice, long sequence, Mutation... mutations) throws StorageException {
        storage.append(record(slice, sequence, mutations), Purpose.GROW);
        storage.commit(slice, new Version(1, sequence));
    }
}
