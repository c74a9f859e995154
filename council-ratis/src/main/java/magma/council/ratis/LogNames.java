package magma.council.ratis;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The names of the files of a voter's log. Ratis syncs what it writes into them, but no directory: a vote, which is a file that is renamed, or the beginning of a segment might be gone with the power. So nothing
 * that relies on them is said to anybody before {@link #sync}. Safe for all threads.
 */
final class LogNames {
    /** A name that comes so soon after another may leave the directory's time as it is. */
    private static final Duration CLOCK_STEP = Duration.ofMillis(100);

    private final Path current;

    /** From within outwards: what a name leads to is durable before the name is. */
    private final List<Path> directories;

    private @Nullable FileTime synced;

    /**
     * @param councils the directory that {@code logs} is in
     * @param logs of all councils
     * @param log of this one
     * @param group the directory in it that Ratis makes
     */
    LogNames(Path councils, Path logs, Path log, Path group) {
        current = group.resolve("current");
        directories = List.of(current, group.resolve("sm"), group, log, logs, councils);
    }

    /** Whether there is a log. One that was being made when the power went is none. */
    boolean hasLog() {
        return Files.isRegularFile(current.resolve("raft-meta"));
    }

    /** All names, those of the directories too, are durable on return. For when the log may be new. */
    void syncAll() throws IOException {
        for (Path directory : directories) {
            if (Files.isDirectory(directory)) {
                WholeFile.sync(directory);
            }
        }
    }

    /** The names that the log's files have now are durable on return. Costs next to nothing where none has changed. */
    synchronized void sync() throws IOException {
        if (!Files.isDirectory(current)) {
            return;
        }
        FileTime changed = Files.getLastModifiedTime(current);
        if (changed.equals(synced)) {
            return;
        }
        boolean settled = changed.toInstant().plus(CLOCK_STEP).isBefore(Instant.now());
        WholeFile.sync(current);
        synced = settled ? changed : null;
    }

    /** As {@link #sync}, where only an end of all can be the answer to a failure. */
    void demandSync() {
        try {
            sync();
        } catch (IOException e) {
            throw new UncheckedIOException("the names in " + current + " cannot be made durable", e);
        }
    }
}
