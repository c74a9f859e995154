package magma.storage.xodus;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableMap;
import magma.dht.storage.StorageException;

/** What can be done with a storage that no process uses. The directory is locked meanwhile. */
public final class StorageTool {
    private StorageTool() {}

    /**
     * Something that is not as it should be.
     *
     * @param file where
     * @param offset in the file; 0 where the file as a whole is meant
     */
    public record Problem(Path file, long offset, String what) {
        @Override
        public String toString() {
            return file + " at " + offset + ": " + what;
        }
    }

    /**
     * What was found.
     *
     * @param segments of the log
     * @param logBytes that they have
     * @param records of the log, those of the house included
     * @param values records that are stored now
     * @param chunks that are stored now
     * @param contentBytes that the chunks have
     * @param verifiedBytes bytes of content that were read and checked
     * @param tornBytes at the end of the log that a crash left; the next start cuts them off, they are no problem
     */
    public record Report(
            int segments,
            long logBytes,
            long records,
            long values,
            long chunks,
            long contentBytes,
            long verifiedBytes,
            long tornBytes,
            List<Problem> problems) {
        public Report {
            problems = List.copyOf(problems);
        }

        public boolean isClean() {
            return problems.isEmpty();
        }
    }

    /** Told how far the work is, now and then. */
    @FunctionalInterface
    public interface Progress {
        /** Tells nobody. */
        Progress NONE = (done, total) -> {};

        /** {@code done} of about {@code total} bytes or rows, whichever is worked on. */
        void at(long done, long total);
    }

    /** Reads every record of the log and every row of the index, but no content. Changes nothing. */
    public static Report check(Path path, Progress progress) throws StorageException {
        return examine(path, progress, false);
    }

    /** As {@link #check}, and reads and checks all content. */
    public static Report scrub(Path path, Progress progress) throws StorageException {
        return examine(path, progress, true);
    }

    private static Report examine(Path path, Progress progress, boolean content) throws StorageException {
        try (StorageDirectory directory = StorageDirectory.forReading(path)) {
            NavigableMap<Integer, SegmentFile> segments = segments(directory);
            try {
                return new Examination(directory, segments, progress, content).run();
            } finally {
                close(segments);
            }
        }
    }

    /**
     * Makes the index again from the segments. Damaged records of the log are left out and reported.
     *
     * @return what is stored now
     */
    public static Report rebuild(Path path, Progress progress) throws StorageException {
        return rebuild(path, StorageSettings.DEFAULT, progress);
    }

    static Report rebuild(Path path, StorageSettings settings, Progress progress) throws StorageException {
        try (StorageDirectory directory = StorageDirectory.open(path)) {
            NavigableMap<Integer, SegmentFile> segments = segments(directory);
            try {
                return new Rebuild(directory, segments, settings, progress).run();
            } finally {
                close(segments);
            }
        }
    }

    private static NavigableMap<Integer, SegmentFile> segments(StorageDirectory directory) throws StorageException {
        try {
            return directory.segments(false);
        } catch (IOException e) {
            throw new StorageException("opening the segments in " + directory.log() + " failed: " + e, e);
        }
    }

    private static void close(NavigableMap<Integer, SegmentFile> segments) throws StorageException {
        try {
            for (SegmentFile segment : segments.values()) {
                segment.close();
            }
        } catch (IOException e) {
            throw new StorageException("closing a segment failed: " + e.getMessage(), e);
        }
    }
}
