package magma.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** The supplementary groups of a process, from proc(5). */
final class CallerGroups {
    private static final String FIELD = "Groups:";

    private CallerGroups() {}

    /** None for a process that is gone, or that lives where this one cannot see it. */
    static Set<Integer> of(int pid) {
        if (pid <= 0) {
            return Set.of();
        }
        try {
            return parse(Files.readString(Path.of("/proc/" + pid + "/status"), StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return Set.of();
        }
    }

    /** Reads the text of /proc/PID/status. */
    static Set<Integer> parse(String status) {
        Set<Integer> groups = new HashSet<>();
        for (String line : status.split("\n", -1)) {
            if (line.startsWith(FIELD)) {
                for (String group : line.substring(FIELD.length()).trim().split("\\s+", -1)) {
                    if (!group.isEmpty()) {
                        groups.add(Integer.parseUnsignedInt(group));
                    }
                }
            }
        }
        return groups;
    }
}
