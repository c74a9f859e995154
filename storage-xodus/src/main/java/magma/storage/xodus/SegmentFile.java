package magma.storage.xodus;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * The file of one segment. An interrupt of the calling thread closes a {@link FileChannel} under all its users; here it is opened again and the thread
 * stays interrupted.
 */
final class SegmentFile implements AutoCloseable {
    private static final String SUFFIX = ".seg";

    private final Path path;
    private final int number;
    private final boolean writable;
    private volatile FileChannel channel;
    private volatile boolean closed;

    private SegmentFile(Path path, int number, boolean writable, FileChannel channel) {
        this.path = path;
        this.number = number;
        this.writable = writable;
        this.channel = channel;
    }

    /** A segment that was deleted or closed while it was in use: look up again where the bytes are now. */
    static final class GoneException extends IOException {
        private static final long serialVersionUID = 1L;

        GoneException(Path path) {
            super(path + " is closed");
        }
    }

    static String name(int number) {
        return String.format(Locale.ROOT, "%08x%s", number, SUFFIX);
    }

    /** The number in a file's name, or empty where it names no segment. */
    static OptionalInt number(Path path) {
        String name = String.valueOf(path.getFileName());
        if (!name.matches("[0-7][0-9a-f]{7}\\.seg")) {
            return OptionalInt.empty();
        }
        return OptionalInt.of(Integer.parseInt(name.substring(0, 8), 16));
    }

    static SegmentFile create(Path directory, int number) throws IOException {
        Path path = directory.resolve(name(number));
        return new SegmentFile(path, number, true, FileChannel.open(path, CREATE_NEW, READ, WRITE));
    }

    static SegmentFile open(Path path, int number, boolean writable) throws IOException {
        return new SegmentFile(path, number, writable, channel(path, writable));
    }

    private static FileChannel channel(Path path, boolean writable) throws IOException {
        return writable ? FileChannel.open(path, READ, WRITE) : FileChannel.open(path, READ);
    }

    Path path() {
        return path;
    }

    /** What to run to learn more of what is wrong in this storage. */
    String advice(String verb) {
        Path log = path.getParent();
        return "run: magma storage " + verb + " " + (log == null ? path : log.getParent());
    }

    int number() {
        return number;
    }

    private interface Work {
        int on(FileChannel channel) throws IOException;
    }

    private int run(Work work) throws IOException {
        boolean interrupted = false;
        try {
            while (true) {
                FileChannel open = channel;
                try {
                    return work.on(open);
                } catch (ClosedChannelException e) {
                    interrupted |= Thread.interrupted();
                    reopen(open);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private synchronized void reopen(FileChannel broken) throws IOException {
        if (closed) {
            throw new GoneException(path);
        }
        if (channel == broken) {
            channel = channel(path, writable);
        }
    }

    /** Fills {@code to} from {@code offset} on. @throws EOFException when the file ends before */
    void read(ByteBuffer to, int offset) throws IOException {
        int start = to.position();
        while (to.hasRemaining()) {
            int at = offset + to.position() - start;
            if (run(open -> open.read(to, at)) < 0) {
                throw new EOFException(path + " ends before byte " + (at + to.remaining()));
            }
        }
    }

    /** Writes all of {@code from}, which is consumed. */
    void write(ByteBuffer from, int offset) throws IOException {
        int start = from.position();
        while (from.hasRemaining()) {
            int at = offset + from.position() - start;
            run(open -> open.write(from, at));
        }
    }

    /** Makes what was written survive a loss of power. */
    void sync() throws IOException {
        run(open -> {
            open.force(false);
            return 0;
        });
    }

    int size() throws IOException {
        return run(open -> Math.toIntExact(open.size()));
    }

    void cut(int size) throws IOException {
        run(open -> {
            open.truncate(size);
            return 0;
        });
    }

    /** Later use throws {@link GoneException}. */
    @Override
    public synchronized void close() throws IOException {
        closed = true;
        channel.close();
    }

    void delete() throws IOException {
        Files.deleteIfExists(path);
        close();
    }
}
