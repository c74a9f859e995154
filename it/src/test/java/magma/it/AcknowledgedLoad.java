package magma.it;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A mixed load on one directory that knows what was acknowledged. It ends with the first error, as when the filesystem dies. The operation that was under way
 * then may have happened or not; its paths are looked at with that in mind, and then taken as found.
 */
final class AcknowledgedLoad {
    private static final int NAMES = 200;
    private static final int BIG = 300_000;

    private final Path directory;
    private final Random random;
    private final Map<Path, byte[]> files = new HashMap<>();
    private final List<Path> uncertain = new ArrayList<>();
    private final AtomicLong acknowledged = new AtomicLong();
    private volatile boolean over;
    private volatile @Nullable IOException failure;

    AcknowledgedLoad(Path directory, long seed) {
        this.directory = directory;
        this.random = new Random(seed);
    }

    long acknowledged() {
        return acknowledged.get();
    }

    /** Why it ended, if not because it was told to. */
    @Nullable
    IOException failure() {
        return failure;
    }

    /** {@link #run} ends soon. */
    void end() {
        over = true;
    }

    void run() {
        over = false;
        failure = null;
        uncertain.clear();
        try {
            Files.createDirectories(directory.resolve("sub"));
            while (!over) {
                step();
                uncertain.clear();
                acknowledged.incrementAndGet();
            }
        } catch (IOException e) {
            // The filesystem is gone; what was under way is uncertain.
            failure = e;
        }
    }

    private void step() throws IOException {
        Path path = some();
        int kind = random.nextInt(10);
        if (kind < 5) {
            write(path, bytes(kind == 0 ? BIG : random.nextInt(30_000)));
        } else if (kind == 5) {
            append(path, bytes(random.nextInt(12_000) + 1));
        } else if (kind < 8) {
            uncertain.add(path);
            Files.deleteIfExists(path);
            files.remove(path);
        } else {
            rename(path, some());
        }
    }

    private Path some() {
        String name = "f" + random.nextInt(NAMES);
        return random.nextInt(4) == 0 ? directory.resolve("sub").resolve(name) : directory.resolve(name);
    }

    private void write(Path path, byte[] content) throws IOException {
        uncertain.add(path);
        Files.write(path, content);
        files.put(path, content);
    }

    /** Acknowledged by fsync, while the file stays open a little longer. */
    private void append(Path path, byte[] more) throws IOException {
        uncertain.add(path);
        byte[] before = files.getOrDefault(path, new byte[0]);
        try (FileChannel channel = FileChannel.open(
                path, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            ByteBuffer buffer = ByteBuffer.wrap(more);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
            byte[] after = Arrays.copyOf(before, before.length + more.length);
            System.arraycopy(more, 0, after, before.length, more.length);
            files.put(path, after);
            uncertain.clear();
        }
    }

    private void rename(Path from, Path to) throws IOException {
        if (!files.containsKey(from) || from.equals(to)) {
            return;
        }
        uncertain.add(from);
        uncertain.add(to);
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IllegalStateException("one filesystem, yet no atomic rename", e);
        }
        byte[] content = files.remove(from);
        if (content != null) {
            files.put(to, content);
        }
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** What is not as it was acknowledged. */
    List<String> missing() throws IOException {
        List<String> missing = new ArrayList<>();
        for (Path path : uncertain) {
            if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                files.put(path, Files.readAllBytes(path));
            } else {
                files.remove(path);
            }
        }
        for (Map.Entry<Path, byte[]> file : files.entrySet()) {
            if (!Files.exists(file.getKey())) {
                missing.add(file.getKey() + " is gone");
            } else if (!Arrays.equals(Files.readAllBytes(file.getKey()), file.getValue())) {
                missing.add(file.getKey() + " has other content");
            }
        }
        for (Path there : present()) {
            if (!files.containsKey(there)) {
                missing.add(there + " has come back");
            }
        }
        return missing;
    }

    private List<Path> present() throws IOException {
        try (var paths = Files.walk(directory)) {
            return paths.filter(Files::isRegularFile).toList();
        }
    }
}
