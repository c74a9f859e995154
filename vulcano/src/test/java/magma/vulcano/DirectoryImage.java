package magma.vulcano;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Directories as they lie on the disk at a moment, which is what a killed process leaves. */
final class DirectoryImage {
    private DirectoryImage() {}

    /** @return {@code to} */
    static Path copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
        return to;
    }

    /** Names, times of change and bytes. */
    static Map<String, String> everything(Path directory) throws IOException {
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.toList()) {
                String bytes = Files.isDirectory(file) ? "" : HexFormat.of().formatHex(Files.readAllBytes(file));
                found.put(directory.relativize(file).toString(), Files.getLastModifiedTime(file) + " " + bytes);
            }
        }
        return found;
    }
}
