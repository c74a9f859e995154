package magma.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What is at a path. Two names of one file have the same object. */
sealed interface Found {

    /** Type and permissions, as st_mode has them. */
    int mode();

    /** Whether both look the same. */
    boolean isLike(Found other);

    record Directory(int mode) implements Found {
        @Override
        public boolean isLike(Found other) {
            return equals(other);
        }
    }

    record Symlink(int mode, String target) implements Found {
        @Override
        public boolean isLike(Found other) {
            return equals(other);
        }
    }

    /** Equal only to itself. */
    final class File implements Found {
        private final int mode;
        private final byte[] content;

        File(int mode, byte[] content) {
            this.mode = mode;
            this.content = content;
        }

        @Override
        public int mode() {
            return mode;
        }

        byte[] content() {
            return content;
        }

        @Override
        public boolean isLike(Found other) {
            return other instanceof File file && file.mode == mode && Arrays.equals(file.content, content);
        }

        @Override
        public String toString() {
            return "File[mode=" + Integer.toOctalString(mode) + ", " + content.length + " bytes]";
        }
    }

    /** All below a directory, by path relative to it. */
    static Map<String, Found> below(Path directory) throws IOException {
        Map<String, Found> found = new TreeMap<>();
        Map<Object, File> files = new HashMap<>();
        for (Path path : paths(directory)) {
            Map<String, Object> attributes = Files.readAttributes(path, "unix:mode,ino", LinkOption.NOFOLLOW_LINKS);
            int mode = (int) attributes.getOrDefault("mode", 0);
            Found one;
            if (Files.isSymbolicLink(path)) {
                one = new Symlink(mode, Files.readSymbolicLink(path).toString());
            } else if (Files.isDirectory(path)) {
                one = new Directory(mode);
            } else {
                File known = files.get(attributes.get("ino"));
                one = known == null ? new File(mode, Files.readAllBytes(path)) : known;
                files.put(attributes.get("ino"), (File) one);
            }
            found.put(directory.relativize(path).toString(), one);
        }
        return found;
    }

    private static List<Path> paths(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return List.of();
        }
        try (Stream<Path> paths = Files.walk(directory)) {
            return paths.filter(path -> !path.equals(directory)).toList();
        }
    }
}
