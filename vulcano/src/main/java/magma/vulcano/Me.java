package magma.vulcano;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.StringTokenizer;
import java.util.TreeSet;
import magma.dht.identity.Claims;

/** Who runs this process, as the machine knows it. */
final class Me {
    private static final int SUPERUSER = 0;

    private Me() {}

    /** Whom this user may claim to be: the superuser anybody, all others themselves. */
    static Claims claims() throws IOException {
        int uid = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        return uid == SUPERUSER ? Claims.ANY : Claims.of(Set.of(uid), groups());
    }

    private static Set<Integer> groups() throws IOException {
        Set<Integer> groups = new TreeSet<>();
        groups.add((int) Files.getAttribute(Path.of("/proc/self"), "unix:gid"));
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("Groups:")) {
                StringTokenizer words = new StringTokenizer(line.substring("Groups:".length()));
                while (words.hasMoreTokens()) {
                    groups.add(Integer.parseInt(words.nextToken()));
                }
            }
        }
        return groups;
    }

    /** The user's name, for people. */
    static String name() {
        return System.getProperty("user.name", "operator");
    }
}
