package magma.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A directory under {@code java.io.tmpdir} for one run of a benchmark; on which disk that is decides what is measured. */
final class Scratch {
    private Scratch() {}

    /** @return a path in a new directory, where nothing is yet */
    static Path make() {
        try {
            return Files.createTempDirectory("magma-benchmark").resolve("storage");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes what {@link #make} made, and all that was put there. */
    static void remove(Path made) throws IOException {
        Path directory = made.resolveSibling("");
        List<Path> deepestFirst;
        try (Stream<Path> found = Files.walk(directory)) {
            deepestFirst = found.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.delete(path);
        }
    }
}
