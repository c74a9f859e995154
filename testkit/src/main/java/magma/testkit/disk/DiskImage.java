package magma.testkit.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.TreeMap;
import magma.fs.Name;
import magma.testkit.fs.Pages;

/** The files that are on a disk when its power comes back. Names, content and symlinks' targets; no owners, modes and times. Never changes. */
public final class DiskImage {
    private static final int COPY_BYTES = 1 << 20;

    private final Directory root;

    DiskImage(Directory root) {
        this.root = root;
    }

    sealed interface Node {}

    record Directory(Map<Name, Node> entries) implements Node {
        Directory {
            entries = new TreeMap<>(entries);
        }
    }

    /** The same object where two names lead to one file. */
    static final class File implements Node {
        private final Pages content;

        File(Pages content) {
            this.content = content;
        }

        Pages content() {
            return content;
        }
    }

    record Symlink(byte[] target) implements Node {}

    Directory root() {
        return root;
    }

    /** Whether nothing is on it. */
    public boolean isEmpty() {
        return root.entries().isEmpty();
    }

    /** Writes all into an empty directory. */
    public void writeTo(Path directory) throws IOException {
        write(root, directory, new IdentityHashMap<>());
    }

    private static void write(Directory from, Path to, Map<File, Path> done) throws IOException {
        for (Map.Entry<Name, Node> entry : from.entries().entrySet()) {
            Path path = to.resolve(entry.getKey().toString());
            if (entry.getValue() instanceof Directory directory) {
                write(directory, Files.createDirectory(path), done);
            } else if (entry.getValue() instanceof Symlink symlink) {
                Files.createSymbolicLink(path, Path.of(new String(symlink.target(), StandardCharsets.UTF_8)));
            } else if (entry.getValue() instanceof File file) {
                Path first = done.putIfAbsent(file, path);
                if (first != null) {
                    Files.createLink(path, first);
                } else {
                    write(file.content(), path);
                }
            }
        }
    }

    private static void write(Pages content, Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            ByteBuffer buffer = ByteBuffer.allocate(COPY_BYTES);
            for (long at = 0; at < content.size(); at += COPY_BYTES) {
                content.read(buffer.clear(), at);
                buffer.flip();
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
            }
        }
    }
}
