package magma.it;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
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
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A mixed load on one directory that knows what fsync acknowledged. It ends with the first error, as when the filesystem dies.
 *
 * <p>What it holds Magma to after a loss of power: an fsync, of any file or directory, makes everything durable that was acknowledged before it was called, by whatever worker,
 * but for content that waits in memory with another open file. What is left beyond that is a past: each worker's steps from the first to some step, and no
 * step of one worker without those that others had ended before it began.
 */
final class SyncedLoad {
    private static final int NAMES = 40;
    private static final int DIRECTORIES = 5;
    private static final int BUFFERED = 60_000;
    private static final int LARGE = 400_000;
    private static final int HUGE = 2_500_000;
    private static final int REGULAR = 0100644;
    private static final int DIRECTORY = 040755;
    private static final int SYMLINK = 0120777;

    private final Path directory;
    private final Random random;
    private final Journal journal;
    private final History history;
    private final BooleanSupplier over;
    private List<SyncedLoad> all = List.of(this);
    private final AtomicLong syncs = new AtomicLong();
    private boolean hasRun;

    /** A file to whose end is written while it stays open, as databases do, with content that follows from the offset. */
    private record Journal(String name, long seed) {
        byte[] content(int from, int length) {
            byte[] bytes = new byte[length];
            for (int i = 0; i < length; i++) {
                long mixed = (seed + from + i) * 0x9E3779B97F4A7C15L;
                bytes[i] = (byte) (mixed >>> 56);
            }
            return bytes;
        }
    }

    private int journalWritten;
    private int journalSynced;

    /**
     * @param directory there, and durable; what is in it was read into {@code base}
     * @param over when to end without an error
     */
    SyncedLoad(Path directory, Map<String, Found> base, long seed, BooleanSupplier over) {
        this.directory = directory;
        this.random = new Random(seed);
        this.journal = new Journal("journal" + seed, seed);
        this.history = new History(withoutJournal(base));
        this.over = over;
    }

    private Map<String, Found> withoutJournal(Map<String, Found> tree) {
        Map<String, Found> rest = new HashMap<>(tree);
        rest.remove(journal.name());
        return rest;
    }

    /** All that work at the same time, this one among them. */
    void among(List<SyncedLoad> workers) {
        all = List.copyOf(workers);
    }

    /** How many fsyncs were acknowledged. */
    long syncs() {
        return syncs.get();
    }

    long steps() {
        return history.done();
    }

    void run() {
        hasRun = true;
        Path path = directory.resolve(journal.name());
        try (FileChannel open = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            while (!over.getAsBoolean()) {
                if (random.nextInt(4) == 0) {
                    extendJournal(open);
                } else {
                    step();
                }
            }
        } catch (IOException e) {
            // The filesystem is gone.
        }
    }

    private void extendJournal(FileChannel open) throws IOException {
        byte[] more = journal.content(journalWritten, 1 + random.nextInt(5000));
        int from = journalWritten;
        journalWritten += more.length;
        ByteBuffer buffer = ByteBuffer.wrap(more);
        while (buffer.hasRemaining()) {
            open.write(buffer, from + buffer.position());
        }
        if (random.nextInt(4) == 0) {
            int written = journalWritten;
            sync(open);
            journalSynced = written;
        }
    }

    private void sync(FileChannel channel) throws IOException {
        int[] before = all.stream().mapToInt(load -> load.history.done()).toArray();
        channel.force(random.nextBoolean());
        syncs.incrementAndGet();
        for (int i = 0; i < before.length; i++) {
            all.get(i).history.durable(before[i]);
        }
    }

    private void step() throws IOException {
        String path = some();
        Found there = history.state().get(path);
        switch (random.nextInt(20)) {
            case 0, 1, 2, 3, 4 -> write(path, there);
            case 5, 6 -> append(path, there);
            case 7 -> overwrite(path, there);
            case 8 -> resize(path, there);
            case 9, 10, 11 -> remove(path, there);
            case 12, 13, 14 -> rename(path, some());
            case 15 -> makeDirectory("d" + random.nextInt(DIRECTORIES));
            case 16 -> symlink(path, there);
            case 17 -> changeMode(path, there);
            case 18 -> link(path, some());
            default -> syncDirectory(path);
        }
    }

    /** A name of a file, in a directory that there is, now and then of such a directory. */
    private String some() {
        String sub = "d" + random.nextInt(DIRECTORIES);
        if (!history.state().containsKey(sub) || random.nextBoolean()) {
            return "f" + random.nextInt(NAMES);
        }
        return random.nextInt(20) == 0 ? sub : sub + "/f" + random.nextInt(NAMES);
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private int length() {
        return switch (random.nextInt(10)) {
            case 0, 1, 2, 3 -> random.nextInt(4200);
            case 4, 5, 6, 7 -> random.nextInt(BUFFERED);
            case 8 -> random.nextInt(LARGE);
            default -> random.nextInt(8) == 0 ? random.nextInt(HUGE) : random.nextInt(LARGE);
        };
    }

    private interface Work {
        void run() throws IOException;
    }

    private void change(Map<String, @Nullable Found> edits, History.Between between, Work work) throws IOException {
        history.begin(edits, between);
        work.run();
        history.end();
    }

    private void change(Map<String, @Nullable Found> edits, Work work) throws IOException {
        change(edits, History.Between.NOTHING, work);
    }

    /** All names of the file that has this one lead to {@code after}. */
    private Map<String, @Nullable Found> edits(String path, Found.File after) {
        Found there = history.state().get(path);
        Map<String, @Nullable Found> edits = new HashMap<>();
        history.state().forEach((name, found) -> {
            if (found == there) {
                edits.put(name, after);
            }
        });
        edits.put(path, after);
        return edits;
    }

    private Path at(String path) {
        return directory.resolve(path);
    }

    private void write(String path, @Nullable Found there) throws IOException {
        if (there != null && !(there instanceof Found.File)) {
            return;
        }
        int mode = there == null ? REGULAR : there.mode();
        OpenOption[] options = {
            StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE
        };
        Map<String, @Nullable Found> emptied = edits(path, new Found.File(mode, new byte[0]));
        history.begin(emptied, History.Between.NOTHING);
        try (FileChannel channel = FileChannel.open(at(path), options)) {
            history.end();
            grow(path, channel, bytes(length()));
            if (random.nextInt(4) == 0) {
                grow(path, channel, bytes(length() / 4));
            }
        }
    }

    private void append(String path, @Nullable Found there) throws IOException {
        if (there instanceof Found.File) {
            try (FileChannel channel =
                    FileChannel.open(at(path), StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
                grow(path, channel, bytes(length()));
            }
        }
    }

    /** Writes at the end, in pieces, and syncs, closes the file, or lets it wait in memory: then only what follows ends the step. */
    private void grow(String path, FileChannel channel, byte[] more) throws IOException {
        if (!(history.state().get(path) instanceof Found.File before)) {
            throw new IllegalStateException(path + " is open and no file");
        }
        byte[] content = Arrays.copyOf(before.content(), before.content().length + more.length);
        System.arraycopy(more, 0, content, before.content().length, more.length);
        boolean synced = random.nextInt(3) == 0;
        change(edits(path, new Found.File(before.mode(), content)), History.Between.GROWTH, () -> {
            ByteBuffer buffer = ByteBuffer.wrap(more);
            while (buffer.hasRemaining()) {
                buffer.limit(Math.min(more.length, buffer.position() + 1 + random.nextInt(130_000)));
                channel.write(buffer);
                buffer.limit(more.length);
            }
            if (synced) {
                sync(channel);
            } else {
                flush(path);
            }
        });
        if (synced) {
            // It was under way when the sync was called, and its content is what was synced.
            history.durable(history.done());
        }
    }

    /** Another's close hands all of the file's content to storage. */
    private void flush(String path) throws IOException {
        FileChannel.open(at(path), StandardOpenOption.WRITE).close();
    }

    private void overwrite(String path, @Nullable Found there) throws IOException {
        if (!(there instanceof Found.File file) || file.content().length == 0) {
            return;
        }
        byte[] content = file.content().clone();
        int from = random.nextInt(content.length);
        byte[] fresh = bytes(Math.min(content.length - from, 1 + random.nextInt(150_000)));
        System.arraycopy(fresh, 0, content, from, fresh.length);
        change(edits(path, new Found.File(file.mode(), content)), History.Between.MIXTURE, () -> {
            try (FileChannel channel = FileChannel.open(at(path), StandardOpenOption.WRITE)) {
                ByteBuffer buffer = ByteBuffer.wrap(fresh);
                while (buffer.hasRemaining()) {
                    channel.write(buffer, from + buffer.position());
                }
            }
        });
    }

    private void resize(String path, @Nullable Found there) throws IOException {
        if (!(there instanceof Found.File file)) {
            return;
        }
        int size = random.nextInt(file.content().length + 30_000);
        Found.File after = new Found.File(file.mode(), Arrays.copyOf(file.content(), size));
        try (RandomAccessFile open = new RandomAccessFile(at(path).toFile(), "rw")) {
            change(edits(path, after), () -> open.setLength(size));
        }
    }

    private void remove(String path, @Nullable Found there) throws IOException {
        boolean full = history.state().keySet().stream().anyMatch(other -> other.startsWith(path + "/"));
        if (there != null && !full) {
            Map<String, @Nullable Found> gone = new HashMap<>();
            gone.put(path, null);
            change(gone, () -> Files.delete(at(path)));
        }
    }

    private void rename(String from, String to) throws IOException {
        Found moved = history.state().get(from);
        Found there = history.state().get(to);
        boolean moves = moved != null && moved != there && !to.startsWith(from + "/") && !from.startsWith(to + "/");
        boolean fits =
                moves && (moved instanceof Found.Directory ? there == null : !(there instanceof Found.Directory));
        if (!fits) {
            return;
        }
        Map<String, @Nullable Found> edits = new HashMap<>();
        history.state().forEach((path, found) -> {
            if (path.equals(from) || path.startsWith(from + "/")) {
                edits.put(path, null);
                edits.put(to + path.substring(from.length()), found);
            }
        });
        change(edits, () -> Files.move(at(from), at(to), StandardCopyOption.ATOMIC_MOVE));
    }

    private void makeDirectory(String path) throws IOException {
        if (!history.state().containsKey(path)) {
            change(Map.of(path, new Found.Directory(DIRECTORY)), () -> Files.createDirectory(at(path)));
        }
    }

    private void symlink(String path, @Nullable Found there) throws IOException {
        if (there == null) {
            String target = "to/" + random.nextInt();
            change(
                    Map.of(path, new Found.Symlink(SYMLINK, target)),
                    () -> Files.createSymbolicLink(at(path), Path.of(target)));
        }
    }

    private void changeMode(String path, @Nullable Found there) throws IOException {
        if (there instanceof Found.File file) {
            int mode = 0100000 | random.nextInt(0200) << 2 | 0600;
            change(
                    edits(path, new Found.File(mode, file.content())),
                    () -> Files.setAttribute(at(path), "unix:mode", mode));
        }
    }

    private void link(String from, String to) throws IOException {
        Found there = history.state().get(from);
        if (there instanceof Found.File && !history.state().containsKey(to)) {
            change(Map.of(to, there), () -> Files.createLink(at(to), at(from)));
        }
    }

    private void syncDirectory(String path) throws IOException {
        Path parent = at(path).getParent();
        try (FileChannel channel = FileChannel.open(parent == null ? directory : parent, StandardOpenOption.READ)) {
            sync(channel);
        }
    }

    /**
     * What is not as was promised.
     *
     * @param tree what is there after the loss of power
     */
    List<String> problems(Map<String, Found> tree, History.Extent extent) {
        List<String> problems = new ArrayList<>();
        if (!extent.problem().isEmpty()) {
            problems.add(directory.getFileName() + ": " + extent.problem());
        }
        if (!hasRun) {
            return problems;
        }
        byte[] left = tree.get(journal.name()) instanceof Found.File file ? file.content() : new byte[0];
        if (left.length < journalSynced || left.length > journalWritten) {
            problems.add(directory.getFileName() + "/" + journal.name() + " has " + left.length + " bytes; "
                    + journalSynced + " were synced and " + journalWritten + " written");
        } else if (!Arrays.equals(left, journal.content(0, left.length))) {
            problems.add(
                    directory.getFileName() + "/" + journal.name() + " has " + left.length + " bytes; " + journalSynced
                            + " were synced and " + journalWritten + " written"
                            + History.difference(journal.content(0, left.length), left));
        }
        return problems;
    }

    /** How much of what was done is there. */
    History.Extent extent(Map<String, Found> tree) {
        return history.extent(withoutJournal(tree));
    }

    /** Its directory's name. */
    String name() {
        return String.valueOf(directory.getFileName());
    }
}
