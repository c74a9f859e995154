package magma.vulcano;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import magma.storage.xodus.StorageTool;

/** What can be done with the storage of a data directory on which no vulcano runs. */
public final class StorageCare {
    private StorageCare() {}

    /** What shall be done. */
    public enum Work {
        /** Read every record and every row of the index; change nothing. */
        CHECK,
        /** CHECK, and read and check all content. */
        SCRUB,
        /** Make the index again from the log. */
        REBUILD
    }

    /**
     * What was found.
     *
     * @param tornBytes at the end of the log that a crash left; no problem
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
            List<String> problems) {}

    /** Is told how far the work is: {@code done} of about {@code total}. */
    @FunctionalInterface
    public interface Progress {
        void at(long done, long total);
    }

    /**
     * @param path a data directory, or the storage directory in one
     * @throws RefusalException when it is neither, or a vulcano runs on it
     */
    public static Report run(Work work, Path path, Progress progress) throws IOException {
        if (!Files.exists(path.resolve(NetworkFile.FILE))) {
            Path parent = path.toAbsolutePath().normalize().getParent();
            if (parent != null && Files.exists(parent.resolve(NetworkFile.FILE)) && path.endsWith("storage")) {
                return run(work, parent, progress);
            }
        }
        try (DataDirectory directory =
                work == Work.REBUILD ? DataDirectory.open(path) : DataDirectory.forReading(path)) {
            StorageTool.Report report = switch (work) {
                case CHECK -> StorageTool.check(directory.storage(), progress::at);
                case SCRUB -> StorageTool.scrub(directory.storage(), progress::at);
                case REBUILD -> StorageTool.rebuild(directory.storage(), progress::at);
            };
            return new Report(
                    report.segments(),
                    report.logBytes(),
                    report.records(),
                    report.values(),
                    report.chunks(),
                    report.contentBytes(),
                    report.verifiedBytes(),
                    report.tornBytes(),
                    report.problems().stream()
                            .map(StorageTool.Problem::toString)
                            .toList());
        }
    }
}
