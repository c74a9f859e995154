package magma.vulcano;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;
import magma.dht.slice.SliceMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where one vulcano keeps what it has, and the lock that keeps other processes out while it runs.
 *
 * <pre>
 * network          which network this is; see {@link NetworkFile}. A directory without it is no data directory
 * storage/         the log, its segments and the index
 * council/         what this vulcano knows of the council, and its vote
 * identity/        this vulcano's certificate and key, and the network's secret
 * lock             locked while a vulcano runs
 * creating         there while a new network is being made; see {@link Creation}
 * vulcano.pid      its process id, while it runs
 * vulcano.address  where it listens, HOST:PORT, while it runs
 * listen           where it listened last, HOST:PORT
 * vulcano.log      what it says, where it runs in the background
 * </pre>
 */
public final class DataDirectory implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(DataDirectory.class);

    /** How many slices a new network has. */
    static final int SLICES = 64;

    static final String LOCK = "lock";
    private static final String PID = "vulcano.pid";
    private static final String ADDRESS = "vulcano.address";
    private static final String LAST_ADDRESS = "listen";
    static final String LOG = "vulcano.log";

    private final Path path;
    private final @Nullable FileChannel lockFile;
    private final NetworkFile network;
    private final Use use;

    /** What a directory was opened for. */
    private enum Use {
        CREATE,
        RUN,
        READ
    }

    private DataDirectory(Path path, @Nullable FileChannel lockFile, NetworkFile network, Use use) {
        this.path = path;
        this.lockFile = lockFile;
        this.network = network;
        this.use = use;
    }

    /**
     * Says early what {@link Vulcano#start} would say of the directory.
     *
     * @return a remark for whoever starts it, where there is one
     * @throws RefusalException when a vulcano cannot start on it
     */
    public static Optional<String> precheck(Path path, boolean create) throws IOException {
        if (!create) {
            requireNetwork(path);
            return Optional.empty();
        }
        requireRoom(path);
        return Creation.isUnfinished(path) ? Optional.of(takenOver(path)) : Optional.empty();
    }

    /** Whether a vulcano could begin there: there is no directory, or nothing that anybody could miss is in it. */
    public static boolean isEmpty(Path path) throws IOException {
        return !Files.isDirectory(path) || Creation.isEmpty(path) || Creation.isUnfinished(path);
    }

    private static String takenOver(Path path) {
        return path + " holds a new network whose making was not finished, and nothing else: it is made anew.";
    }

    /**
     * Begins a new network in an empty directory, which is made too where it is missing, or in one that holds a creation that was not finished. The network
     * is there once {@link #found} was called.
     *
     * @throws RefusalException when there is anything in it already, or its parent is missing
     */
    static DataDirectory create(Path path, String name) throws IOException {
        return create(
                path,
                new NetworkFile(
                        UUID.randomUUID(),
                        name,
                        Instant.now().truncatedTo(ChronoUnit.SECONDS),
                        SliceMap.even(SLICES),
                        UUID.randomUUID()));
    }

    /** As {@link #create(Path, String)}, for a vulcano of a network that is there. */
    static DataDirectory create(Path path, NetworkFile network) throws IOException {
        requireRoom(path);
        FileChannel lock = lock(path);
        try {
            // Another process may have been faster.
            requireRoom(path);
            if (Creation.isUnfinished(path)) {
                log.info("{}", takenOver(path));
                Creation.discard(path);
            }
            Creation.begin(path);
            return new DataDirectory(path, lock, network, Use.CREATE);
        } catch (IOException e) {
            lock.close();
            throw e;
        }
    }

    /** @throws RefusalException when there is no network in it, another process uses it, or its format is a later one */
    static DataDirectory open(Path path) throws IOException {
        requireNetwork(path);
        FileChannel lock = lock(path);
        try {
            NetworkFile network = NetworkFile.read(path);
            Creation.complete(path);
            return new DataDirectory(path, lock, network, Use.RUN);
        } catch (IOException e) {
            lock.close();
            throw e;
        }
    }

    /** As {@link #open}, to be read only: nothing in it changes. Many may do so at once, while no vulcano runs. */
    static DataDirectory forReading(Path path) throws IOException {
        requireNetwork(path);
        FileChannel lock = lockForReading(path);
        try {
            return new DataDirectory(path, lock, NetworkFile.read(path), Use.READ);
        } catch (IOException e) {
            if (lock != null) {
                lock.close();
            }
            throw e;
        }
    }

    /** @throws RefusalException when a vulcano cannot begin there */
    static void checkRoom(Path path) throws IOException {
        requireRoom(path);
    }

    /** Whether the vulcano is of a network that has a council: those made before there were councils have none. */
    static boolean hasCouncil(Path data) {
        return Files.isDirectory(data.resolve(Creation.COUNCIL));
    }

    /** Makes the directory where only it is missing. */
    private static void requireRoom(Path path) throws IOException {
        if (!Files.exists(path)) {
            Path parent = path.toAbsolutePath().getParent();
            if (parent != null && !Files.isDirectory(parent)) {
                throw new RefusalException(parent + " does not exist. If its disk is not mounted, mount it;"
                        + " otherwise make the directory: mkdir -p " + parent);
            }
            Files.createDirectory(path);
            if (parent != null) {
                DurableFile.syncDirectory(parent);
            }
        }
        requireDirectory(path);
        if (Files.exists(path.resolve(NetworkFile.FILE))) {
            throw new RefusalException(path + " already holds a network: start it without --create");
        }
        if (!Creation.isEmpty(path) && !Creation.isUnfinished(path)) {
            throw new RefusalException(
                    path + " is not empty: a new network needs an empty directory. Nothing was changed.");
        }
    }

    private static void requireNetwork(Path path) throws IOException {
        String remedy = " If its disk is not mounted, mount it first. To make a new network there, add --create.";
        if (!Files.exists(path)) {
            throw new RefusalException(path + " does not exist." + remedy);
        }
        requireDirectory(path);
        if (Files.exists(path.resolve(NetworkFile.FILE))) {
            return;
        }
        if (Creation.isUnfinished(path)) {
            throw new RefusalException(
                    path + " holds a new network whose making was not finished. To make it anew, add --create.");
        }
        throw new RefusalException(
                Creation.isEmpty(path)
                        ? path + " is empty." + remedy
                        : path + " is no data directory of Magma: it has no file \"" + NetworkFile.FILE + "\".");
    }

    private static void requireDirectory(Path path) throws RefusalException {
        if (!Files.isDirectory(path)) {
            throw new RefusalException(path + " is not a directory");
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        hold(path, channel, false);
        return channel;
    }

    /** Where there is no lock file no vulcano runs, and none is made. */
    private static @Nullable FileChannel lockForReading(Path path) throws IOException {
        FileChannel channel;
        try {
            channel = FileChannel.open(path.resolve(LOCK), StandardOpenOption.READ);
        } catch (NoSuchFileException e) {
            return null;
        }
        hold(path, channel, true);
        return channel;
    }

    private static void hold(Path path, FileChannel channel, boolean shared) throws IOException {
        FileLock lock;
        try {
            lock = channel.tryLock(0, Long.MAX_VALUE, shared);
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            channel.close();
            throw new RefusalException("a vulcano already runs on " + path
                    + runningPid(path).map(pid -> " (process " + pid + ")").orElse("")
                    + ". To stop it: magma stop --data " + path);
        }
    }

    /** Whether {@link #found} is still to be called. */
    boolean isNew() {
        return use == Use.CREATE;
    }

    /** Makes the new network one that is there: all else that belongs to it is. */
    void found() throws IOException {
        network.write(path);
        Creation.complete(path);
    }

    Path path() {
        return path;
    }

    NetworkFile network() {
        return network;
    }

    /** Where the council keeps what this vulcano knows of it. */
    Path council() {
        return path.resolve(Creation.COUNCIL);
    }

    /** Where the vulcano's own certificate is, and what it can sign with. */
    Path identity() {
        return path.resolve(Creation.IDENTITY);
    }

    Path storage() {
        return path.resolve("storage");
    }

    /** Where the log of a vulcano in the background goes. */
    public static Path log(Path data) {
        return data.resolve(LOG);
    }

    /** Tells others that the vulcano is ready, and where. */
    void announce(String address) throws IOException {
        Files.writeString(path.resolve(ADDRESS), address + "\n");
        // The others look for it there, also after a loss of power.
        DurableFile.write(path.resolve(LAST_ADDRESS), address + "\n");
        Files.writeString(path.resolve(PID), ProcessHandle.current().pid() + "\n");
    }

    /** The process that runs on a data directory and has announced itself; empty for none that is alive. */
    public static Optional<Long> runningPid(Path data) throws IOException {
        try {
            return firstLine(data.resolve(PID))
                    .map(Long::parseLong)
                    .filter(pid ->
                            ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Where the process that runs on a data directory listens, HOST:PORT; empty when none has announced itself. */
    public static Optional<String> runningAddress(Path data) throws IOException {
        return runningPid(data).isEmpty() ? Optional.empty() : firstLine(data.resolve(ADDRESS));
    }

    /** Where the last process that ran on a data directory listened, HOST:PORT: there the other vulcanos look for it. */
    public static Optional<String> lastAddress(Path data) throws IOException {
        return firstLine(data.resolve(LAST_ADDRESS));
    }

    private static Optional<String> firstLine(Path file) throws IOException {
        try {
            return Files.readAllLines(file, StandardCharsets.UTF_8).stream().findFirst();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Takes the announcement back and lets others in. */
    @Override
    public void close() throws IOException {
        if (use != Use.READ) {
            Files.deleteIfExists(path.resolve(PID));
            Files.deleteIfExists(path.resolve(ADDRESS));
        }
        if (lockFile != null) {
            lockFile.close();
        }
    }
}
