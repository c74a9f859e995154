package magma.storage.xodus;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Copies of storage directories, as they lie on the disk at a moment. */
final class Places {
    private Places() {}

    /** @return {@code to} */
    static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else if (!file.getFileName().toString().endsWith(".lck")) {
                    Files.write(target, Files.readAllBytes(file));
                }
            }
        }
        return to;
    }

    static List<Path> segments(Path storage) throws IOException {
        try (Stream<Path> files = Files.list(storage.resolve("log"))) {
            return files.sorted().toList();
        }
    }

    /** The last segment of a log. */
    static Path last(Path storage) throws IOException {
        List<Path> segments = segments(storage);
        return segments.get(segments.size() - 1);
    }

    static void flip(Path file, int offset) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            bytes[offset] ^= 0x10;
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
