package magma.storage.xodus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import magma.dht.storage.StorageException;
import org.jspecify.annotations.Nullable;

/**
 * The directory of a storage, held by one process at a time.
 *
 * <pre>
 *   format      three lines: "magma storage", "version 2", "id UUID"
 *   lock        locked by the process that uses the directory; holds its pid
 *   mark        how it was left: see {@link ShutdownMark}
 *   log/        segments, NNNNNNNN.seg
 *   index/      the Xodus environment
 * </pre>
 */
final class StorageDirectory implements AutoCloseable {
    static final int VERSION = 2;
    private static final String FIRST_LINE = "magma storage";

    private final Path path;
    private final UUID id;
    private final int version;
    private final @Nullable FileChannel lock;

    /** @param lock null for none */
    private StorageDirectory(Path path, UUID id, int version, @Nullable FileChannel lock) {
        this.path = path;
        this.id = id;
        this.version = version;
        this.lock = lock;
    }

    Path path() {
        return path;
    }

    UUID id() {
        return id;
    }

    Path log() {
        return path.resolve("log");
    }

    Path index() {
        return path.resolve("index");
    }

    /** What is done in a directory between its making and its being valid. */
    interface Founding {
        void in(StorageDirectory directory) throws IOException;
    }

    /**
     * Makes a storage where there is none.
     *
     * @throws StorageException when the directory is there and not empty
     */
    static StorageDirectory create(Path path, Founding founding) throws StorageException {
        try {
            makeDirectories(path.toAbsolutePath());
            try (Stream<Path> files = Files.list(path)) {
                if (files.findAny().isPresent()) {
                    throw new StorageException(path + " is not empty: a storage is made in an empty directory only");
                }
            }
            UUID id = UUID.randomUUID();
            StorageDirectory directory = new StorageDirectory(path, id, VERSION, lock(path));
            try {
                Files.createDirectory(directory.log());
                Files.createDirectory(directory.index());
                founding.in(directory);
                directory.writeFormat();
                return directory;
            } catch (IOException | RuntimeException e) {
                directory.close();
                throw e;
            }
        } catch (StorageException e) {
            throw e;
        } catch (IOException e) {
            throw new StorageException("making a storage in " + path + " failed: " + e, e);
        }
    }

    /** Makes what is missing of a path, so that it survives a loss of power. */
    private static void makeDirectories(Path path) throws IOException {
        Path parent = path.getParent();
        if (parent == null || Files.isDirectory(path)) {
            return;
        }
        makeDirectories(parent);
        Files.createDirectory(path);
        Segments.syncDirectory(parent);
    }

    /** The file is as before or as it shall be, whatever happens meanwhile. */
    private void writeFormat() throws IOException {
        String text = FIRST_LINE + "\nversion " + VERSION + "\nid " + id + "\n";
        Path fresh = path.resolve("format.new");
        try (FileChannel channel = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            channel.force(true);
        }
        Files.move(fresh, path.resolve("format"), StandardCopyOption.ATOMIC_MOVE);
        Segments.syncDirectory(path);
    }

    /** From now on the directory has this version's format. To be called before anything is written that older versions do not know. */
    void upgrade() throws IOException {
        if (version < VERSION) {
            writeFormat();
        }
    }

    /** @throws StorageException when there is no storage of a known version, or another process uses it */
    static StorageDirectory open(Path path) throws StorageException {
        return open(path, StorageDirectory::lock);
    }

    /** As {@link #open}, to be read only: nothing on the disk changes. Many may do so at once, while nobody writes. */
    static StorageDirectory forReading(Path path) throws StorageException {
        return open(path, StorageDirectory::lockForReading);
    }

    /** Keeps other processes out of a directory. */
    private interface Locking {
        @Nullable
        FileChannel lock(Path path) throws IOException;
    }

    private static StorageDirectory open(Path path, Locking locking) throws StorageException {
        try {
            Path file = path.resolve("format");
            if (!Files.isDirectory(path) || !Files.exists(file)) {
                throw new StorageException(path + " holds no Magma storage. Is the disk mounted? "
                        + "A new storage is made by: magma start --create --data " + path);
            }
            List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
            if (lines.size() < 3
                    || !lines.get(0).equals(FIRST_LINE)
                    || !lines.get(1).matches("version [0-9]{1,9}")) {
                throw new StorageException(file + " is not the format file of a Magma storage");
            }
            int version = Integer.parseInt(lines.get(1).substring("version ".length()));
            if (version < 1 || version > VERSION) {
                throw new StorageException(path + " has storage format version " + version
                        + ", and this Magma knows versions up to " + VERSION + " only: use a newer Magma");
            }
            UUID id = id(file, lines.get(2));
            return new StorageDirectory(path, id, version, locking.lock(path));
        } catch (StorageException e) {
            throw e;
        } catch (IOException e) {
            throw new StorageException("opening the storage in " + path + " failed: " + e, e);
        }
    }

    private static UUID id(Path file, String line) throws StorageException {
        try {
            return UUID.fromString(line.substring("id ".length()));
        } catch (IllegalArgumentException | StringIndexOutOfBoundsException e) {
            throw new StorageException(file + " has no id in its third line", e);
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        FileChannel channel = FileChannel.open(
                path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        try {
            hold(path, channel, false);
            channel.truncate(0);
            channel.write(
                    ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8)));
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Where there is no lock file no process uses the directory, and none is made. */
    private static @Nullable FileChannel lockForReading(Path path) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(path.resolve("lock"), StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            return null;
        }
        try {
            hold(path, channel, true);
            return channel;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static void hold(Path path, FileChannel channel, boolean shared) throws IOException {
        try {
            FileLock held = channel.tryLock(0, Long.MAX_VALUE, shared);
            if (held == null) {
                ByteBuffer pid = ByteBuffer.allocate(20);
                channel.read(pid, 0);
                String text = new String(pid.array(), 0, pid.position(), StandardCharsets.UTF_8).trim();
                throw new StorageException(path + " is in use by pid " + text + ": stop that process first");
            }
        } catch (OverlappingFileLockException e) {
            throw new StorageException(
                    path + " is in use by pid " + ProcessHandle.current().pid() + ", which is this process", e);
        }
    }

    /** The segments there are, by number; open. */
    NavigableMap<Integer, SegmentFile> segments(boolean writable) throws IOException {
        TreeMap<Integer, SegmentFile> segments = new TreeMap<>();
        try (Stream<Path> files = Files.list(log())) {
            for (Path file : files.toList()) {
                var number = SegmentFile.number(file);
                if (number.isPresent()) {
                    segments.put(number.getAsInt(), SegmentFile.open(file, number.getAsInt(), writable));
                }
            }
        } catch (IOException e) {
            for (SegmentFile segment : segments.values()) {
                segment.close();
            }
            throw e;
        }
        return segments;
    }

    /** Lets other processes use the directory. */
    @Override
    public void close() throws StorageException {
        try {
            if (lock != null) {
                lock.close();
            }
        } catch (IOException e) {
            throw new StorageException("unlocking " + path + " failed: " + e.getMessage(), e);
        }
    }
}
