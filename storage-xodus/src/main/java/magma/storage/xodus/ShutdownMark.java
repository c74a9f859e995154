package magma.storage.xodus;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers whether the log may have lost what was not synced. The file is one line, filled up with spaces to {@value #BYTES} bytes and written over where it lies, so that a
 * full disk does not matter; what else is found there, as after a loss of power in the middle, counts as unclean.
 *
 * <pre>
 *   closed       everything was synced, and the storage closed
 *   open BOOT    in use since this boot of the machine; nothing was lost before
 *   unclean      something may have been lost, and {@link #markClean} was not called since
 * </pre>
 */
final class ShutdownMark {
    private static final Logger LOG = LoggerFactory.getLogger(ShutdownMark.class);

    private static final int BYTES = 64;
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final String CLOSED = "closed";
    private static final String UNCLEAN = "unclean";

    private final Path directory;
    private final Path file;
    private final String boot;
    private boolean clean;

    private ShutdownMark(Path directory, String boot) {
        this.directory = directory;
        this.file = directory.resolve("mark");
        this.boot = boot;
    }

    /** What the kernel calls this boot of the machine. Where it has no name for it, one that is never the same. */
    static String boot() {
        try {
            return Files.readString(BOOT_ID).trim();
        } catch (IOException e) {
            return UUID.randomUUID().toString();
        }
    }

    /** Marks a storage in which nothing was written yet. */
    static void create(Path directory) throws IOException {
        new ShutdownMark(directory, "").write(CLOSED);
    }

    /** Looks how the storage was left, and marks it as in use, which survives a loss of power. */
    static ShutdownMark open(Path directory, String boot) throws IOException {
        ShutdownMark mark = new ShutdownMark(directory, boot);
        String left = mark.read();
        mark.clean = left.equals(CLOSED) || left.equals(mark.inUse());
        mark.write(mark.clean ? mark.inUse() : UNCLEAN);
        return mark;
    }

    private String inUse() {
        return "open " + boot;
    }

    /** Format version 1 had no mark: nobody knows then. */
    private String read() throws IOException {
        return Files.exists(file) ? new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).trim() : UNCLEAN;
    }

    private void write(String line) throws IOException {
        boolean made = !Files.exists(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            String padded = line + " ".repeat(Math.max(0, BYTES - 1 - line.length())) + "\n";
            ByteBuffer bytes = ByteBuffer.wrap(padded.getBytes(StandardCharsets.ISO_8859_1));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        if (made) {
            Segments.syncDirectory(directory);
        }
    }

    synchronized boolean isClean() {
        return clean;
    }

    /** Whoever had to know that something may have been lost knows it. */
    synchronized void markClean() throws IOException {
        if (!clean) {
            write(inUse());
            clean = true;
        }
    }

    /** Everything is synced, and nothing more is written. */
    synchronized void close() throws IOException {
        if (clean) {
            write(CLOSED);
        }
    }

    /** What was not synced is in doubt from now on. */
    synchronized void doubt() {
        clean = false;
        try {
            write(UNCLEAN);
        } catch (IOException e) {
            LOG.error("That the log failed cannot be noted in {}: {}", file, e.getMessage(), e);
        }
    }
}
