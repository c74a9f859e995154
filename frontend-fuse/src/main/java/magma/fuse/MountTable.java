package magma.fuse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is mounted where, as /proc/self/mountinfo says (proc(5)). */
final class MountTable {
    private static final Path FILE = Path.of("/proc/self/mountinfo");

    private MountTable() {}

    /**
     * @param device as "0:57"
     * @param type as "ext4" or "fuse.magma"
     */
    record Mount(String device, Path mountPoint, String type, String source) {}

    /** The topmost of what is mounted at exactly {@code mountPoint}. */
    static Optional<Mount> at(Path mountPoint) {
        try {
            List<Mount> mounts = parse(Files.readString(FILE, StandardCharsets.UTF_8));
            return mounts.stream()
                    .filter(mount -> mount.mountPoint().equals(mountPoint))
                    .reduce((below, above) -> above);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads the text of mountinfo; lines that make no sense are left out. */
    static List<Mount> parse(String text) {
        List<Mount> mounts = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            String[] halves = line.split(" - ", 2);
            String[] front = halves[0].split(" ", -1);
            String[] back = halves.length == 2 ? halves[1].split(" ", -1) : new String[0];
            if (front.length >= 5 && back.length >= 2) {
                mounts.add(new Mount(front[2], Path.of(unescape(front[4])), back[0], unescape(back[1])));
            }
        }
        return mounts;
    }

    /** Blanks and the like stand there as a backslash and three octal digits. */
    private static String unescape(String text) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\\' && i + 3 < text.length()) {
                plain.append((char) Integer.parseInt(text.substring(i + 1, i + 4), 8));
                i += 3;
            } else {
                plain.append(text.charAt(i));
            }
        }
        return plain.toString();
    }
}
